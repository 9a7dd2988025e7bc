//! What an operator is told while something is wrong with the process.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod toy;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use datamesh_actor::{ActorStatus, ControlError, EffectState, Idempotency, Order, Runtime};
use datamesh_journal::{EntityKey, EntityQuery, WorkQuery};
use toy::{Command, World, ask, journal, quick, start};

/// Enough that both shards have some.
const MANY: usize = 16;

async fn statuses(runtime: &Runtime) -> BTreeMap<String, ActorStatus> {
    let page = runtime.list(&EntityQuery::default()).await.unwrap();
    let items = page.items.into_iter();
    items
        .map(|a| (a.head.key.id.to_string(), a.status))
        .collect()
}

async fn states(runtime: &Runtime) -> BTreeMap<String, EffectState> {
    let page = runtime.effects(&WorkQuery::default()).await.unwrap();
    let items = page.items.into_iter();
    items.map(|e| (e.key.id.to_string(), e.state)).collect()
}

/// All are in memory, with an effect that runs.
async fn all_are_at_work(runtime: &Runtime) -> bool {
    let actors = statuses(runtime).await;
    let effects = states(runtime).await;
    actors.values().all(|s| *s == ActorStatus::Resident)
        && effects.values().all(|s| *s == EffectState::Running)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_shard_that_stands_still_keeps_no_list_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::default();
    world.inner.held.store(true, Ordering::SeqCst);
    let runtime = start(journal(folder.path()), world.clone(), quick()).await;
    for n in 0..MANY {
        let deliver = Command::Deliver(Idempotency::Token);
        ask(&runtime, &format!("a{n:02}"), deliver).await.unwrap();
    }
    assert!(all_are_at_work(&runtime).await);

    let still = Arc::new(AtomicBool::new(true));
    let stands = tokio::spawn({
        let (runtime, still) = (runtime.clone(), still.clone());
        async move { ask(&runtime, "a00", Command::StandStill(still)).await }
    });
    let begun = Instant::now();
    let (actors, effects) = loop {
        let actors = statuses(&runtime).await;
        // Until the command is there the shard answers.
        if actors["a00"] == ActorStatus::Unanswered {
            break (actors, states(&runtime).await);
        }
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "it never stood still"
        );
    };
    let same = actors
        .values()
        .zip(effects.values())
        .all(|(actor, effect)| {
            (*actor == ActorStatus::Unanswered) == (*effect == EffectState::Unanswered)
        });
    assert!(same, "{actors:?} {effects:?}");
    assert!(actors.values().any(|s| *s == ActorStatus::Resident));
    assert!(effects.values().any(|s| *s == EffectState::Running));

    let order = Order {
        by: None,
        reason: "it hangs".into(),
    };
    let paused = runtime
        .pause(&EntityKey::new("counter", "a00"), &order)
        .await;
    assert!(
        matches!(&paused, Err(ControlError::Unavailable(why)) if why.contains("does not answer")),
        "{paused:?}"
    );

    still.store(false, Ordering::SeqCst);
    stands.await.unwrap().unwrap();
    assert!(all_are_at_work(&runtime).await);
    world.inner.held.store(false, Ordering::SeqCst);
    world.inner.release.notify_waiters();
    runtime.drain(Duration::from_secs(5)).await;
}
