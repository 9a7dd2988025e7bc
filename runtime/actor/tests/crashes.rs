//! Work that takes its process down is stopped after three crashes, and everything else goes on.
//!
//! The tests start this test binary again as the process that dies. A crash is real: an effect aborts, a decision
//! overflows its stack.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout
)]

use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command as Process, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use datamesh_actor::{
    AskError, Ctx, Decision, Effect, EffectCx, EffectError, Effects, Entity, Failure, Idempotency,
    Meta, Named, Options, Order, Rejection, Runtime, SystemClock,
};
use datamesh_journal::sqlite::{self, SqliteJournal};
use datamesh_journal::{EntityKey, EntityQuery, MarkKind, ViewChange, WorkQuery};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

const FOLDER: &str = "DATAMESH_CRASH_FOLDER";
const PART: &str = "DATAMESH_CRASH_PART";
const INNOCENT: u32 = 4;

/// Something that can be deadly.
struct Mine;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct State {
    done: u32,
}

#[derive(Clone, Debug, Serialize)]
enum Command {
    Dig { deadly: bool },
    Overflow,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
enum Event {
    Asked,
    Done,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Dig {
    deadly: bool,
}

impl Named for Command {
    fn name(&self) -> &'static str {
        match self {
            Self::Dig { .. } => "Dig",
            Self::Overflow => "Overflow",
        }
    }
}

impl Named for Event {
    fn name(&self) -> &'static str {
        match self {
            Self::Asked => "Asked",
            Self::Done => "Done",
        }
    }
}

impl Named for Dig {
    fn name(&self) -> &'static str {
        "Dig"
    }
}

impl Effect for Dig {
    fn idempotency(&self) -> Idempotency {
        Idempotency::NaturalKey
    }
}

impl Entity for Mine {
    const KIND: &'static str = "mine";
    type State = State;
    type Command = Command;
    type Event = Event;
    type Effect = Dig;
    type Outcome = ();
    type Reply = State;

    fn decide(_: &State, command: Command, _: &mut Ctx) -> Result<Decision<Self>, Rejection> {
        match command {
            Command::Dig { deadly } => Ok(Decision::event(Event::Asked).effect(Dig { deadly })),
            Command::Overflow => {
                assert_ne!(deep(1), 0);
                Ok(Decision::none())
            }
        }
    }

    fn settle(_: &State, _: &Dig, _: Result<(), Failure>, _: &mut Ctx) -> Decision<Self> {
        Decision::event(Event::Done)
    }

    fn timer(_: &State, _: &str, _: &mut Ctx) -> Decision<Self> {
        Decision::none()
    }

    fn apply(state: &mut State, event: &Event) {
        if matches!(event, Event::Done) {
            state.done += 1;
        }
    }

    fn reply(_: &str, state: &State) -> State {
        state.clone()
    }

    fn views(_: &str, _: &State) -> Vec<ViewChange> {
        Vec::new()
    }
}

/// Deeper than any stack.
fn deep(level: u64) -> u64 {
    match level {
        u64::MAX => 0,
        level => std::hint::black_box(deep(level + 1)) + std::hint::black_box(level),
    }
}

/// How digging goes in one life of the process.
#[derive(Clone)]
struct World {
    /// Harmless digging does not end, and the deadly one waits until all of it is under way.
    together: bool,
    cured: bool,
    digging: Arc<AtomicU32>,
    dug: Arc<Notify>,
}

#[async_trait]
impl Effects<Mine> for World {
    async fn run(&self, effect: &Dig, _: &EffectCx) -> Result<(), EffectError> {
        match (effect.deadly && !self.cured, self.together) {
            (false, false) => Ok(()),
            (false, true) => {
                self.digging.fetch_add(1, Ordering::SeqCst);
                self.dug.notify_one();
                std::future::pending().await
            }
            (true, together) => {
                while together && self.digging.load(Ordering::SeqCst) < INNOCENT {
                    self.dug.notified().await;
                }
                std::process::abort();
            }
        }
    }
}

async fn start(folder: &Path, together: bool, cured: bool) -> Runtime {
    let journal = SqliteJournal::open(sqlite::Options::new(folder.join("journal.db"))).unwrap();
    let world = World {
        together,
        cured,
        digging: Arc::default(),
        dug: Arc::default(),
    };
    let options = Options {
        shards: 2,
        ..Options::default()
    };
    Runtime::builder(Arc::new(journal), Arc::new(SystemClock), options)
        .register::<Mine>(world)
        .recorder(folder.join("recorder"))
        .start()
        .await
        .unwrap()
}

fn by_ann() -> Meta {
    Meta {
        by: Some("ann".to_owned()),
        ..Meta::default()
    }
}

/// Not a test of its own: one life of the process.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "started by the other tests"]
async fn a_life() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else {
        return;
    };
    let part = std::env::var(PART).unwrap();
    match part.as_str() {
        "ask" => {
            let runtime = start(&folder, true, false).await;
            for n in 0..INNOCENT {
                dig(&runtime, &format!("innocent-{n}"), false).await;
            }
            dig(&runtime, "deadly", true).await;
            std::future::pending().await
        }
        "together" => {
            let _runtime = start(&folder, true, false).await;
            std::future::pending().await
        }
        "alone" => {
            let _runtime = start(&folder, false, false).await;
            std::future::pending().await
        }
        "overflow" => {
            let runtime = start(&folder, false, false).await;
            let ended = runtime.ask::<Mine>("deep", Command::Overflow, by_ann());
            panic!("it was answered: {:?}", ended.await);
        }
        other => panic!("no such part: {other}"),
    }
}

async fn dig(runtime: &Runtime, who: &str, deadly: bool) {
    let asked = runtime.ask::<Mine>(who, Command::Dig { deadly }, Meta::default());
    asked.await.unwrap();
}

/// One life of another process, until it dies.
fn live(folder: &Path, part: &str) -> ExitStatus {
    Process::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_life", "--ignored", "--nocapture"])
        .env(FOLDER, folder)
        .env(PART, part)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap()
}

#[track_caller]
fn dies_of_itself(folder: &Path, part: &str) {
    let status = live(folder, part);
    assert_eq!(status.signal(), Some(6), "{part}: {status}");
}

async fn done(runtime: &Runtime, who: &str) -> u32 {
    let key = EntityKey::new("mine", who);
    let state = runtime.actor(&key).await.unwrap().state;
    let state: State = serde_json::from_str(state.unwrap().get()).unwrap();
    state.done
}

/// Looks until the condition is fulfilled.
async fn until(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), wait)
        .await
        .unwrap_or_else(|_| panic!("it never came to this: {what}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_effect_that_kills_its_process_is_paused_and_the_others_are_done() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // Twice it dies in the midst of the others; then each is tried alone, and it dies alone.
    for part in ["ask", "together", "alone"] {
        dies_of_itself(folder, part);
    }

    let runtime = start(folder, false, false).await;
    for n in 0..INNOCENT {
        let who = format!("innocent-{n}");
        until("the others are done", async || {
            done(&runtime, &who).await == 1
        })
        .await;
    }
    let paused = WorkQuery {
        paused: true,
        ..WorkQuery::default()
    };
    until("it is paused", async || {
        let listed = runtime.effects(&paused).await.unwrap().items;
        listed.len() == 1
    })
    .await;
    let listed = runtime.effects(&paused).await.unwrap().items;
    assert_eq!(&*listed[0].key.id, "deadly");
    assert_eq!(
        listed[0].last_error.as_deref(),
        Some(
            "it was running each of the last 3 times that the process died: look at it, then retry"
        )
    );
    let history = runtime.history(&listed[0].key, 0, 10).await.unwrap();
    assert_eq!(history[1].cause.what, "paused Dig (ProcessDied)");
    runtime.drain(Duration::from_secs(5)).await;

    // Nothing of it depends on the recorder any more, and an operator can let it go on.
    std::fs::remove_file(folder.join("recorder")).unwrap();
    let runtime = start(folder, false, true).await;
    let key = EntityKey::new("mine", "deadly");
    assert_eq!(
        runtime
            .retry_effects(&key, None, &Order::default())
            .await
            .unwrap(),
        1
    );
    until("it is done", async || done(&runtime, "deadly").await == 1).await;
    runtime.drain(Duration::from_secs(5)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entity_whose_decision_kills_its_process_is_quarantined_and_the_others_live() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for _ in 0..3 {
        dies_of_itself(folder, "overflow");
    }

    let runtime = start(folder, false, false).await;
    let refused = runtime.ask::<Mine>("deep", Command::Overflow, by_ann());
    let refused = refused.await.unwrap_err();
    assert!(
        matches!(&refused, AskError::Quarantined { reason } if reason.contains("the last 3 times")),
        "{refused}"
    );
    dig(&runtime, "other", false).await;
    until("the others live", async || {
        done(&runtime, "other").await == 1
    })
    .await;
    let quarantined = EntityQuery {
        mark: Some(MarkKind::Quarantined),
        ..EntityQuery::default()
    };
    until("the quarantine is kept", async || {
        !runtime.list(&quarantined).await.unwrap().items.is_empty()
    })
    .await;
    let listed = runtime.list(&quarantined).await.unwrap().items;
    let mark = listed[0].head.mark.clone().unwrap();
    assert_eq!(mark.cause.as_deref(), Some("command Overflow by ann"));
    runtime.drain(Duration::from_secs(5)).await;

    let runtime = start(folder, false, false).await;
    let key = EntityKey::new("mine", "deep");
    runtime.resume(&key, &Order::default()).await.unwrap();
    dig(&runtime, "deep", false).await;
    until("it lives again", async || done(&runtime, "deep").await == 1).await;
    runtime.drain(Duration::from_secs(5)).await;
}
