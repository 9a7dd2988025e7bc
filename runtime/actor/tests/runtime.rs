//! What the runtime promises, tried on a real journal.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod toy;

use std::sync::atomic::Ordering;
use std::time::Duration;

use datamesh_actor::{
    ActorStatus, AskError, CANCELLED, Cancelled, ControlError, EffectState, ErrorClass,
    Idempotency, Options, Order, derive_id,
};
use datamesh_journal::{EntityKey, EntityQuery, Mark, MarkKind, WorkQuery};
use toy::{Command, World, ask, id, journal, quick, start, until};

fn order(reason: &str) -> Order {
    Order {
        by: Some("ann".into()),
        reason: reason.into(),
    }
}

fn key(who: &str) -> EntityKey {
    EntityKey::new("counter", who)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let first = start(journal(folder.path()), World::default(), quick()).await;
    for n in 1..=10 {
        ask(&first, "a", Command::Add(n)).await.unwrap();
    }
    first.drain(Duration::from_secs(5)).await;
    assert!(matches!(
        ask(&first, "a", Command::Add(1)).await,
        Err(AskError::Draining)
    ));
    drop(first);

    let second = start(journal(folder.path()), World::default(), quick()).await;
    assert_eq!(ask(&second, "a", Command::Nothing).await.unwrap().sum, 55);
    let history = second.history(&key("a"), 0, 100).await.unwrap();
    assert_eq!(history.len(), 10);
    assert_eq!(history[0].cause.what, "command Add");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_command_changes_nothing_and_gets_the_same_reply() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = start(journal(folder.path()), World::default(), quick()).await;
    let add = |n| runtime.ask::<toy::Counter>("a", Command::Add(n), id("c1"));
    let (one, two) = tokio::join!(add(5), add(5));
    assert_eq!(one.unwrap().sum, 5);
    assert_eq!(two.unwrap().sum, 5);
    ask(&runtime, "a", Command::Add(1)).await.unwrap();
    assert_eq!(
        add(5).await.unwrap().sum,
        5,
        "the reply of then, not of now"
    );
    assert!(matches!(add(6).await, Err(AskError::CommandIdReused)));
    assert_eq!(ask(&runtime, "a", Command::Nothing).await.unwrap().sum, 6);

    runtime.drain(Duration::from_secs(5)).await;
    let again = start(journal(folder.path()), World::default(), quick()).await;
    let repeated = again.ask::<toy::Counter>("a", Command::Add(5), id("c1"));
    assert_eq!(repeated.await.unwrap().sum, 5, "after a restart too");
}

/// Whoever reads the history can follow a command to its effect, and to what came of that.
#[tokio::test(flavor = "multi_thread")]
async fn commits_are_tied_to_what_they_ask_for_and_what_caused_them() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::failing([ErrorClass::Transient]);
    let runtime = start(journal(folder.path()), world.clone(), quick()).await;
    let deliver = Command::Deliver(Idempotency::Token);
    let asked = runtime.ask::<toy::Counter>("a", deliver, id("c1"));
    asked.await.unwrap();
    until(&runtime, "a", "delivered", |state| state.delivered == 1).await;
    let due_ms = runtime.clock().now_ms() + 3_600_000;
    ask(&runtime, "a", Command::WakeAt(due_ms)).await.unwrap();

    let history = runtime.history(&key("a"), 0, 10).await.unwrap();
    let traces: Vec<_> = history.iter().map(|c| &c.cause.trace).collect();
    assert_eq!(traces[0].command_id.as_deref(), Some("c1"));
    assert_eq!(traces[0].effects, ["1.0-Deliver"]);
    let settled = traces[1].settled.as_ref().unwrap();
    assert_eq!((&*settled.effect_id, settled.attempts), ("1.0-Deliver", 2));
    assert!((0..60_000).contains(&settled.took_ms));
    assert_eq!(traces[1].command_id, None);
    assert_eq!(traces[2].timers, [("alarm".to_owned(), due_ms)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = start(journal(folder.path()), World::default(), quick()).await;
    let refused = ask(&runtime, "a", Command::Refuse).await;
    assert!(matches!(refused, Err(AskError::Rejected(r)) if r.reason == "NO"));
    assert!(runtime.history(&key("a"), 0, 10).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_effect_is_repeated_until_it_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::failing([
        ErrorClass::Transient,
        ErrorClass::Throttle,
        ErrorClass::Conflict,
    ]);
    let runtime = start(journal(folder.path()), world.clone(), quick()).await;
    ask(&runtime, "a", Command::Deliver(Idempotency::Token))
        .await
        .unwrap();
    until(&runtime, "a", "delivered", |s| s.delivered == 1).await;
    assert_eq!((world.tries(), world.deeds()), (4, 1));
    let detail = runtime.actor(&key("a")).await.unwrap();
    assert!(detail.effects.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_failure_is_told_to_the_entity() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::failing([ErrorClass::Terminal]);
    let runtime = start(journal(folder.path()), world.clone(), quick()).await;
    ask(&runtime, "a", Command::Deliver(Idempotency::Token))
        .await
        .unwrap();
    let state = until(&runtime, "a", "failed", |s| s.failed.is_some()).await;
    assert_eq!(state.failed.as_deref(), Some("Scripted"));
    assert_eq!(world.tries(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_effect_whose_retries_ran_out_waits_for_an_operator_across_restarts() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::default();
    world.inner.always_fail.store(true, Ordering::SeqCst);
    let runtime = start(journal(folder.path()), world.clone(), quick()).await;
    ask(&runtime, "a", Command::Deliver(Idempotency::ReadBack))
        .await
        .unwrap();
    paused(&runtime).await;
    assert_eq!(world.tries(), 4);
    let listed = runtime.effects(&WorkQuery::default()).await.unwrap();
    assert_eq!(listed.items[0].attempts, 4, "the list knows how it stands");
    runtime.drain(Duration::from_secs(5)).await;

    let runtime = start(journal(folder.path()), world.clone(), quick()).await;
    paused(&runtime).await;
    let detail = runtime.actor(&key("a")).await.unwrap();
    assert_eq!(detail.effects[0].state, EffectState::Paused);
    assert!(
        detail.effects[0]
            .last_error
            .as_deref()
            .unwrap()
            .contains("Down")
    );
    assert_eq!(world.tries(), 4, "nobody retried it");

    world.inner.always_fail.store(false, Ordering::SeqCst);
    assert_eq!(
        runtime
            .retry_effects(&key("a"), None, &order("again"))
            .await
            .unwrap(),
        1
    );
    until(&runtime, "a", "delivered", |s| s.delivered == 1).await;
    assert_eq!(world.deeds(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_effect_is_settled_for_good() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::default();
    world.inner.always_fail.store(true, Ordering::SeqCst);
    let runtime = start(journal(folder.path()), world.clone(), quick()).await;
    ask(&runtime, "a", Command::Deliver(Idempotency::Token))
        .await
        .unwrap();
    paused(&runtime).await;
    let wait = Duration::from_secs(5);
    let became = runtime
        .cancel_effect(&key("a"), "1.0-Deliver", &order("wrong account"), wait)
        .await;
    let may_be_done = true;
    assert_eq!(became.unwrap(), Cancelled::Cancelled { may_be_done });
    let state = ask(&runtime, "a", Command::Nothing).await.unwrap();
    assert_eq!(state.failed.as_deref(), Some(CANCELLED));
    runtime.drain(Duration::from_secs(5)).await;

    let runtime = start(journal(folder.path()), world.clone(), quick()).await;
    let detail = runtime.actor(&key("a")).await.unwrap();
    assert!(detail.effects.is_empty());
    let again = runtime
        .cancel_effect(&key("a"), "1.0-Deliver", &order(""), wait)
        .await;
    assert!(matches!(again, Err(ControlError::NoSuchEffect { .. })));
    assert_eq!(world.tries(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_try_that_outlasts_the_wait_of_a_cancel_is_told_of() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::default();
    world.inner.held.store(true, Ordering::SeqCst);
    let runtime = start(journal(folder.path()), world.clone(), quick()).await;
    ask(&runtime, "a", Command::Deliver(Idempotency::Token))
        .await
        .unwrap();
    while world.deeds() == 0 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let wait = Duration::from_millis(20);
    let early = runtime
        .cancel_effect(&key("a"), "1.0-Deliver", &order(""), wait)
        .await;
    assert!(matches!(early, Err(ControlError::Running { .. })));
    world.inner.held.store(false, Ordering::SeqCst);
    world.inner.release.notify_one();
    let state = until(&runtime, "a", "delivered", |s| s.delivered == 1).await;
    assert_eq!(state.failed, None, "what was done is not called a failure");
}

async fn paused(runtime: &datamesh_actor::Runtime) {
    let query = WorkQuery {
        paused: true,
        ..WorkQuery::default()
    };
    let wait = async {
        while runtime.effects(&query).await.unwrap().items.is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), wait)
        .await
        .expect("the effect was never paused");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_effect_that_was_under_way_at_a_crash_is_read_back_and_done_once() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::default();
    world.inner.held.store(true, Ordering::SeqCst);
    let crashed = start(journal(folder.path()), world.clone(), quick()).await;
    ask(&crashed, "a", Command::Deliver(Idempotency::ReadBack))
        .await
        .unwrap();
    while world.deeds() == 0 {
        tokio::task::yield_now().await;
    }
    // The deed is done and its answer never comes: the process is gone before.
    crashed.drain(Duration::ZERO).await;
    drop(crashed);

    world.inner.held.store(false, Ordering::SeqCst);
    let runtime = start(journal(folder.path()), world.clone(), quick()).await;
    until(&runtime, "a", "delivered", |s| s.delivered == 1).await;
    assert_eq!(world.deeds(), 1);
    assert_eq!(world.inner.read_backs.load(Ordering::SeqCst), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_costs_one_entity_its_memory_and_nobody_anything_else() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = start(journal(folder.path()), World::default(), quick()).await;
    ask(&runtime, "a", Command::Add(7)).await.unwrap();
    ask(&runtime, "b", Command::Add(1)).await.unwrap();
    let panicked = ask(&runtime, "a", Command::Panic).await;
    assert!(matches!(panicked, Err(AskError::Internal(text)) if text.contains("asked to")));
    assert_eq!(ask(&runtime, "b", Command::Nothing).await.unwrap().sum, 1);
    assert_eq!(ask(&runtime, "a", Command::Add(1)).await.unwrap().sum, 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entity_that_panics_too_often_is_quarantined_until_it_is_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = start(journal(folder.path()), World::default(), quick()).await;
    ask(&runtime, "a", Command::Add(7)).await.unwrap();
    for _ in 0..3 {
        assert!(ask(&runtime, "a", Command::Panic).await.is_err());
    }
    assert!(matches!(
        ask(&runtime, "a", Command::Add(1)).await,
        Err(AskError::Quarantined { .. })
    ));
    let quarantined = EntityQuery {
        mark: Some(MarkKind::Quarantined),
        ..EntityQuery::default()
    };
    let listed = async {
        loop {
            let page = runtime.list(&quarantined).await.unwrap();
            if let Some(actor) = page.items.first() {
                return (actor.status, actor.head.mark.clone().unwrap());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let listed = tokio::time::timeout(Duration::from_secs(10), listed).await;
    let (status, mark) = listed.unwrap();
    assert_eq!(status, ActorStatus::Quarantined);
    assert!(mark.reason.contains("asked to"), "{}", mark.reason);
    assert_eq!(mark.cause.as_deref(), Some("command Panic"));
    let detail = runtime.actor(&key("a")).await.unwrap();
    assert_eq!(detail.cause, mark.cause);
    runtime.drain(Duration::from_secs(5)).await;

    let runtime = start(journal(folder.path()), World::default(), quick()).await;
    assert!(matches!(
        ask(&runtime, "a", Command::Add(1)).await,
        Err(AskError::Quarantined { .. })
    ));
    runtime.resume(&key("a"), &order("mended")).await.unwrap();
    assert_eq!(ask(&runtime, "a", Command::Add(1)).await.unwrap().sum, 8);
    let history = runtime.history(&key("a"), 0, 100).await.unwrap();
    let resumed = &history[history.len() - 2].cause;
    assert_eq!(resumed.what, "operator resume: mended");
    assert_eq!(resumed.by.as_deref(), Some("ann"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_actor_takes_nothing_and_starts_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::default();
    let runtime = start(journal(folder.path()), world.clone(), quick()).await;
    ask(&runtime, "a", Command::Add(1)).await.unwrap();
    runtime.pause(&key("a"), &order("audit")).await.unwrap();
    assert!(matches!(
        ask(&runtime, "a", Command::Add(1)).await,
        Err(AskError::Paused { reason }) if reason == "paused by ann: audit"
    ));
    runtime.drain(Duration::from_secs(5)).await;

    let runtime = start(journal(folder.path()), world, quick()).await;
    let detail = runtime.actor(&key("a")).await.unwrap();
    assert_eq!(detail.status, ActorStatus::Paused);
    runtime.resume(&key("a"), &order("")).await.unwrap();
    assert_eq!(ask(&runtime, "a", Command::Add(1)).await.unwrap().sum, 2);
}

/// Whether the actor is paused: as it does, and as the journal says.
async fn is_paused(runtime: &datamesh_actor::Runtime, who: &str) -> (bool, bool) {
    let detail = runtime.actor(&key(who)).await.unwrap();
    let loaded = runtime.journal().load(&key(who)).await.unwrap();
    (detail.status == ActorStatus::Paused, loaded.mark.is_some())
}

#[tokio::test(flavor = "multi_thread")]
async fn of_operators_who_pause_and_resume_at_once_the_last_wins_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = start(journal(folder.path()), World::default(), quick()).await;
    ask(&runtime, "a", Command::Add(1)).await.unwrap();
    for _ in 0..100 {
        let (key, ann, bob) = (key("a"), order("ann's"), order("bob's"));
        let operators = async {
            let pause = runtime.pause(&key, &ann);
            let resume = runtime.resume(&key, &bob);
            let (one, two) = tokio::join!(pause, resume);
            one.unwrap();
            two.unwrap();
        };
        operators.await;
        let (does, says) = is_paused(&runtime, "a").await;
        assert_eq!(does, says);
        let history = runtime.history(&key, 0, 1_000).await.unwrap();
        let last = &history.last().unwrap().cause.what;
        // Who resumed one that was not paused left no word.
        assert!(!does || last == "operator pause: ann's", "{last}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_whose_operator_hung_up_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = start(journal(folder.path()), World::default(), quick()).await;
    for n in 0..20 {
        let who = format!("a{n}");
        ask(&runtime, &who, Command::Add(1)).await.unwrap();
        let (order, key) = (order(""), key(&who));
        let pause = runtime.pause(&key, &order);
        // Until the journal has the mark, and not longer.
        let marked = async {
            while runtime.journal().load(&key).await.unwrap().mark.is_none() {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            biased;
            () = marked => {}
            done = pause => done.unwrap(),
        }
        let wait = async {
            while is_paused(&runtime, &who).await != (true, true) {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        let whole = tokio::time::timeout(Duration::from_secs(10), wait).await;
        whole.expect("the actor takes nothing more");
    }
}

/// As when it was paused between the panic of its first command and its replay.
#[tokio::test(flavor = "multi_thread")]
async fn a_paused_actor_that_was_never_written_is_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = start(journal(folder.path()), World::default(), quick()).await;
    let mark = Mark {
        kind: MarkKind::Paused,
        reason: "audit".to_owned(),
        at_ms: 0,
        cause: None,
    };
    runtime.journal().mark(&key("a"), Some(mark)).await.unwrap();
    assert!(matches!(
        ask(&runtime, "a", Command::Add(1)).await,
        Err(AskError::Paused { reason }) if reason == "audit"
    ));
    runtime.resume(&key("a"), &order("")).await.unwrap();
    assert_eq!(ask(&runtime, "a", Command::Add(1)).await.unwrap().sum, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn timers_fire_once_also_when_the_process_was_down() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = start(journal(folder.path()), World::default(), quick()).await;
    let now_ms = runtime.clock().now_ms();
    ask(&runtime, "soon", Command::WakeAt(now_ms + 30))
        .await
        .unwrap();
    ask(&runtime, "later", Command::WakeAt(now_ms + 400))
        .await
        .unwrap();
    until(&runtime, "soon", "woken", |s| s.woken == 1).await;
    runtime.drain(Duration::from_secs(5)).await;

    let runtime = start(journal(folder.path()), World::default(), quick()).await;
    let state = until(&runtime, "later", "woken", |s| s.woken > 0).await;
    assert_eq!(state.woken, 1);
    assert_eq!(
        ask(&runtime, "soon", Command::Nothing).await.unwrap().woken,
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn two_runtimes_on_one_journal_never_both_win() {
    let folder = tempfile::tempdir().unwrap();
    let shared = journal(folder.path());
    let one = start(shared.clone(), World::default(), quick()).await;
    let two = start(shared.clone(), World::default(), quick()).await;
    let mut sum = 0;
    for n in 0..20 {
        let runtime = if n % 2 == 0 { &one } else { &two };
        let command_id = format!("c{n}");
        loop {
            match runtime
                .ask::<toy::Counter>("a", Command::Add(1), id(&command_id))
                .await
            {
                Ok(state) => {
                    sum += 1;
                    assert_eq!(state.sum, sum, "each add is on top of all before");
                    break;
                }
                Err(AskError::Retry { .. }) => tokio::task::yield_now().await,
                Err(other) => panic!("{other}"),
            }
        }
    }
    assert_eq!(shared.history(&key("a"), 0, 100).await.unwrap().len(), 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_entity_leaves_memory_and_comes_back_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        passivate_after_s: 0,
        ..quick()
    };
    let runtime = start(journal(folder.path()), World::default(), options).await;
    ask(&runtime, "a", Command::Add(3)).await.unwrap();
    let wait = async {
        while runtime.resident() > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), wait)
        .await
        .expect("the entity never left");
    assert_eq!(ask(&runtime, "a", Command::Add(1)).await.unwrap().sum, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_is_told_busy_or_answered_and_nothing_in_between() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        entity_mailbox: 8,
        ..quick()
    };
    let runtime = start(journal(folder.path()), World::default(), options).await;
    let asks = (0..500).map(|_| ask(&runtime, "a", Command::Add(1)));
    let answers = futures::future::join_all(asks).await;
    let done = answers.iter().filter(|a| a.is_ok()).count();
    let busy = answers
        .iter()
        .filter(|a| matches!(a, Err(AskError::Busy { .. })))
        .count();
    assert_eq!(done + busy, 500);
    assert!(done > 0);
    let sum = ask(&runtime, "a", Command::Nothing).await.unwrap().sum;
    assert_eq!(sum, done as i64);
}

#[test]
fn ids_look_like_ids() {
    let id = derive_id("proj-", &["x"]);
    assert!(
        id.chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
    );
}
