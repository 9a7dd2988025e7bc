//! The runtime of one process as a state machine: the engines of its shards, the choice of the shard, the
//! look for due timers and the search for unsettled effects, without actix, threads and a clock of its own.
//!
//! Whoever holds a [`Pod`] is its surroundings: it takes the [`Wanted`], carries them out in whatever order
//! and with whatever faults it likes, and brings back what came of them. What the threaded runtime has beside
//! this are its mailboxes and channels (`shard.rs`), the gates before them (`admission.rs`), the sleep of the
//! timer pump, and the runner, which counts permits, gives up what takes too long, and falls quiet when the
//! process goes down.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use datamesh_journal::{
    AppendError, Appended, Commit, EntityKey, Journal, JournalError, Loaded, Mark,
};
use futures::FutureExt;
use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::sync::oneshot;

use crate::ask::{AskError, Meta};
pub use crate::black_box::BlackBox;
use crate::cell::{Erased, Kind, TypedKind};
use crate::claim::{Claim, Pace};
use crate::control::{ActorDetail, ActorStatus, Control, Order};
use crate::effect::{EffectCx, EffectError, Effects, Idempotency, Rank};
use crate::engine::{Action, Engine, Kinds, Tag, Task};
use crate::entity::{Entity, Named};
use crate::id::fingerprint;
use crate::options::Options;
use crate::planted::Planted;
use crate::recorder::Recorder;
use crate::router::{Post, shard_of};
use crate::runner::{held, timed_out};
use crate::shard::Letter;
use crate::slot::{Answer, Envelope};
use crate::timers::{Told, tell_due};

const ALL_AT_ONCE: Pace = Pace {
    first: usize::MAX,
    most: usize::MAX,
    pause: Duration::ZERO,
};

/// Collects the kinds of entities before the start.
#[derive(Default)]
pub struct Builder {
    kinds: Kinds,
    black_box: BlackBox,
    planted: Option<Planted>,
}

impl Builder {
    /// Every engine of the process has this bug.
    #[must_use]
    pub fn plant(mut self, bug: Option<Planted>) -> Self {
        self.planted = bug;
        self
    }

    /// Adds a kind of entity and who does its effects.
    #[must_use]
    pub fn register<E: Entity>(mut self, effects: impl Effects<E>) -> Self {
        let kind: Arc<dyn Kind> = Arc::new(TypedKind::<E, _>::new(effects));
        self.kinds.insert(Arc::from(E::KIND), kind);
        self
    }

    /// The pod comes after those that this tells of.
    #[must_use]
    pub fn after(mut self, black_box: &BlackBox) -> Self {
        self.black_box = black_box.clone();
        self
    }

    /// An empty process with `options.shards` shards (at least one). The same seed draws the same commit ids
    /// and jitter.
    pub fn start(self, options: Options, seed: u64) -> Pod {
        let mut rng = StdRng::seed_from_u64(seed);
        let suspects = self.black_box.suspects(options.crash_limit);
        let pace = Pace {
            first: options.claim_first,
            most: options.claim_most,
            pause: Duration::from_millis(options.claim_pause_ms),
        };
        let (kinds, shards) = (Arc::new(self.kinds), options.shards.max(1));
        let limit = Duration::from_secs(options.effect_limit_s.max(1));
        let options = Arc::new(options);
        let engine = |shard| {
            let rng = StdRng::seed_from_u64(rng.next_u64());
            let (kinds, options) = (kinds.clone(), options.clone());
            let suspects = suspects.clone();
            let recorder = Recorder::default();
            let mut engine = Engine::new(kinds, options, rng, shard, recorder, suspects);
            engine.plant(self.planted);
            engine
        };
        Pod {
            engines: (0..shards).map(engine).collect(),
            told: Told::default(),
            suspects: self.black_box.first(options.crash_limit),
            alone: None,
            probation: VecDeque::new(),
            pass: Claim::new(pace),
            limit,
            closed: false,
        }
    }
}

/// One process, driven from outside. Dropping it is a crash.
pub struct Pod {
    engines: Vec<Engine>,
    told: Told,
    /// Entities to be taken up before all others.
    suspects: Vec<EntityKey>,
    /// The one effect on probation that is tried, and those that wait for it.
    alone: Option<(EntityKey, String)>,
    probation: VecDeque<Box<Task>>,
    pass: Claim,
    /// What takes longer is given up.
    limit: Duration,
    /// Commands are refused.
    closed: bool,
}

/// What a pod wants done. Each is answered at most once, at any later time; never is what a crash looks like.
pub enum Wanted {
    /// Read the entity and call [`Pod::loaded`].
    Load(Load),
    /// Write the commit and call [`Pod::appended`]. Commits of a pod are to reach the journal in this order.
    Append {
        /// The commit.
        commit: Box<Commit>,
        /// What its fate is told with.
        ticket: Ticket,
    },
    /// [`Try::run`] it after the pause and call [`Pod::ended`].
    Try {
        /// The pause.
        after: Duration,
        /// The effect.
        attempt: Try,
    },
    /// Call [`Pod::wake`] after the pause.
    Wake {
        /// The pause.
        after: Duration,
        /// Who sleeps.
        sleeper: Sleeper,
    },
    /// Keep the mark in the journal, however long it takes, and call [`Pod::mark_kept`].
    Mark {
        /// Whose.
        key: EntityKey,
        /// The mark.
        mark: Mark,
    },
    /// Call [`Pod::ended`] after the pause: there is no room for its commit just now.
    Later {
        /// The pause.
        after: Duration,
        /// The end.
        end: Ended,
    },
    /// A timer is due then (milliseconds since the Unix epoch): see that [`Pod::tell_due`] is called.
    Arm {
        /// When.
        due_ms: i64,
    },
    /// The entity has a new durable commit.
    Changed {
        /// Which entity.
        key: EntityKey,
        /// The commit's number.
        seq: u64,
    },
}

/// What an operator does to one entity of a pod, beside setting or lifting its mark in the journal.
#[derive(Clone, Debug)]
pub enum Operation {
    /// Nothing more is taken and nothing starts.
    Pause(Mark),
    /// It goes on, also out of quarantine.
    Resume,
    /// Its effects whose retries ran out are tried again.
    Retry,
}

/// An entity that is to be read.
pub struct Load {
    key: EntityKey,
    epoch: u64,
}

impl Load {
    /// Which entity.
    pub fn key(&self) -> &EntityKey {
        &self.key
    }
}

/// Says which commit of which life a fate is about.
#[derive(Clone)]
pub struct Ticket(Tag);

impl Ticket {
    /// Whose commit.
    pub fn key(&self) -> &EntityKey {
        &self.0.key
    }
}

/// An entity that waits before it is read again.
pub struct Sleeper {
    key: EntityKey,
    epoch: u64,
}

/// One try of an effect.
pub struct Try {
    task: Box<Task>,
    limit: Duration,
}

impl Try {
    /// What the effect knows of itself.
    pub fn cx(&self) -> &EffectCx {
        &self.task.cx
    }

    /// Who goes first.
    pub fn rank(&self) -> Rank {
        self.task.rank
    }

    /// How a repeat of it stays one deed.
    pub fn idempotency(&self) -> Idempotency {
        self.task.idempotency
    }

    /// What it knows of itself, to be falsified.
    pub fn cx_mut(&mut self) -> &mut EffectCx {
        &mut self.task.cx
    }

    /// Does it, at this very moment. One that does not end at once never does: see [`Ended::given_up`]. One
    /// whose entity was paused meanwhile is not done.
    pub fn run(self) -> Ended {
        let Self { task, limit } = self;
        let run = || task.kind.run(&task.data, task.idempotency, &task.cx);
        let result = match task.hold.is_cancelled() {
            true => Some(Err(held())),
            false => run().now_or_never(),
        };
        Ended {
            given_up: result.is_none().then_some(limit),
            result: result.unwrap_or_else(|| Err(timed_out(limit))),
            key: task.cx.entity,
            effect_id: task.cx.effect_id,
        }
    }
}

/// How one try of an effect ended.
pub struct Ended {
    key: EntityKey,
    effect_id: String,
    result: Result<Erased, EffectError>,
    given_up: Option<Duration>,
}

impl Ended {
    /// How long the runner waits until it gives the try up, if it did not end.
    pub fn given_up(&self) -> Option<Duration> {
        self.given_up
    }

    /// Whose effect.
    pub fn key(&self) -> &EntityKey {
        &self.key
    }

    /// Which effect of it.
    pub fn effect_id(&self) -> &str {
        &self.effect_id
    }

    /// The failure, if it is one.
    pub fn error(&self) -> Option<&EffectError> {
        self.result.as_ref().err()
    }
}

/// The answer to a command, once it is there.
pub struct Reply<E: Entity> {
    answer: oneshot::Receiver<Answer>,
    reply: std::marker::PhantomData<fn() -> E>,
}

impl<E: Entity> Reply<E> {
    /// The answer; `None` while there is none. A pod that went away answers `Retry`.
    pub fn look(&mut self) -> Option<Result<E::Reply, AskError>> {
        match self.answer.try_recv() {
            Ok(Ok(json)) => Some(
                serde_json::from_str(json.get()).map_err(|e| AskError::Internal(e.to_string())),
            ),
            Ok(Err(error)) => Some(Err(error)),
            Err(oneshot::error::TryRecvError::Empty) => None,
            Err(oneshot::error::TryRecvError::Closed) => Some(Err(AskError::Retry {
                retry_after: crate::engine::BUSY_RETRY,
                reason: "the actor went away before it answered".into(),
            })),
        }
    }
}

/// Takes the letters of a look, which is over in one moment.
#[derive(Default)]
struct Hand(Mutex<Vec<Letter>>);

impl Post for Hand {
    async fn deliver(&self, _: &EntityKey, letter: Letter) {
        self.0.lock().push(letter);
    }
}

impl Pod {
    /// What is to be done since the last call, in the order in which it was wanted.
    pub fn wanted(&mut self) -> Vec<Wanted> {
        let limit = self.limit;
        let mut all = Vec::new();
        for action in self.engines.iter_mut().flat_map(Engine::actions) {
            match action {
                Action::Start(task) if task.probation => self.probation.push_back(task),
                action => all.push(wanted(action, limit)),
            }
        }
        if self.alone.is_none()
            && let Some(task) = self.probation.pop_front()
        {
            self.alone = Some((task.cx.entity.clone(), task.cx.effect_id.clone()));
            all.push(wanted(Action::Start(task), limit));
        }
        all
    }

    /// The process goes down in order, first step: commands are refused. The surroundings look for no more due
    /// timers and unsettled effects, start no effect, and wait for those that run. See `Runtime::drain`.
    pub fn close(&mut self) {
        self.closed = true;
    }

    /// Second step: no effect runs any more, or they were given up, and nothing new is taken.
    pub fn drain(&mut self) {
        for engine in &mut self.engines {
            engine.drain();
        }
    }

    /// Commits in flight and commands that wait: third, the surroundings wait until there are none.
    pub fn unanswered(&self) -> usize {
        self.engines.iter().map(Engine::unanswered).sum()
    }

    /// The entity as it is in memory.
    pub fn detail(&mut self, now_ms: i64, key: &EntityKey) -> Option<ActorDetail> {
        self.engine(key)?.detail(key, now_ms)
    }

    /// What the entity is doing; none if it is not in memory.
    pub fn status(&mut self, key: &EntityKey) -> Option<ActorStatus> {
        let (status, _, _) = self.engine(key)?.glance(key)?;
        Some(status)
    }

    /// A command came.
    ///
    /// # Errors
    /// When the command has no JSON.
    pub fn command<E: Entity>(
        &mut self,
        now_ms: i64,
        id: &str,
        command: E::Command,
        meta: Meta,
    ) -> Result<Reply<E>, AskError> {
        let json = serde_json::to_vec(&command).map_err(|e| AskError::Internal(e.to_string()))?;
        let key = EntityKey::new(E::KIND, id);
        let name = command.name();
        let (reply, answer) = oneshot::channel();
        let envelope = Envelope {
            fingerprint: fingerprint(name, &json),
            command: Box::new(command),
            name,
            meta,
            reply: reply.into(),
        };
        if self.closed {
            drop(envelope.reply.send(Err(AskError::Draining)));
        } else if let Some(engine) = self.engine(&key) {
            engine.command(now_ms, key, envelope);
        }
        Ok(Reply {
            answer,
            reply: std::marker::PhantomData,
        })
    }

    /// The journal answered a [`Wanted::Load`].
    pub fn loaded(&mut self, now_ms: i64, load: &Load, result: Result<Loaded, JournalError>) {
        if let Some(engine) = self.engine(&load.key) {
            engine.loaded(now_ms, &load.key, load.epoch, result);
        }
    }

    /// The journal answered a [`Wanted::Append`].
    pub fn appended(
        &mut self,
        now_ms: i64,
        ticket: &Ticket,
        result: Result<Appended, AppendError>,
    ) {
        if let Some(engine) = self.engine(&ticket.0.key) {
            engine.appended(now_ms, &ticket.0, result);
        }
    }

    /// A try of an effect ended.
    pub fn ended(&mut self, now_ms: i64, end: Ended) {
        let alone = |(key, id): &(EntityKey, String)| (key, id) == (&end.key, &end.effect_id);
        if self.alone.as_ref().is_some_and(alone) {
            self.alone = None;
        }
        if let Some(engine) = self.engine(&end.key) {
            engine.settled(now_ms, end.key, end.effect_id, end.result);
        }
    }

    /// The pause of a [`Wanted::Wake`] is over.
    pub fn wake(&mut self, sleeper: &Sleeper) {
        if let Some(engine) = self.engine(&sleeper.key) {
            engine.wake(&sleeper.key, sleeper.epoch);
        }
    }

    /// The journal has the mark of a [`Wanted::Mark`].
    pub fn mark_kept(&mut self, key: &EntityKey) {
        if let Some(engine) = self.engine(key) {
            engine.mark_kept(key);
        }
    }

    /// An operator asks.
    pub fn operate(&mut self, now_ms: i64, key: &EntityKey, operation: Operation) {
        let control = match operation {
            Operation::Pause(mark) => Control::Pause { mark, order: None },
            Operation::Resume => Control::Resume { order: None },
            Operation::Retry => Control::Retry {
                effect_id: None,
                order: Order::default(),
            },
        };
        let (reply, _) = oneshot::channel();
        if let Some(engine) = self.engine(key) {
            engine.control(now_ms, key.clone(), control, reply.into());
        }
    }

    /// Drops what has had no work for a while: to be called about once a second.
    pub fn sweep(&mut self, now_ms: i64) {
        for engine in &mut self.engines {
            engine.sweep(now_ms);
        }
    }

    /// How many entities are in memory.
    pub fn resident(&self) -> usize {
        self.engines.iter().map(Engine::resident).sum()
    }

    /// One look of the timer pump. The journal has to answer at once.
    ///
    /// # Errors
    /// When the journal cannot be read: the next look is at the usual time.
    pub fn tell_due(&mut self, now_ms: i64, journal: &dyn Journal) -> Result<(), JournalError> {
        let hand = Hand::default();
        let look = tell_due(journal, &hand, now_ms, &mut self.told).now_or_never();
        self.take(now_ms, hand);
        look.unwrap_or_else(|| Err(not_at_once()))
    }

    /// One search for unsettled effects: at start, and from time to time. The journal has to answer at once.
    ///
    /// # Errors
    /// When the journal cannot be read: to be called again soon.
    pub fn recover(&mut self, now_ms: i64, journal: &dyn Journal) -> Result<u64, JournalError> {
        let hand = Hand::default();
        let mut pass = Claim::new(ALL_AT_ONCE);
        let search = pass.go_on(journal, &hand, now_ms).now_or_never();
        self.take(now_ms, hand);
        search.unwrap_or_else(|| Err(not_at_once()))?;
        Ok(pass.claimed)
    }

    /// One look of the slow start, to be called about every 20 ms until it answers that all is taken up: the
    /// suspects first, then step by step. The journal has to answer at once.
    ///
    /// # Errors
    /// When the journal cannot be read: to be called again soon.
    pub fn claim(&mut self, now_ms: i64, journal: &dyn Journal) -> Result<bool, JournalError> {
        for key in std::mem::take(&mut self.suspects) {
            if let Some(engine) = self.engine(&key) {
                engine.rouse(now_ms, &key);
            }
        }
        let present = self.pass.present().iter();
        let rows: Vec<_> = present
            .map(|row| (row.entity.clone(), row.work_id.clone()))
            .collect();
        let open: usize = self.engines.iter().map(|engine| engine.open(&rows)).sum();
        if !self.pass.is_over() && self.pass.may_go_on(now_ms, open) {
            let hand = Hand::default();
            let step = self.pass.go_on(journal, &hand, now_ms).now_or_never();
            self.take(now_ms, hand);
            step.unwrap_or_else(|| Err(not_at_once()))?;
        }
        Ok(self.pass.is_over())
    }

    fn take(&mut self, now_ms: i64, hand: Hand) {
        for letter in hand.0.into_inner() {
            match letter {
                Letter::Timer { key, name, due_ms } => {
                    if let Some(engine) = self.engine(&key) {
                        engine.timer(now_ms, key, name, due_ms);
                    }
                }
                Letter::Rouse { key } => {
                    if let Some(engine) = self.engine(&key) {
                        engine.rouse(now_ms, &key);
                    }
                }
                _ => {}
            }
        }
    }

    fn engine(&mut self, key: &EntityKey) -> Option<&mut Engine> {
        let shard = shard_of(key, self.engines.len());
        self.engines.get_mut(shard)
    }
}

fn not_at_once() -> JournalError {
    JournalError::Storage("it did not answer at once".to_owned())
}

fn wanted(action: Action, limit: Duration) -> Wanted {
    match action {
        Action::Load { key, epoch } => Wanted::Load(Load { key, epoch }),
        Action::Append { commit, tag } => Wanted::Append {
            commit,
            ticket: Ticket(tag),
        },
        Action::Start(task) => Wanted::Try {
            after: task.after,
            attempt: Try { task, limit },
        },
        Action::Wake { key, epoch, after } => Wanted::Wake {
            after,
            sleeper: Sleeper { key, epoch },
        },
        Action::Mark { key, mark } => Wanted::Mark { key, mark },
        Action::Later {
            key,
            effect_id,
            result,
            after,
        } => Wanted::Later {
            after,
            end: Ended {
                key,
                effect_id,
                result,
                given_up: None,
            },
        },
        Action::Arm { due_ms } => Wanted::Arm { due_ms },
        Action::Changed { key, seq } => Wanted::Changed { key, seq },
    }
}
