//! How a runtime takes up what it finds unsettled: revokes first, in steps that grow, and all of it in the end.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods
)]

mod toy;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use datamesh_actor::{EffectCx, EffectError, Effects, Options, Runtime, SystemClock};
use datamesh_journal::{Cause, Commit, CommitId, EntityKey, Journal, Work, WorkChange, WorkKind};
use parking_lot::Mutex;
use serde_json::value::RawValue;
use tokio::sync::{Notify, oneshot};
use toy::{Counter, Deliver, journal};

/// Takes note of who is tried, and lets nobody end before it is told to.
#[derive(Clone, Default)]
struct Door(Arc<DoorInner>);

#[derive(Default)]
struct DoorInner {
    tried: Mutex<Vec<String>>,
    open: AtomicBool,
    change: Notify,
}

impl Door {
    fn open() -> Self {
        let door = Self::default();
        door.0.open.store(true, Ordering::SeqCst);
        door
    }

    fn tried(&self) -> Vec<String> {
        self.0.tried.lock().clone()
    }

    async fn until(&self, tried: usize) {
        let wait = async {
            while self.0.tried.lock().len() < tried {
                let _ =
                    tokio::time::timeout(Duration::from_millis(5), self.0.change.notified()).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), wait)
            .await
            .unwrap_or_else(|_| panic!("{} of {tried} were tried", self.tried().len()));
    }

    fn let_all_in(&self) {
        self.0.open.store(true, Ordering::SeqCst);
        self.0.change.notify_waiters();
    }
}

#[async_trait]
impl Effects<Counter> for Door {
    async fn run(&self, _: &Deliver, cx: &EffectCx) -> Result<(), EffectError> {
        self.0.tried.lock().push(cx.entity.id.to_string());
        while !self.0.open.load(Ordering::SeqCst) {
            let change = self.0.change.notified();
            if !self.0.open.load(Ordering::SeqCst) {
                change.await;
            }
        }
        Ok(())
    }
}

/// Each of these entities asked for one effect of this rank.
async fn ask_in_the_journal(journal: &Arc<dyn Journal>, entities: Vec<(String, u8)>) {
    let job = r#"{"name":"Deliver","idempotency":"NATURAL_KEY","asked_ms":1,
        "effect":{"how":"NATURAL_KEY"}}"#;
    let job = RawValue::from_string(job.to_owned()).unwrap();
    let mut fates = VecDeque::new();
    for (number, (id, rank)) in (0_u128..).zip(entities) {
        let work = Work {
            id: "1.0-Deliver".to_owned(),
            kind: WorkKind::Effect,
            due_ms: Some(1),
            rank,
            data: job.clone(),
        };
        let commit = Commit {
            entity: EntityKey::new("counter", id),
            expected: 0,
            parent: None,
            commit_id: CommitId(number.to_be_bytes()),
            at_ms: 1,
            cause: Cause::default(),
            events: Vec::new(),
            receipt: None,
            work: vec![WorkChange::Put(work)],
            views: Vec::new(),
            snapshot: None,
        };
        let (sender, fate) = oneshot::channel();
        let done = move |result: Result<_, _>| drop(sender.send(result));
        journal.append(commit, Box::new(done));
        fates.push_back(fate);
        while fates.len() > 4_000 {
            fates.pop_front().unwrap().await.unwrap().unwrap();
        }
    }
    for fate in fates {
        fate.await.unwrap().unwrap();
    }
}

async fn start(journal: &Arc<dyn Journal>, door: &Door, options: Options) -> Runtime {
    Runtime::builder(journal.clone(), Arc::new(SystemClock), options)
        .register::<Counter>(door.clone())
        .start()
        .await
        .unwrap()
}

fn slow() -> Options {
    Options {
        shards: 2,
        claim_first: 4,
        claim_most: 32,
        claim_pause_ms: 3_600_000,
        ..Options::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_does_not_end_holds_the_next_one_back_and_revokes_are_in_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal(folder.path());
    let others = (0..200).map(|n| (format!("other-{n}"), 1));
    let revokes = (0..4).map(|n| (format!("revoke-{n}"), 0));
    ask_in_the_journal(&journal, others.chain(revokes).collect()).await;

    let door = Door::default();
    let runtime = start(&journal, &door, slow()).await;
    door.until(4).await;
    let mut first = door.tried();
    first.sort();
    assert_eq!(first, ["revoke-0", "revoke-1", "revoke-2", "revoke-3"]);
    assert_eq!(runtime.resident(), 4, "nobody else is in memory");

    door.let_all_in();
    door.until(204).await;
    runtime.drain(Duration::from_secs(5)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn effects_that_hang_do_not_keep_the_others_from_being_taken_up() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal(folder.path());
    let all = (0..200).map(|n| (n.to_string(), 1)).collect();
    ask_in_the_journal(&journal, all).await;

    let door = Door::default();
    let options = Options {
        claim_pause_ms: 20,
        ..slow()
    };
    let runtime = start(&journal, &door, options).await;
    door.until(200).await;
    door.let_all_in();
    runtime.drain(Duration::from_secs(5)).await;
}

/// `cargo test -p datamesh-actor --release --test claiming -- --ignored --nocapture`
#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement"]
async fn how_fast_a_hundred_thousand_are_taken_up() {
    const ALL: usize = 100_000;
    let folder = tempfile::tempdir().unwrap();
    let journal = journal(folder.path());
    let all = (0..ALL).map(|n| (n.to_string(), u8::from(n % 10 > 0)));
    ask_in_the_journal(&journal, all.collect()).await;
    let door = Door::open();
    let begun = Instant::now();
    let runtime = start(&journal, &door, Options::default()).await;
    for some in [1, 1_000, ALL / 10, ALL] {
        door.until(some).await;
        println!("{some} were tried after {:?}", begun.elapsed());
    }
    let tried = door.tried();
    let late = tried.iter().rposition(|id| id.ends_with('0'));
    println!("the last revoke was number {}", late.unwrap() + 1);
    runtime.drain(Duration::from_secs(30)).await;
    println!("all had ended after {:?}", begun.elapsed());
}
