//! What happens when a hundred times as much comes as can be done: who is refused, who is not, and how much
//! is held meanwhile.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod toy;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use datamesh_actor::{AskError, Clock, Limit, Meta, Options, Priority, Runtime, ShardLoad};
use datamesh_journal::EntityKey;
use datamesh_journal::intercepted::HeldJournal;
use datamesh_journal::sqlite::{self, SqliteJournal};
use tokio::task::JoinHandle;
use toy::{Command, Counter, State, World, journal, quick, start};

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
    let options_of_journal = sqlite::Options::new(folder.join("journal.db"));
    let journal = HeldJournal::new(SqliteJournal::open(options_of_journal).unwrap());
    let clock = Arc::new(Hand(AtomicI64::new(1_000_000)));
    let runtime = Runtime::builder(journal.clone(), clock.clone(), options)
        .register::<Counter>(World::default())
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
