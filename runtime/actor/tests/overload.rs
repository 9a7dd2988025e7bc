//! What happens when a hundred times as much comes as can be done: who is refused, who is not, and how much
//! is held meanwhile.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod toy;

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use datamesh_actor::{
    ActorStatus, ActorSummary, AskError, Clock, EffectCx, EffectError, Effects, Idempotency, Limit,
    Meta, Options, Priority, Runtime, ShardLoad, SystemClock,
};
use datamesh_journal::intercepted::HeldJournal;
use datamesh_journal::sqlite::{self, SqliteJournal};
use datamesh_journal::{EntityKey, EntityQuery};
use tokio::task::JoinHandle;
use toy::{Command, Counter, Deliver, State, World, journal, quick, start};

/// Long enough for a machine that has much else to do.
const PATIENCE: Duration = Duration::from_secs(60);

type Answer = Result<State, AskError>;

fn of(tenant: &str) -> Meta {
    Meta {
        tenant: Some(Arc::from(tenant)),
        ..Meta::default()
    }
}

fn revoke(tenant: &str) -> Meta {
    Meta {
        priority: Priority::High,
        ..of(tenant)
    }
}

fn one_shard() -> Options {
    Options {
        shards: 1,
        ..quick()
    }
}

fn commands(runtime: &Runtime) -> datamesh_actor::Taken {
    let [ShardLoad { commands, .. }] = runtime.load()[..] else {
        panic!("one shard");
    };
    commands
}

async fn until(what: &str, mut so: impl FnMut() -> bool) {
    let wait = async {
        while !so() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    let waited = tokio::time::timeout(PATIENCE, wait).await;
    waited.unwrap_or_else(|_| panic!("it never came to: {what}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hot_actor_is_refused_and_the_quiet_ones_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = start(journal(folder.path()), World::default(), one_shard()).await;
    let over = Arc::new(AtomicBool::new(false));
    let crowd = 100 * one_shard().entity_mailbox;
    let hot: JoinHandle<(usize, usize)> = tokio::spawn({
        let (runtime, over) = (runtime.clone(), over.clone());
        async move {
            let (mut done, mut refused) = (0, 0);
            while !over.load(Ordering::Relaxed) {
                let asks =
                    (0..crowd).map(|_| runtime.ask::<Counter>("hot", Command::Add(1), of("ann")));
                for answer in futures::future::join_all(asks).await {
                    match answer {
                        Ok(_) => done += 1,
                        Err(AskError::Busy { limit, .. }) => {
                            assert_eq!(limit, Limit::Actor);
                            refused += 1;
                        }
                        Err(other) => panic!("{other}"),
                    }
                }
            }
            (done, refused)
        }
    });
    // Even the same tenant's other actors do not suffer.
    let quiet = (0..20).map(|n| {
        let runtime = runtime.clone();
        tokio::spawn(async move {
            let id = format!("quiet-{n}");
            let mut waits = Vec::new();
            for _ in 0..20 {
                let asked = Instant::now();
                let answer = runtime.ask::<Counter>(&id, Command::Add(1), of("ann"));
                answer.await.expect("a quiet actor is never busy");
                waits.push(asked.elapsed());
            }
            waits
        })
    });
    let mut waits = Vec::new();
    for task in futures::future::join_all(quiet).await {
        waits.extend(task.unwrap());
    }
    over.store(true, Ordering::Relaxed);
    let (done, refused) = hot.await.unwrap();
    waits.sort_unstable();
    let p99 = waits[waits.len() * 99 / 100];
    println!(
        "hot: {done} done, {refused} refused; quiet: p99 {p99:?} of {}",
        waits.len()
    );
    assert!(p99 < Duration::from_secs(5), "{p99:?}");
    assert!(done > 0 && refused > 0, "{done} done, {refused} refused");
    assert!(commands(&runtime).most <= one_shard().entity_mailbox + 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_who_comes_a_hundred_times_as_often_leaves_the_others_their_share() {
    const EACH: usize = 12;
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        in_flight: 110,
        ..one_shard()
    };
    let runtime = start(journal(folder.path()), World::default(), options).await;
    let over = Arc::new(AtomicBool::new(false));
    let all = Arc::new(AtomicUsize::new(0));
    let tenant = |name: String, callers: usize| {
        let tasks: Vec<_> = (0..callers)
            .map(|caller| {
                let (runtime, over, name) = (runtime.clone(), over.clone(), name.clone());
                let all = all.clone();
                tokio::spawn(async move {
                    let id = format!("{name}-{caller}");
                    let mut done = 0_usize;
                    while !over.load(Ordering::Relaxed) {
                        match runtime
                            .ask::<Counter>(&id, Command::Add(1), of(&name))
                            .await
                        {
                            Ok(_) => {
                                done += 1;
                                all.fetch_add(1, Ordering::Relaxed);
                            }
                            // Nobody here keeps to the hint.
                            Err(AskError::Busy { .. }) => {
                                tokio::time::sleep(Duration::from_millis(5)).await;
                            }
                            Err(other) => panic!("{other}"),
                        }
                    }
                    done
                })
            })
            .collect();
        async {
            let done = futures::future::join_all(tasks).await;
            done.into_iter().map(|done| done.unwrap()).sum::<usize>()
        }
    };
    let hog = tenant("hog".into(), 100 * EACH);
    let others: Vec<_> = (0..10).map(|n| tenant(format!("t{n}"), EACH)).collect();
    until("much was done", || all.load(Ordering::Relaxed) >= 5_500).await;
    over.store(true, Ordering::Relaxed);
    let hog = hog.await;
    let others = futures::future::join_all(others).await;
    let all = hog + others.iter().sum::<usize>();
    let fair = all / 11;
    println!("hog {hog}, others {others:?}, fair {fair}");
    assert!(
        others.iter().all(|done| *done * 2 >= fair),
        "hog {hog}, others {others:?}"
    );
    assert!(commands(&runtime).most <= 110);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_alone_is_hardly_refused_and_who_comes_then_gets_in_at_once() {
    const CALLERS: usize = 2_048;
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        shards: 2,
        ..quick()
    };
    let runtime = start(journal(folder.path()), World::default(), options).await;
    let over = Arc::new(AtomicBool::new(false));
    let counts = Arc::new((AtomicUsize::new(0), AtomicUsize::new(0)));
    let callers: Vec<_> = (0..CALLERS)
        .map(|caller| {
            let (runtime, over, counts) = (runtime.clone(), over.clone(), counts.clone());
            tokio::spawn(async move {
                let id = format!("hog-{caller}");
                while !over.load(Ordering::Relaxed) {
                    let answer = runtime.ask::<Counter>(&id, Command::Add(1), of("hog"));
                    match answer.await {
                        Ok(_) => drop(counts.0.fetch_add(1, Ordering::Relaxed)),
                        Err(AskError::Busy { retry_after, .. }) => {
                            counts.1.fetch_add(1, Ordering::Relaxed);
                            tokio::time::sleep(retry_after).await;
                        }
                        Err(other) => panic!("{other}"),
                    }
                }
            })
        })
        .collect();
    let done = || counts.0.load(Ordering::Relaxed);
    until("each was answered twice", || done() >= 2 * CALLERS).await;
    for n in 0..40 {
        let id = format!("late-{n}");
        let answer = runtime.ask::<Counter>(&id, Command::Add(1), of("late"));
        answer.await.expect("who comes then finds a place");
    }
    over.store(true, Ordering::Relaxed);
    for caller in callers {
        caller.await.unwrap();
    }
    let (done, refused) = (done(), counts.1.load(Ordering::Relaxed));
    println!("{done} done, {refused} refused");
    assert!(refused * 10 <= done, "{done} done, {refused} refused");
}

/// Time stands still until the test moves it, so that hints say what they should and not how busy the
/// machine is.
struct Hand(AtomicI64);

impl Clock for Hand {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

struct Slow {
    runtime: Runtime,
    journal: Arc<HeldJournal>,
    clock: Arc<Hand>,
}

/// A runtime whose journal will be held.
async fn slow(folder: &Path, options: Options) -> Slow {
    slow_with(folder, options, World::default()).await
}

async fn slow_with(folder: &Path, options: Options, world: World) -> Slow {
    let options_of_journal = sqlite::Options::new(folder.join("journal.db"));
    let journal = HeldJournal::new(SqliteJournal::open(options_of_journal).unwrap());
    let clock = Arc::new(Hand(AtomicI64::new(1_000_000)));
    let runtime = Runtime::builder(journal.clone(), clock.clone(), options)
        .register::<Counter>(world)
        .start()
        .await
        .unwrap();
    Slow {
        runtime,
        journal,
        clock,
    }
}

impl Slow {
    fn ask(&self, id: String, command: Command, meta: Meta) -> JoinHandle<Answer> {
        let runtime = self.runtime.clone();
        tokio::spawn(async move { runtime.ask::<Counter>(&id, command, meta).await })
    }

    /// Sends a wave and waits until each of it is taken or refused. Answers the hints of the refused.
    async fn wave(&self, size: usize, taken: &mut Vec<JoinHandle<Answer>>) -> Vec<Duration> {
        let before = self.refused();
        let held = taken.len();
        let mut asks: Vec<_> = (0..size)
            .map(|n| {
                let meta = of(&format!("t{}", n % 8));
                self.ask(format!("c{}", n % 50), Command::Add(1), meta)
            })
            .collect();
        until("each is taken or refused", || {
            let refused = usize::try_from(self.refused() - before).unwrap();
            refused + commands(&self.runtime).now - held == size
        })
        .await;
        let mut hints = Vec::new();
        until("each refused one was told", || {
            let ended = asks.iter().filter(|ask| ask.is_finished()).count();
            ended == usize::try_from(self.refused() - before).unwrap()
        })
        .await;
        for ask in asks.drain(..) {
            if !ask.is_finished() {
                taken.push(ask);
                continue;
            }
            match ask.await.unwrap() {
                Err(AskError::Busy { retry_after, .. }) => hints.push(retry_after),
                other => panic!("{other:?}"),
            }
        }
        hints
    }

    fn refused(&self) -> u64 {
        commands(&self.runtime).refused.iter().sum()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_journal_that_stands_still_little_is_held_and_the_rest_refused_with_growing_hints()
{
    const ORDINARY: usize = 64;
    const RESERVE: usize = ORDINARY / 2;
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        in_flight: ORDINARY,
        entity_mailbox: 16,
        ..one_shard()
    };
    let slow = slow(folder.path(), options).await;
    let known = slow.ask("known".into(), Command::Add(1), of("ann")).await;
    known.unwrap().unwrap();
    slow.journal.hold();

    let mut taken = Vec::new();
    let mut middles = Vec::new();
    for _ in 0..4 {
        let mut hints = slow.wave(100 * ORDINARY / 4, &mut taken).await;
        hints.sort_unstable();
        let bounds = Duration::from_millis(50)..=Duration::from_secs(5);
        assert!(hints.iter().all(|hint| bounds.contains(hint)));
        middles.push(hints[hints.len() / 2]);
        slow.clock.0.fetch_add(400, Ordering::SeqCst);
    }
    let grown = |hint: &Duration| *hint > middles[0] * 4;
    assert!(middles[1..].iter().all(grown), "{middles:?}");
    println!(
        "hints in the middle of each wave: {middles:?}; {} taken",
        taken.len()
    );
    assert!(taken.len() <= ORDINARY, "{}", taken.len());
    assert!(taken.len() >= ORDINARY / 2, "{}", taken.len());
    until("all that was taken is decided", || {
        slow.journal.waiting() == taken.len()
    })
    .await;

    // An operator sees and steers, and access is taken away.
    let key = EntityKey::new("counter", "known");
    let detail = tokio::time::timeout(PATIENCE, slow.runtime.actor(&key)).await;
    assert_eq!(detail.unwrap().unwrap().seq, 1);
    let revokes: Vec<_> = (0..8)
        .map(|n| slow.ask(format!("share-{n}"), Command::Add(1), revoke("ann")))
        .collect();
    until("the revokes are with the journal", || {
        slow.journal.waiting() == taken.len() + revokes.len()
    })
    .await;
    let all = commands(&slow.runtime);
    assert_eq!(all.now, taken.len() + revokes.len());
    assert!(all.most <= ORDINARY + RESERVE, "{all:?}");

    slow.journal.release();
    for ask in taken.into_iter().chain(revokes) {
        ask.await.unwrap().expect("what was taken is done");
    }
    assert_eq!(commands(&slow.runtime).now, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn revokes_that_come_too_much_themselves_are_bounded_too() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        in_flight: 64,
        ..one_shard()
    };
    let slow = slow(folder.path(), options).await;
    slow.journal.hold();
    let asks: Vec<_> = (0..2_000)
        .map(|n| {
            slow.ask(
                format!("c{n}"),
                Command::Add(1),
                revoke(&format!("t{}", n % 40)),
            )
        })
        .collect();
    until("each is taken or refused", || {
        let refused = usize::try_from(slow.refused()).unwrap();
        refused + commands(&slow.runtime).now == asks.len()
    })
    .await;
    assert!(commands(&slow.runtime).most <= 96);
    // An operator does not stand in their queue.
    let key = EntityKey::new("counter", "c0");
    let detail = tokio::time::timeout(PATIENCE, slow.runtime.actor(&key)).await;
    assert!(detail.is_ok());
    slow.journal.release();
    let answers = futures::future::join_all(asks).await;
    let done = answers.iter().filter(|a| a.as_ref().unwrap().is_ok());
    assert!(done.count() >= 64);
}

/// A refusal, a repeat and a look wait for the commits they stand on. They hold their places meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn answers_that_wait_for_a_commit_are_bounded_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        entity_mailbox: 16,
        ..one_shard()
    };
    let slow = slow(folder.path(), options).await;
    slow.journal.hold();
    let first = slow.ask("a".into(), Command::Add(1), of("ann"));
    until("it is with the journal", || slow.journal.waiting() == 1).await;
    let looks: Vec<_> = (0..1_000)
        .map(|_| slow.ask("a".into(), Command::Nothing, of("ann")))
        .collect();
    until("each is taken or refused", || {
        let refused = usize::try_from(slow.refused()).unwrap();
        refused + commands(&slow.runtime).now == looks.len() + 1
    })
    .await;
    assert!(commands(&slow.runtime).most <= 16);
    slow.journal.release();
    assert_eq!(first.await.unwrap().unwrap().sum, 1);
    let answers = futures::future::join_all(looks).await;
    let seen = answers.into_iter().filter_map(|a| a.unwrap().ok());
    assert_eq!(seen.map(|state| state.sum).collect::<Vec<_>>(), [1; 15]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_gave_up_leaves_no_place_behind() {
    let folder = tempfile::tempdir().unwrap();
    let slow = slow(folder.path(), one_shard()).await;
    slow.journal.hold();
    let asks: Vec<_> = (0..50)
        .map(|n| slow.ask(format!("c{n}"), Command::Add(1), of("ann")))
        .collect();
    until("all are taken", || slow.journal.waiting() == 50).await;
    for ask in &asks {
        ask.abort();
    }
    assert_eq!(commands(&slow.runtime).now, 50, "what is held is counted");
    slow.journal.release();
    until("all places are free", || commands(&slow.runtime).now == 0).await;
}

/// Who is resident, of the counters whose ids begin so.
async fn residents(runtime: &Runtime, prefix: &str) -> usize {
    let query = EntityQuery {
        limit: 1_000,
        ..EntityQuery::default()
    };
    let page = runtime.list(&query).await.unwrap();
    let of = |a: &&ActorSummary| a.head.key.id.starts_with(prefix);
    let here = |a: &&ActorSummary| a.status != ActorStatus::Passive;
    page.items.iter().filter(of).filter(here).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn many_actors_come_to_life_and_few_stay_and_nothing_is_lost() {
    const MOST: usize = 64;
    const CALLERS: usize = 32;
    const EACH: usize = 100;
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        residents: MOST,
        passivate_after_s: 3_600,
        ..quick()
    };
    let runtime = start(journal(folder.path()), World::default(), options).await;
    let over = Arc::new(AtomicBool::new(false));
    let most = tokio::spawn({
        let (runtime, over) = (runtime.clone(), over.clone());
        async move {
            let mut most = 0;
            while !over.load(Ordering::Relaxed) {
                most = most.max(runtime.resident());
                tokio::task::yield_now().await;
            }
            most
        }
    });
    let callers = (0..CALLERS).map(|caller| {
        let runtime = runtime.clone();
        tokio::spawn(async move {
            for n in 0..EACH {
                let id = format!("many-{caller}-{n}");
                let ask = runtime.ask::<Counter>(&id, Command::Add(1), of("ann"));
                ask.await.unwrap();
                if caller == 0 {
                    let ask = runtime.ask::<Counter>("hot", Command::Add(1), of("ann"));
                    ask.await.unwrap();
                }
            }
        })
    });
    for caller in futures::future::join_all(callers).await {
        caller.unwrap();
    }
    over.store(true, Ordering::Relaxed);
    let most = most.await.unwrap();
    println!("at most {most} of {} were in memory", CALLERS * EACH);
    // Beside those that may stay there are those that are asked just now, the hot one too.
    assert!(most <= MOST + CALLERS + 1, "{most}");
    assert_eq!(residents(&runtime, "hot").await, 1, "who is used stays");
    for caller in 0..CALLERS {
        let id = format!("many-{caller}-{}", caller % EACH);
        let ask = runtime.ask::<Counter>(&id, Command::Add(1), of("ann"));
        assert_eq!(ask.await.unwrap().sum, 2, "{id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn actors_that_weigh_much_leave_before_there_are_too_many() {
    const ACTORS: usize = 200;
    const ANSWER: usize = 8 << 10;
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        resident_bytes: 64 * ANSWER,
        passivate_after_s: 3_600,
        ..one_shard()
    };
    let runtime = start(journal(folder.path()), World::default(), options).await;
    let add = async |n: usize| {
        // The id is kept with the answer, twice.
        let meta = Meta {
            command_id: Some(format!("{n:>0$}", ANSWER / 2)),
            ..of("ann")
        };
        let id = format!("c{n}");
        let ask = runtime.ask::<Counter>(&id, Command::Add(1), meta);
        ask.await.unwrap().sum
    };
    let mut most = 0;
    for n in 0..ACTORS {
        assert_eq!(add(n).await, 1);
        most = most.max(runtime.resident());
    }
    // Each takes a quarter more than its answer, and those that have just come are not weighed yet.
    assert!((40..=64).contains(&most), "{most}");
    for n in 0..ACTORS {
        assert_eq!(add(n).await, 1, "a repeat is answered as before");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_work_stays_beyond_the_limit_until_it_is_done() {
    const BUSY: u32 = 40;
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        residents: 8,
        passivate_after_s: 3_600,
        ..quick()
    };
    let world = World::default();
    world.inner.held.store(true, Ordering::SeqCst);
    let runtime = start(journal(folder.path()), world.clone(), options).await;
    for n in 0..BUSY {
        let id = format!("busy-{n}");
        let command = Command::Deliver(Idempotency::Token);
        let ask = runtime.ask::<Counter>(&id, command, of("ann"));
        ask.await.unwrap();
    }
    for n in 0..200 {
        let id = format!("idle-{n}");
        let ask = runtime.ask::<Counter>(&id, Command::Add(1), of("ann"));
        ask.await.unwrap();
    }
    until("all effects are under way", || world.tries() == BUSY).await;
    assert_eq!(residents(&runtime, "busy").await, BUSY as usize);
    assert!(residents(&runtime, "idle").await <= 8);
    world.inner.held.store(false, Ordering::SeqCst);
    let wait = async {
        while runtime.resident() > 8 {
            world.inner.release.notify_waiters();
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let left = tokio::time::timeout(PATIENCE, wait).await;
    left.expect("those whose work is done leave");
    assert_eq!(world.tries(), BUSY, "nothing was done twice");
    for n in 0..BUSY {
        let id = format!("busy-{n}");
        let ask = runtime.ask::<Counter>(&id, Command::Nothing, of("ann"));
        assert_eq!(ask.await.unwrap().delivered, 1, "{id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_no_effect_ends_only_so_many_are_asked_for() {
    const ALL: usize = 96;
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        unsettled: ALL,
        residents: 8,
        ..one_shard()
    };
    let world = World::default();
    world.inner.held.store(true, Ordering::SeqCst);
    let runtime = start(journal(folder.path()), world.clone(), options).await;
    let deliver = async |id: &str, meta: Meta| {
        let command = Command::Deliver(Idempotency::Token);
        runtime.ask::<Counter>(id, command, meta).await
    };
    let mut asked = Vec::new();
    let mut refused = 0;
    for n in 0..10 * ALL {
        let id = format!("ann-{n}");
        match deliver(&id, of("ann")).await {
            Ok(_) => asked.push(id),
            Err(AskError::Busy { limit, .. }) => {
                assert_eq!(limit, Limit::Tenant);
                refused += 1;
            }
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!((asked.len(), refused), (84, 876), "seven eighths");
    assert!(runtime.resident() <= 8 + asked.len());
    // The others are not refused, nor what asks for no effect.
    deliver("bob", of("bob")).await.expect("bob has a share");
    asked.push("bob".to_owned());
    let add = runtime.ask::<Counter>("ann-0", Command::Add(1), of("ann"));
    assert_eq!(add.await.expect("it asks for no effect").sum, 1);
    // What takes access away has as many places of its own, and shares of them.
    for n in 0..84 {
        let id = format!("revoke-{n}");
        deliver(&id, revoke("ann")).await.expect(&id);
        asked.push(id);
    }
    let refused = deliver("one too many", revoke("ann")).await.unwrap_err();
    assert!(matches!(&refused, AskError::Busy { limit, .. } if *limit == Limit::Tenant));
    deliver("revoke-bob", revoke("bob")).await.expect("bob too");
    asked.push("revoke-bob".to_owned());
    world.inner.held.store(false, Ordering::SeqCst);
    let wait = async {
        while runtime.resident() > 8 {
            world.inner.release.notify_waiters();
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let ended = tokio::time::timeout(PATIENCE, wait).await;
    ended.expect("all effects end");
    deliver("ann-again", of("ann"))
        .await
        .expect("there is room");
    for id in &asked {
        let ask = runtime.ask::<Counter>(id, Command::Nothing, of("ann"));
        assert_eq!(ask.await.unwrap().delivered, 1, "{id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_found_at_a_start_counts_as_theirs_who_asked_for_it() {
    const ALL: usize = 16;
    let folder = tempfile::tempdir().unwrap();
    let options = || Options {
        unsettled: ALL,
        ..one_shard()
    };
    let world = World::default();
    world.inner.held.store(true, Ordering::SeqCst);
    let deliver = async |runtime: &Runtime, id: &str, meta: Meta| {
        let command = Command::Deliver(Idempotency::Token);
        runtime.ask::<Counter>(id, command, meta).await
    };
    let first = start(journal(folder.path()), world.clone(), options()).await;
    for n in 0..14 {
        let id = format!("ann-{n}");
        deliver(&first, &id, of("ann")).await.unwrap();
    }
    until("all are tried", || world.tries() == 14).await;
    first.drain(Duration::from_millis(10)).await;

    let second = start(journal(folder.path()), world.clone(), options()).await;
    until("all are tried again", || world.tries() == 28).await;
    let refused = deliver(&second, "ann-again", of("ann")).await.unwrap_err();
    assert!(matches!(&refused, AskError::Busy { limit, .. } if *limit == Limit::Tenant));
    deliver(&second, "bob", of("bob"))
        .await
        .expect("bob has a share");
    world.inner.held.store(false, Ordering::SeqCst);
    let last = async {
        while deliver(&second, "ann-at-last", of("ann")).await.is_err() {
            world.inner.release.notify_waiters();
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, last)
        .await
        .expect("there is room");
}

/// Effects of counters whose ids begin with `ask` ask another counter to deliver; those of the others never end.
#[derive(Clone, Default)]
struct Asks {
    runtime: Arc<OnceLock<Runtime>>,
}

#[async_trait]
impl Effects<Counter> for Asks {
    async fn run(&self, deliver: &Deliver, cx: &EffectCx) -> Result<(), EffectError> {
        let Some(id) = cx.entity.id.strip_prefix("ask") else {
            return std::future::pending().await;
        };
        let meta = Meta {
            command_id: Some(cx.key()),
            priority: Priority::High,
            ..Meta::default()
        };
        let runtime = self.runtime.get().unwrap();
        let ask = runtime.ask::<Counter>(id, Command::Deliver(deliver.how), meta);
        ask.await.unwrap();
        Ok(())
    }

    async fn read_back(&self, _: &Deliver, _: &EffectCx) -> Result<Option<()>, EffectError> {
        Ok(None)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn work_that_hangs_one_actor_further_on_counts_as_theirs_who_asked_first() {
    const ALL: usize = 80;
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        unsettled: ALL,
        ..quick()
    };
    let asks = Asks::default();
    let runtime = Runtime::builder(journal(folder.path()), Arc::new(SystemClock), options);
    let runtime = runtime.register::<Counter>(asks.clone()).start();
    let runtime = runtime.await.unwrap();
    assert!(asks.runtime.set(runtime.clone()).is_ok());
    let deliver = async |id: &str, meta: Meta| {
        let command = Command::Deliver(Idempotency::Token);
        runtime.ask::<Counter>(id, command, meta).await
    };
    let has_ended = async |id: &str| {
        let ask = runtime.ask::<Counter>(id, Command::Nothing, of("ann"));
        ask.await.unwrap().delivered == 1
    };
    let mut taken = 0;
    loop {
        let id = format!("ask{taken}");
        match deliver(&id, of("ann")).await {
            Ok(_) => taken += 1,
            Err(AskError::Busy { limit, .. }) => {
                assert_eq!(limit, Limit::Tenant);
                break;
            }
            Err(other) => panic!("{other}"),
        }
        assert!(taken <= ALL, "ann has no limit");
        // Her own effect has ended, and what it asked for hangs.
        while !has_ended(&id).await {
            tokio::task::yield_now().await;
        }
    }
    assert!(taken >= ALL / 2, "{taken}");
    deliver("ask-bob", of("bob"))
        .await
        .expect("bob has a share");
    deliver("ask-revoke", revoke("ann"))
        .await
        .expect("and revokes");
    runtime.drain(Duration::ZERO).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_runtime_that_ends_writes_the_ends_of_effects_for_which_there_was_no_room() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        in_flight: 64,
        ..one_shard()
    };
    let world = World::default();
    world.inner.held.store(true, Ordering::SeqCst);
    let slow = slow_with(folder.path(), options, world.clone()).await;
    let how = Idempotency::Token;
    let asked = slow.ask("a".into(), Command::Deliver(how), of("ann"));
    asked.await.unwrap().unwrap();
    until("it is under way", || world.tries() == 1).await;
    slow.journal.hold();
    // All commits that may be in flight before the ends of effects wait.
    let mut asks: Vec<_> = (0..32)
        .map(|n| slow.ask(format!("r{n}"), Command::Add(1), revoke(&format!("t{n}"))))
        .collect();
    until("they are with the journal", || slow.journal.waiting() == 32).await;
    let mut n = 0;
    while slow.journal.waiting() < 96 {
        n += 1;
        let meta = revoke(&format!("t{n}"));
        asks.push(slow.ask(format!("c{n}"), Command::Add(1), meta));
        let size = asks.len();
        until("it is taken or refused", || {
            slow.journal.waiting() + usize::try_from(slow.refused()).unwrap() >= size
        })
        .await;
    }
    world.inner.held.store(false, Ordering::SeqCst);
    world.inner.release.notify_one();
    let runtime = slow.runtime.clone();
    let drained = tokio::spawn(async move { runtime.drain(PATIENCE).await });
    // Each letter lets the shard look at what came back.
    for _ in 0..64 {
        let key = EntityKey::new("counter", "a");
        slow.runtime.actor(&key).await.unwrap();
    }
    assert!(!drained.is_finished());
    slow.journal.release();
    drained.await.unwrap();

    let key = EntityKey::new("counter", "a");
    let runtime = start(journal(folder.path()), World::default(), one_shard()).await;
    let history = runtime.history(&key, 0, 10).await.unwrap();
    assert_eq!(history.last().unwrap().cause.what, "settled Deliver");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_runtime_that_ends_leaves_no_place_behind() {
    let folder = tempfile::tempdir().unwrap();
    let slow = slow(folder.path(), one_shard()).await;
    slow.journal.hold();
    let asks: Vec<_> = (0..50)
        .map(|n| slow.ask(format!("c{n}"), Command::Add(1), of("ann")))
        .collect();
    until("all are taken", || slow.journal.waiting() == 50).await;
    slow.runtime.drain(Duration::ZERO).await;
    until("all places are free", || commands(&slow.runtime).now == 0).await;
    for ask in asks {
        assert!(matches!(ask.await.unwrap(), Err(AskError::Retry { .. })));
    }
}
