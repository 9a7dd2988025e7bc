use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use datamesh_journal::{EntityKey, Journal};
use futures::FutureExt;
use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::runtime::Handle;
use tokio::sync::{broadcast, oneshot};
use tokio_util::sync::CancellationToken;

use crate::admission::Admission;
use crate::ask::{AskError, Meta};
use crate::behalf::Behalf;
use crate::cell::{Kind, TypedKind};
use crate::claim::Pace;
use crate::ctx::Clock;
use crate::effect::Effects;
use crate::engine::{BUSY_RETRY, Engine, Kinds};
use crate::entity::{Entity, Named};
use crate::gate::Taken;
use crate::id::{fingerprint, random_id};
use crate::limit::Limit;
use crate::options::Options;
use crate::recorder::adoption::first_of;
use crate::recorder::suspects::Suspects;
use crate::recorder::{Found, Recorder, RecorderError};
use crate::recover::recover;
use crate::reply::ReplyTo;
use crate::residence::Headcount;
use crate::router::Router;
use crate::runner::Runner;
use crate::shard::{Letter, Shard, Shards, Surroundings, Unposted};
use crate::slot::Envelope;
use crate::timers::{Alarm, pump};
use crate::turns::Turns;
use crate::unsettled::Unsettled;

const CHANGES: usize = 4_096;

/// An entity has a new durable commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which entity.
    pub key: EntityKey,
    /// The commit's number.
    pub seq: u64,
}

/// What is under way in one shard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ShardLoad {
    /// Commands that are not answered yet.
    pub commands: Taken,
    /// Wishes of operators that are not answered yet.
    pub controls: Taken,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Why a runtime did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The system gave no threads.
    #[error("the shards could not be started: {0}")]
    Threads(#[from] std::io::Error),
    /// What the process before was doing could not be read, or a new record not begun.
    #[error(transparent)]
    Recorder(#[from] RecorderError),
}

/// Collects the kinds of entities before the start.
pub struct Builder {
    journal: Arc<dyn Journal>,
    clock: Arc<dyn Clock>,
    options: Options,
    kinds: Kinds,
    seed: Option<u64>,
    recorder: Option<PathBuf>,
}

/// A running set of shards. Cheap to clone; all clones are the same runtime.
#[derive(Clone)]
pub struct Runtime {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) journal: Arc<dyn Journal>,
    clock: Arc<dyn Clock>,
    pub(crate) router: Arc<Router>,
    kinds: Arc<Kinds>,
    runner: Runner,
    recorder: Recorder,
    changes: broadcast::Sender<Change>,
    pub(crate) turns: Turns,
    pub(crate) headcounts: Vec<Headcount>,
    rng: Mutex<StdRng>,
    draining: AtomicBool,
    stop: CancellationToken,
    shards: Mutex<Option<Shards>>,
}

impl Builder {
    /// Adds a kind of entity and who does its effects.
    #[must_use]
    pub fn register<E: Entity>(mut self, effects: impl Effects<E>) -> Self {
        let kind: Arc<dyn Kind> = Arc::new(TypedKind::<E, _>::new(effects));
        self.kinds.insert(Arc::from(E::KIND), kind);
        self
    }

    /// Keeps in this small file what the runtime is doing, so that the next process knows what this one died of
    /// ([`Options::crash_limit`]). Its folder must be there; only one process at a time may use it, as with the
    /// journal. Without it nothing is known after a crash.
    #[must_use]
    pub fn recorder(mut self, path: impl Into<PathBuf>) -> Self {
        self.recorder = Some(path.into());
        self
    }

    /// Makes ids, jitter and commit ids repeatable. For tests.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Starts the shards, the timers, and whatever effects the journal has unsettled. Must be called on a
    /// multi-threaded tokio runtime: effects run there.
    ///
    /// # Errors
    /// When the system gives no threads, or the recorder's file cannot be opened.
    #[allow(clippy::unused_async)] // Starting must happen on the runtime that will run the effects.
    pub async fn start(self) -> Result<Runtime, StartError> {
        let handle = Handle::current();
        let mut rng = match self.seed {
            Some(seed) => StdRng::seed_from_u64(seed),
            None => entropy(),
        };
        let options = Arc::new(self.options);
        let kinds = Arc::new(self.kinds);
        let (changes, _) = broadcast::channel(CHANGES);
        let limit = Duration::from_secs(options.effect_limit_s.max(1));
        let alarm = Arc::new(Alarm::default());
        let count = match options.shards {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            shards => shards,
        };
        let options = Arc::new(Options {
            in_flight: (options.in_flight / count.max(1)).max(64),
            residents: (options.residents / count.max(1)).max(1),
            resident_bytes: options.resident_bytes / count.max(1),
            ..(*options).clone()
        });
        let crash_limit = u8::try_from(options.crash_limit).unwrap_or(u8::MAX);
        let found = match &self.recorder {
            Some(path) => Recorder::open(path, count, crash_limit)?,
            None => Found::nothing(),
        };
        found.tell();
        let recorder = found.recorder;
        let runner = Runner::new(handle.clone(), options.effects, limit, recorder.clone());
        let suspects = Suspects::new(&found.suspects, crash_limit);
        let admissions: Vec<_> = (0..count)
            .map(|_| Admission::new(&options, options.in_flight, &self.clock, rng.next_u64()))
            .collect();
        let mut headcounts = Vec::new();
        // One for all shards: what is asked in one leads to more in another.
        let unsettled = Unsettled::new(options.unsettled);
        let make = admissions
            .iter()
            .enumerate()
            .map(|(shard, admission)| {
                let engine = Engine::new(
                    kinds.clone(),
                    options.clone(),
                    StdRng::seed_from_u64(rng.next_u64()),
                    shard,
                    recorder.clone(),
                    suspects.clone(),
                    unsettled.clone(),
                );
                headcounts.push(engine.headcount());
                let around = Surroundings {
                    journal: self.journal.clone(),
                    clock: self.clock.clone(),
                    runner: runner.clone(),
                    changes: changes.clone(),
                    alarm: alarm.clone(),
                    handle: handle.clone(),
                    mailbox: admission.letters(),
                    in_flight: options.in_flight,
                };
                Box::new(move || Shard::new(engine, around)) as Box<dyn FnOnce() -> Shard + Send>
            })
            .collect();
        let shards = Shards::start(make)?;
        let router = Arc::new(Router::new(shards.addresses.clone(), admissions));
        let stop = CancellationToken::new();
        handle.spawn(pump(
            self.journal.clone(),
            self.clock.clone(),
            router.clone(),
            alarm,
            options.timer_poll_ms,
            stop.clone(),
        ));
        handle.spawn(recover(
            self.journal.clone(),
            self.clock.clone(),
            router.clone(),
            first_of(&found.suspects, crash_limit),
            Pace::after(found.crashed, &options),
            stop.clone(),
        ));
        Ok(Runtime {
            inner: Arc::new(Inner {
                journal: self.journal,
                clock: self.clock,
                router,
                kinds,
                runner,
                recorder,
                changes,
                turns: Turns::new(),
                headcounts,
                rng: Mutex::new(rng),
                draining: AtomicBool::new(false),
                stop,
                shards: Mutex::new(Some(shards)),
            }),
        })
    }
}

#[allow(clippy::disallowed_methods)] // The one place where the runtime's randomness enters.
fn entropy() -> StdRng {
    StdRng::from_rng(&mut rand::rng())
}

impl Runtime {
    /// Prepares a runtime on a journal.
    pub fn builder(journal: Arc<dyn Journal>, clock: Arc<dyn Clock>, options: Options) -> Builder {
        Builder {
            journal,
            clock,
            options,
            kinds: HashMap::new(),
            seed: None,
            recorder: None,
        }
    }

    /// Sends a command and waits until its decision is durable.
    ///
    /// A caller that gives up waiting, or a process that dies before the answer, leaves the command done or
    /// not done; sent again under the same [`Meta::command_id`] it is done once.
    ///
    /// # Errors
    /// See [`AskError`]; all but `Retry` say that nothing changed.
    pub async fn ask<E: Entity>(
        &self,
        id: &str,
        command: E::Command,
        meta: Meta,
    ) -> Result<E::Reply, AskError> {
        if self.inner.draining.load(Ordering::Acquire) {
            return Err(AskError::Draining);
        }
        let key = EntityKey::new(E::KIND, id);
        let admission = self.inner.router.admission(&key);
        let place = admission.ok_or(AskError::Draining)?.command(&key, &meta)?;
        let json = serde_json::to_vec(&command).map_err(|e| AskError::Internal(e.to_string()))?;
        let name = command.name();
        let (reply, answer) = oneshot::channel();
        let envelope = Box::new(Envelope {
            fingerprint: fingerprint(name, &json),
            command: Box::new(command),
            name,
            meta,
            behalf: Behalf::of_this_task(),
            reply: ReplyTo::holding(reply, place),
        });
        let letter = Letter::Command {
            key: key.clone(),
            envelope,
        };
        match self.inner.router.post(&key, letter) {
            Ok(()) => {}
            // The mailbox has room for all who hold a place; threads that race may count a letter twice.
            Err(Unposted::Full) => {
                return Err(AskError::Busy {
                    limit: Limit::Shard,
                    retry_after: BUSY_RETRY,
                });
            }
            Err(Unposted::Gone) => return Err(AskError::Draining),
        }
        let answer = answer.await.map_err(|_| AskError::Retry {
            retry_after: BUSY_RETRY,
            reason: "the actor went away before it answered".into(),
        })??;
        serde_json::from_str(answer.get()).map_err(|e| AskError::Internal(e.to_string()))
    }

    /// The journal: views are read there.
    pub fn journal(&self) -> &Arc<dyn Journal> {
        &self.inner.journal
    }

    /// The clock.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.inner.clock
    }

    /// Durable commits from now on. A receiver that lags loses the oldest, and must read again what it
    /// follows.
    pub fn changes(&self) -> broadcast::Receiver<Change> {
        self.inner.changes.subscribe()
    }

    /// For each shard the commands that are not answered yet, and the wishes of operators.
    pub fn load(&self) -> Vec<ShardLoad> {
        let admissions = self.inner.router.admissions().iter();
        admissions
            .map(|admission| {
                let (commands, controls) = admission.taken();
                ShardLoad { commands, controls }
            })
            .collect()
    }

    /// A new id: `prefix` and 20 random characters.
    pub fn new_id(&self, prefix: &str) -> String {
        random_id(prefix, &mut *self.inner.rng.lock())
    }

    /// The registered kinds, sorted.
    pub fn kinds(&self) -> Vec<String> {
        let mut kinds: Vec<_> = self.inner.kinds.keys().map(ToString::to_string).collect();
        kinds.sort();
        kinds
    }

    /// Ends in order: new commands are refused, running effects get `grace` to end, what was taken is answered and
    /// what ended is written, for which there is as long again, the journal is closed. Effects that did not end, and
    /// those that wait for a retry, are found in the journal at the next start. A crash in the middle is like any
    /// other.
    pub async fn drain(&self, grace: Duration) {
        if self.inner.draining.swap(true, Ordering::AcqRel) {
            return;
        }
        self.inner.stop.cancel();
        let runner = &self.inner.runner;
        if tokio::time::timeout(grace, runner.quiet()).await.is_err() {
            tracing::warn!(
                "effects were still under way after {grace:?}; they run again at the next start"
            );
            runner.abort();
        }
        for shard in self.inner.router.all() {
            shard.deliver(Letter::Drain).await;
        }
        let answered = async {
            while self.unanswered().await > 0 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        if tokio::time::timeout(grace, answered).await.is_err() {
            tracing::warn!("commits were still in flight after {grace:?}");
        }
        self.inner.journal.close().await;
        // A process whose disk has failed did not end in order.
        if self.inner.journal.failed().now_or_never().is_none() {
            self.inner.recorder.close();
        }
        drop(self.inner.shards.lock().take());
    }

    async fn unanswered(&self) -> usize {
        let mut sum = 0;
        for shard in self.inner.router.all() {
            let (reply, answer) = oneshot::channel();
            shard.deliver(Letter::Unanswered { reply }).await;
            sum += answer.await.unwrap_or(0);
        }
        sum
    }
}
