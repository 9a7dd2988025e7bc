//! The runtime of one process as a state machine, without actix, threads and a clock of its own: the engines of its
//! shards and the gates before them, the choice of the shard, the look for due timers and the search for unsettled
//! effects, the runner's permits, the flight recorder, and the steps of an orderly end.
//!
//! Whoever holds a [`Pod`] is its surroundings: it takes the [`Wanted`], carries them out in whatever order
//! and with whatever faults it likes, and brings back what came of them. What the threaded runtime has beside
//! this are its mailboxes and channels (`shard.rs`), the sleep of the timer pump, and the runner's tasks and clock.

mod attempt;
mod black_box;
mod door;
mod drain;
mod line;
mod recovery;
mod reply;
mod start;
mod wanted;

use std::time::Duration;

use datamesh_journal::{AppendError, Appended, EntityKey, JournalError, Loaded, Mark};
use tokio::sync::oneshot;

pub use attempt::{Ended, Try, Waiting};
pub use black_box::{BlackBox, Fuse};
pub use recovery::Claimed;
pub use reply::Reply;
pub use start::{Builder, Suspected};
pub use wanted::{Load, Sleeper, Ticket, Wanted};

use self::door::Door;
use self::line::{Line, Turn};
use self::recovery::Recovery;
use crate::ask::{AskError, Meta};
use crate::behalf::Behalf;
use crate::control::{ActorDetail, ActorStatus, Control, Order};
use crate::engine::Engine;
use crate::entity::{Entity, Named};
use crate::id::fingerprint;
use crate::planted::{Planted, planted};
use crate::recorder::Recorder;
use crate::reply::ReplyTo;
use crate::router::shard_of;
use crate::slot::Envelope;
use crate::timers::Told;
use crate::unsettled::Unsettled;

/// One process, driven from outside. Dropping it is a crash.
pub struct Pod {
    engines: Vec<Engine>,
    door: Door,
    told: Told,
    recovery: Recovery,
    recorder: Recorder,
    suspected: Vec<Suspected>,
    line: Line,
    /// A try that takes longer is given up.
    limit: Duration,
    planted: Option<Planted>,
    unsettled: Unsettled,
}

/// What an operator does to one entity of a pod, beside setting or lifting its mark in the journal.
#[derive(Clone, Debug)]
pub enum Operation {
    /// Nothing more is taken and nothing starts.
    Pause(Mark),
    /// It goes on, also out of quarantine.
    Resume,
    /// Its effects whose retries ran out are tried again, all or this one; if this one is to be cancelled, that is
    /// withdrawn.
    Retry(Option<String>),
    /// This effect of it is cancelled.
    Cancel(String),
}

impl Pod {
    /// What is to be done since the last call, in the order in which it was wanted.
    pub fn wanted(&mut self) -> Vec<Wanted> {
        let actions = self.engines.iter_mut().flat_map(Engine::actions);
        let mut all: Vec<Wanted> = actions.map(Wanted::from).collect();
        all.extend(self.line.turns().into_iter().map(|turn| match turn {
            Turn::Runs(task, permit) => {
                Wanted::Try(Try::begin(task, permit, &self.recorder, self.limit))
            }
            Turn::Held(task) => Wanted::Later {
                after: Duration::ZERO,
                end: Ended::held(*task),
            },
        }));
        all
    }

    /// What was under way when processes before this one died, as the recorder counts.
    pub fn suspected(&self) -> &[Suspected] {
        &self.suspected
    }

    /// Commands that hold a place, for they are not answered.
    pub fn places_taken(&self) -> usize {
        self.door.taken()
    }

    /// Whether there are so many unsettled effects that a command of normal priority which asks for one is refused,
    /// whoever sends it.
    pub fn is_full(&self) -> bool {
        self.unsettled.is_full()
    }

    /// Effects whose pause is over, that are not on probation, and that wait for others to end.
    pub fn in_line(&self) -> usize {
        self.line.waiting(false)
    }

    /// Effects whose pause is over, that are on probation, and that wait for their turn or for others to end.
    pub fn in_line_on_probation(&self) -> usize {
        self.line.waiting(true)
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
        self.ask(now_ms, id, command, meta, None)
    }

    /// An effect asks: what came of it is not known yet.
    ///
    /// # Errors
    /// As [`Self::command`].
    pub fn command_of<E: Entity>(
        &mut self,
        now_ms: i64,
        id: &str,
        command: E::Command,
        meta: Meta,
        effect: &Ended,
    ) -> Result<Reply<E>, AskError> {
        self.ask(now_ms, id, command, meta, effect.behalf.clone())
    }

    fn ask<E: Entity>(
        &mut self,
        now_ms: i64,
        id: &str,
        command: E::Command,
        meta: Meta,
        behalf: Option<Behalf>,
    ) -> Result<Reply<E>, AskError> {
        let json = serde_json::to_vec(&command).map_err(|e| AskError::Internal(e.to_string()))?;
        let key = EntityKey::new(E::KIND, id);
        let name = command.name();
        let envelope = |meta, reply| Envelope {
            fingerprint: fingerprint(name, &json),
            command: Box::new(command),
            name,
            meta,
            behalf,
            reply,
        };
        let (reply, answer) = oneshot::channel();
        self.door.show(now_ms);
        let shard = shard_of(&key, self.engines.len());
        match self.door.admit(shard, &key, &meta) {
            Ok(place) => {
                let envelope = envelope(meta, ReplyTo::holding(reply, place));
                self.deliver(now_ms, key, envelope);
            }
            Err(AskError::Busy { .. }) if planted!(self, PlacesIgnored) => {
                self.deliver(now_ms, key, envelope(meta, reply.into()));
            }
            Err(refused) => {
                drop(reply.send(Err(refused)));
                planted!(self, RefusedDone => {
                    let (nobody, _) = oneshot::channel();
                    self.deliver(now_ms, key, envelope(meta, nobody.into()));
                });
            }
        }
        Ok(Reply::new(answer))
    }

    fn deliver(&mut self, now_ms: i64, key: EntityKey, envelope: Envelope) {
        if let Some(engine) = self.engine(&key) {
            engine.command(now_ms, key, envelope);
        }
    }

    /// The journal answered a [`Wanted::Load`].
    pub fn loaded(&mut self, now_ms: i64, load: &Load, result: Result<Loaded, JournalError>) {
        self.door.show(now_ms);
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
        self.door.show(now_ms);
        if let Some(engine) = self.engine(ticket.key()) {
            engine.appended(now_ms, &ticket.0, result);
        }
    }

    /// The pause of a [`Wanted::Pause`] is over: the effect stands in line for its permit.
    pub fn line_up(&mut self, effect: Waiting) {
        self.line.join(effect.0);
    }

    /// A try of an effect ended, or did not begin.
    pub fn ended(&mut self, now_ms: i64, end: Ended) {
        self.door.show(now_ms);
        let Ended {
            key,
            effect_id,
            result,
            given_up,
            had,
            ..
        } = end;
        if let Some((permit, watch)) = had {
            watch.end();
            if given_up.is_some() && planted!(self, PermitLeaked) {
                std::mem::forget(permit);
            } else if result.is_err() && planted!(self, TurnLeaked) {
                permit.keep_turn();
            } else {
                drop(permit);
            }
        }
        if let Some(engine) = self.engine(&key) {
            engine.settled(now_ms, key, effect_id, result);
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
        self.door.show(now_ms);
        let control = match operation {
            Operation::Pause(mark) => Control::Pause { mark, order: None },
            Operation::Resume => Control::Resume { order: None },
            Operation::Retry(effect_id) => Control::Retry {
                effect_id,
                order: Order::default(),
            },
            Operation::Cancel(effect_id) => Control::Cancel {
                effect_id,
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
        let here = |engine: &Engine| engine.headcount().now();
        self.engines.iter().map(here).sum()
    }

    fn engine(&mut self, key: &EntityKey) -> Option<&mut Engine> {
        let shard = shard_of(key, self.engines.len());
        self.engines.get_mut(shard)
    }
}
