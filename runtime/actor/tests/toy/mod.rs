//! A small aggregate to try the runtime with: a counter that can ask the world outside to deliver
//! something, be woken, refuse, and panic.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods
)]

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use datamesh_actor::{
    AskError, Ctx, Decision, Effect, EffectCx, EffectError, Effects, Entity, ErrorClass, Failure,
    Idempotency, Meta, Named, Options, Rejection, RejectionKind, RetryPolicy, Runtime, SystemClock,
};
use datamesh_journal::sqlite::SqliteJournal;
use datamesh_journal::{Journal, ViewChange};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

pub struct Counter;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    pub sum: i64,
    pub delivered: u32,
    pub failed: Option<String>,
    pub woken: u32,
    /// It panics when an effect of it is cancelled.
    pub fragile: bool,
}

#[derive(Debug, Serialize)]
pub enum Command {
    Add(i64),
    Deliver(Idempotency),
    WakeAt(i64),
    BeFragile,
    Refuse,
    Panic,
    Nothing,
    /// Its shard stands still as long as this says so.
    StandStill(#[serde(skip)] Arc<AtomicBool>),
}

#[derive(Debug, Serialize, Deserialize)]
pub enum Event {
    Added(i64),
    Asked,
    Delivered,
    Failed(String),
    Woken,
    Fragile,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Deliver {
    pub how: Idempotency,
}

impl Named for Command {
    fn name(&self) -> &'static str {
        match self {
            Self::Add(_) => "Add",
            Self::Deliver(_) => "Deliver",
            Self::WakeAt(_) => "WakeAt",
            Self::BeFragile => "BeFragile",
            Self::Refuse => "Refuse",
            Self::Panic => "Panic",
            Self::Nothing => "Nothing",
            Self::StandStill(_) => "StandStill",
        }
    }
}

impl Named for Event {
    fn name(&self) -> &'static str {
        match self {
            Self::Added(_) => "Added",
            Self::Asked => "Asked",
            Self::Delivered => "Delivered",
            Self::Failed(_) => "Failed",
            Self::Woken => "Woken",
            Self::Fragile => "Fragile",
        }
    }
}

impl Named for Deliver {
    fn name(&self) -> &'static str {
        "Deliver"
    }
}

impl Effect for Deliver {
    fn idempotency(&self) -> Idempotency {
        self.how
    }
}

impl Entity for Counter {
    const KIND: &'static str = "counter";
    type State = State;
    type Command = Command;
    type Event = Event;
    type Effect = Deliver;
    type Outcome = ();
    type Reply = State;

    fn decide(_: &State, command: Command, _: &mut Ctx) -> Result<Decision<Self>, Rejection> {
        match command {
            Command::Add(n) => Ok(Decision::event(Event::Added(n))),
            Command::Deliver(how) => Ok(Decision::event(Event::Asked).effect(Deliver { how })),
            Command::WakeAt(due_ms) => Ok(Decision::event(Event::Asked).timer("alarm", due_ms)),
            Command::BeFragile => Ok(Decision::event(Event::Fragile)),
            Command::Refuse => Err(Rejection::new(
                RejectionKind::FailedPrecondition,
                "NO",
                "it will not",
            )),
            Command::Panic => panic!("it was asked to"),
            Command::Nothing => Ok(Decision::none()),
            Command::StandStill(still) => {
                while still.load(Ordering::SeqCst) {
                    std::thread::sleep(Duration::from_millis(1));
                }
                Ok(Decision::none())
            }
        }
    }

    fn settle(
        state: &State,
        _: &Deliver,
        result: Result<(), Failure>,
        _: &mut Ctx,
    ) -> Decision<Self> {
        match result {
            Ok(()) => Decision::event(Event::Delivered),
            Err(failure) if state.fragile && failure.code == "Cancelled" => {
                panic!("it cannot be without it")
            }
            Err(failure) => Decision::event(Event::Failed(failure.code)),
        }
    }

    fn timer(_: &State, _: &str, _: &mut Ctx) -> Decision<Self> {
        Decision::event(Event::Woken)
    }

    fn apply(state: &mut State, event: &Event) {
        match event {
            Event::Added(n) => state.sum += n,
            Event::Asked => {}
            Event::Delivered => state.delivered += 1,
            Event::Failed(code) => state.failed = Some(code.clone()),
            Event::Woken => state.woken += 1,
            Event::Fragile => state.fragile = true,
        }
    }

    fn reply(_: &str, state: &State) -> State {
        state.clone()
    }

    fn views(id: &str, state: &State) -> Vec<ViewChange> {
        vec![ViewChange::Put {
            collection: "counters".into(),
            key: id.into(),
            sort: String::new(),
            fields: vec![],
            doc: serde_json::value::to_raw_value(state).unwrap(),
        }]
    }
}

/// The world outside: it follows a script, counts deeds, and can be held.
#[derive(Clone, Default)]
pub struct World {
    pub inner: Arc<WorldInner>,
}

#[derive(Default)]
pub struct WorldInner {
    pub script: Mutex<VecDeque<ErrorClass>>,
    pub always_fail: AtomicBool,
    pub deeds: AtomicU32,
    pub tries: AtomicU32,
    pub read_backs: AtomicU32,
    pub held: AtomicBool,
    pub release: Notify,
}

impl World {
    pub fn failing(script: impl IntoIterator<Item = ErrorClass>) -> Self {
        let world = Self::default();
        world.inner.script.lock().extend(script);
        world
    }

    pub fn deeds(&self) -> u32 {
        self.inner.deeds.load(Ordering::SeqCst)
    }

    pub fn tries(&self) -> u32 {
        self.inner.tries.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Effects<Counter> for World {
    async fn run(&self, _: &Deliver, _: &EffectCx) -> Result<(), EffectError> {
        self.inner.tries.fetch_add(1, Ordering::SeqCst);
        let failure = self.inner.script.lock().pop_front();
        if let Some(class) = failure {
            return Err(EffectError::new(class, "Scripted", "as the test wants it"));
        }
        if self.inner.always_fail.load(Ordering::SeqCst) {
            return Err(EffectError::new(
                ErrorClass::Transient,
                "Down",
                "the world is down",
            ));
        }
        self.inner.deeds.fetch_add(1, Ordering::SeqCst);
        while self.inner.held.load(Ordering::SeqCst) {
            self.inner.release.notified().await;
        }
        Ok(())
    }

    async fn read_back(&self, _: &Deliver, _: &EffectCx) -> Result<Option<()>, EffectError> {
        self.inner.read_backs.fetch_add(1, Ordering::SeqCst);
        Ok((self.deeds() > 0).then_some(()))
    }
}

pub fn quick() -> Options {
    Options {
        shards: 2,
        snapshot_every: 4,
        retry: RetryPolicy {
            initial_ms: 1,
            factor: 1.5,
            max_ms: 20,
            attempts: 4,
        },
        panic_limit: 3,
        timer_poll_ms: 50,
        ..Options::default()
    }
}

pub fn journal(folder: &Path) -> Arc<dyn Journal> {
    let options = datamesh_journal::sqlite::Options::new(folder.join("journal.db"));
    Arc::new(SqliteJournal::open(options).unwrap())
}

pub async fn start(journal: Arc<dyn Journal>, world: World, options: Options) -> Runtime {
    Runtime::builder(journal, Arc::new(SystemClock), options)
        .register::<Counter>(world)
        .start()
        .await
        .unwrap()
}

pub fn id(command_id: &str) -> Meta {
    Meta {
        command_id: Some(command_id.into()),
        by: Some("ann".into()),
        ..Meta::default()
    }
}

pub async fn ask(runtime: &Runtime, who: &str, command: Command) -> Result<State, AskError> {
    runtime.ask::<Counter>(who, command, Meta::default()).await
}

/// Waits until the counter's state fulfils the condition.
#[track_caller]
pub fn until(
    runtime: &Runtime,
    who: &'static str,
    what: &'static str,
    condition: impl Fn(&State) -> bool,
) -> impl Future<Output = State> {
    let runtime = runtime.clone();
    async move {
        let mut changes = runtime.changes();
        let wait = async {
            loop {
                let state = ask(&runtime, who, Command::Nothing).await;
                if let Ok(state) = state
                    && condition(&state)
                {
                    return state;
                }
                let _ = tokio::time::timeout(Duration::from_millis(50), changes.recv()).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), wait)
            .await
            .unwrap_or_else(|_| panic!("{who} never came to: {what}"))
    }
}
