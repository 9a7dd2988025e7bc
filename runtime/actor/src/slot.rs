//! The place of one entity in a shard: in which phase of its life it is, what waits for it, and, while it
//! is in memory, how far it has decided and how far that is durable.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use datamesh_journal::{CommitId, EntityKey, Mark};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::ask::{AskError, Meta};
use crate::behalf::Behalf;
use crate::cell::{Cell, Erased, Kind};
use crate::control::{Control, ControlReply, Order};
use crate::effect::{EffectError, Idempotency, Rank};
use crate::inbox::Inbox;
use crate::reply::ReplyTo;
use crate::supervise::PanicWindow;
use crate::unsettled::{Asker, Counted};
use crate::weight::Weight;
use indexmap::IndexMap;

/// What a caller gets.
pub(crate) type Answer = Result<Box<RawValue>, AskError>;

/// A command on its way.
pub(crate) struct Envelope {
    pub(crate) command: Erased,
    pub(crate) name: &'static str,
    pub(crate) fingerprint: u64,
    pub(crate) meta: Meta,
    /// In whose name, if an effect asks.
    pub(crate) behalf: Option<Behalf>,
    pub(crate) reply: ReplyTo<Answer>,
}

/// What can wait for an entity.
pub(crate) enum Work {
    Command(Envelope),
    Settled {
        effect_id: String,
        result: Result<Erased, EffectError>,
    },
    Timer {
        name: String,
        due_ms: i64,
    },
    Control {
        control: Control,
        reply: ReplyTo<ControlReply>,
    },
}

/// Where an entity is in its life.
///
/// `Loading → Resident` when the journal answers, `→ BackingOff` when it fails or the entity panics,
/// `BackingOff → Loading` when the pause is over, `→ Quarantined` when it panicked too often,
/// `Quarantined → Loading` when an operator resumes it. A resident entity without work is dropped.
pub(crate) enum Phase {
    /// Being read from the journal.
    Loading,
    /// In memory.
    Resident(Box<Resident>),
    /// Waiting before it is read again.
    BackingOff,
    /// Waiting for an operator.
    Quarantined(Mark),
}

pub(crate) struct Slot {
    pub(crate) key: EntityKey,
    pub(crate) kind: Arc<dyn Kind>,
    /// Counts the lives in this slot: answers to an earlier life are dropped.
    pub(crate) epoch: u64,
    pub(crate) phase: Phase,
    pub(crate) queue: VecDeque<Work>,
    pub(crate) panics: PanicWindow,
    pub(crate) failed_loads: u32,
    pub(crate) failed_writes: u32,
    /// The newest commit known to be durable, whichever life wrote it.
    pub(crate) landed: u64,
    /// Times that it was read from the journal.
    pub(crate) lives: u32,
    /// Effects on whose cancellation the life before this panicked: they are left to an operator.
    pub(crate) uncancellable: BTreeSet<String>,
    /// Its quarantine is not in the journal yet.
    pub(crate) mark_unkept: bool,
    pub(crate) last_error: Option<String>,
    pub(crate) used_ms: i64,
}

pub(crate) struct Resident {
    pub(crate) cell: Box<dyn Cell>,
    /// The last commit decided on.
    pub(crate) decided: u64,
    /// The last commit known to be durable.
    pub(crate) durable: u64,
    pub(crate) head: Option<CommitId>,
    pub(crate) inbox: Inbox,
    pub(crate) effects: IndexMap<String, Pending>,
    pub(crate) timers: BTreeMap<String, i64>,
    pub(crate) flight: VecDeque<Flight>,
    pub(crate) since_snapshot: u32,
    /// The newest snapshot and the events since then, in bytes.
    pub(crate) state_bytes: usize,
    pub(crate) weight: Weight,
    pub(crate) mark: Option<Mark>,
}

/// A commit in flight, and what waits for it.
pub(crate) struct Flight {
    pub(crate) seq: u64,
    pub(crate) answers: Vec<(ReplyTo<Answer>, Answer)>,
    /// What operators are told.
    pub(crate) told: Vec<(ReplyTo<ControlReply>, ControlReply)>,
    pub(crate) start: Vec<String>,
    pub(crate) arm_ms: Option<i64>,
}

/// An effect that is not settled.
pub(crate) struct Pending {
    pub(crate) job: Job,
    pub(crate) rank: Rank,
    pub(crate) attempts: u32,
    /// Tries that count against the retry policy.
    pub(crate) failures: u32,
    pub(crate) repeat: bool,
    pub(crate) status: EffectStatus,
    pub(crate) last_error: Option<String>,
    /// The operator who waits to hear what becomes of it, if it is to be cancelled. Lives no longer than the
    /// entity's memory; the wish itself is in the job.
    pub(crate) waits: Option<ReplyTo<ControlReply>>,
    /// None while it is paused.
    pub(crate) counted: Option<Counted>,
}

impl Pending {
    pub(crate) fn is_paused(&self) -> bool {
        self.status == EffectStatus::Paused
    }
}

/// An operator wants an effect cancelled, and may wait to hear of it.
pub(crate) struct Wish {
    pub(crate) order: Order,
    pub(crate) reply: Option<ReplyTo<ControlReply>>,
}

/// The journaled form of an effect; its rank is a column of its own.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Job {
    pub(crate) name: String,
    pub(crate) idempotency: Idempotency,
    pub(crate) asked_ms: i64,
    pub(crate) effect: Arc<RawValue>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) paused: Option<String>,
    /// An operator gave it up while it was tried: when that try has failed, or is not under way any more, the effect
    /// is cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cancel: Option<Order>,
    /// In whose name it was asked for; none if that is not known, as of what an older version wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) asker: Option<Asker>,
}

/// Where an effect is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum EffectStatus {
    /// Its commit is not durable yet.
    Asked,
    /// Handed to the runner, which waits for the retry time if `next_ms` lies ahead, and then does it.
    Started { next_ms: i64 },
    /// Not started because its entity is paused by an operator.
    Held,
    /// Its retries ran out.
    Paused,
}

impl Slot {
    pub(crate) fn new(key: EntityKey, kind: Arc<dyn Kind>, now_ms: i64) -> Self {
        Self {
            key,
            kind,
            epoch: 0,
            phase: Phase::Loading,
            queue: VecDeque::new(),
            panics: PanicWindow::default(),
            failed_loads: 0,
            failed_writes: 0,
            landed: 0,
            lives: 0,
            uncancellable: BTreeSet::new(),
            mark_unkept: false,
            last_error: None,
            used_ms: now_ms,
        }
    }

    /// Commands that wait; settlements and timers are not counted against the mailbox.
    pub(crate) fn waiting_commands(&self) -> usize {
        self.queue
            .iter()
            .filter(|work| matches!(work, Work::Command(_)))
            .count()
    }

    /// What must be heard before the process ends in order: commands and ends of effects that wait, and that its
    /// quarantine is kept.
    pub(crate) fn unanswered(&self) -> usize {
        let counts = |work: &&Work| matches!(work, Work::Command(_) | Work::Settled { .. });
        self.queue.iter().filter(counts).count() + usize::from(self.mark_unkept)
    }

    /// Whether the effect is under way or about to be.
    pub(crate) fn is_open(&self, effect_id: &str) -> bool {
        match &self.phase {
            Phase::Loading | Phase::BackingOff => true,
            Phase::Quarantined(_) => false,
            Phase::Resident(resident) => resident.effects.get(effect_id).is_some_and(|effect| {
                matches!(
                    effect.status,
                    EffectStatus::Asked | EffectStatus::Started { .. }
                )
            }),
        }
    }

    /// What it takes in memory, about, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        match &self.phase {
            Phase::Resident(resident) => resident.weight.bytes(),
            Phase::Loading | Phase::BackingOff | Phase::Quarantined(_) => 0,
        }
    }

    /// Whether the slot can be dropped without losing anything that is not in the journal.
    pub(crate) fn idle(&self) -> bool {
        self.queue.is_empty()
            && match &self.phase {
                Phase::Resident(resident) => {
                    resident.flight.is_empty()
                        && resident
                            .effects
                            .values()
                            .all(|e| matches!(e.status, EffectStatus::Paused | EffectStatus::Held))
                }
                Phase::Quarantined(_) => !self.mark_unkept,
                Phase::Loading | Phase::BackingOff => false,
            }
    }
}

impl Resident {
    /// Puts its weight as it is now on the scale.
    pub(crate) fn weigh(&mut self) {
        let effects = self
            .effects
            .values()
            .map(|effect| effect.job.effect.get().len());
        let effects: usize = effects.sum();
        self.weight
            .set(self.state_bytes + self.inbox.bytes() + effects);
    }

    /// Gives an answer as soon as everything decided so far is durable: never before.
    pub(crate) fn answer(&mut self, reply: ReplyTo<Answer>, answer: Answer) {
        match self.flight.back_mut() {
            Some(flight) => flight.answers.push((reply, answer)),
            None => drop(reply.send(answer)),
        }
    }

    /// Tells an operator as soon as everything decided so far is durable: never before.
    pub(crate) fn tell(&mut self, reply: ReplyTo<ControlReply>, answer: ControlReply) {
        match self.flight.back_mut() {
            Some(flight) => flight.told.push((reply, answer)),
            None => drop(reply.send(answer)),
        }
    }
}
