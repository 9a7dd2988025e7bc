use datamesh_journal::{Cause, Mark, WorkKind};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::sync::oneshot;

use crate::effect::Idempotency;

/// Who operates, and why: kept in the history of the entity, and with an effect that is to be cancelled.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Who.
    #[serde(default)]
    pub by: Option<String>,
    /// Why; may be empty.
    #[serde(default)]
    pub reason: String,
}

impl Order {
    /// Why a commit was made: `verb`, or `verb: reason`.
    pub(crate) fn cause(&self, verb: &str) -> Cause {
        Cause {
            what: self.said(verb),
            by: self.by.clone(),
            ..Cause::default()
        }
    }

    /// The sentence, and the reason if there is one.
    pub(crate) fn said(&self, sentence: &str) -> String {
        match self.reason.as_str() {
            "" => sentence.to_owned(),
            reason => format!("{sentence}: {reason}"),
        }
    }
}

/// What an operator can ask of an entity.
#[derive(Clone, Debug)]
pub(crate) enum Control {
    Inspect,
    /// Without an order nothing is kept in the history, as where several processes are told of one mark.
    Pause {
        mark: Mark,
        order: Option<Order>,
    },
    /// As [`Control::Pause`].
    Resume {
        order: Option<Order>,
    },
    /// Keeps in the history that it was resumed.
    Resumed {
        order: Option<Order>,
    },
    Retry {
        effect_id: Option<String>,
        order: Order,
    },
    Cancel {
        effect_id: String,
        order: Order,
    },
}

/// What an operator gets.
pub(crate) type ControlReply = Result<ControlDone, ControlError>;

pub(crate) enum ControlDone {
    Detail(Box<ActorDetail>),
    Marked,
    Retried(u32),
    Cancelled(Cancelled),
    /// The wish to cancel an effect that is being tried is durable; this tells what becomes of it.
    Wished(oneshot::Receiver<ControlReply>),
}

/// What became of an effect that an operator wanted cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cancelled {
    /// It is settled: its entity was told that it failed.
    Cancelled {
        /// Whether an earlier try may have done it all the same.
        may_be_done: bool,
    },
    /// The try that was under way ended it, well or for good, before it could be cancelled.
    Ended,
}

/// Why an operator's wish was not fulfilled.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ControlError {
    /// No such kind of entity is registered.
    #[error("there are no actors of this kind: {0}")]
    UnknownKind(String),
    /// It was never written.
    #[error("there is no actor {0}")]
    NotFound(String),
    /// It has no such effect that could be retried or cancelled.
    #[error("actor {key} has no effect {effect} that waits: it is settled, or is not paused")]
    NoSuchEffect {
        /// The actor.
        key: String,
        /// The effect asked for.
        effect: String,
    },
    /// The effect is being tried and did not end in the time that was given. The wish is durable: the effect is
    /// cancelled if this try fails, or if the process dies before the try ends.
    #[error(
        "effect {effect} of actor {key} is being tried just now; it is cancelled if this try fails: look again in a while"
    )]
    Running {
        /// The actor.
        key: String,
        /// The effect.
        effect: String,
    },
    /// The effect is tried again: another operator wanted that while it was to be cancelled.
    #[error(
        "effect {effect} of actor {key} is not cancelled: another operator wants it tried again"
    )]
    Withdrawn {
        /// The actor.
        key: String,
        /// The effect.
        effect: String,
    },
    /// The shard is overloaded or the process is going down.
    #[error("the runtime cannot answer just now: {0}")]
    Unavailable(String),
}

/// What an actor is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActorStatus {
    /// On disk only.
    Passive,
    /// In memory.
    Resident,
    /// Being read from the journal.
    Loading,
    /// Waiting before it is read again.
    BackingOff,
    /// Waiting for an operator after too many panics.
    Quarantined,
    /// Paused by an operator.
    Paused,
    /// Nobody knows: its shard did not answer in time.
    Unanswered,
}

/// One actor, without a look inside.
#[derive(Clone, Debug)]
pub struct ActorSummary {
    /// What the journal knows.
    pub head: datamesh_journal::EntityHead,
    /// What it is doing.
    pub status: ActorStatus,
    /// Commands that wait in its mailbox.
    pub mailbox: usize,
    /// The last thing that went wrong in it, since it was last loaded.
    pub last_error: Option<String>,
}

/// One actor, opened.
#[derive(Clone, Debug)]
pub struct ActorDetail {
    /// What it is doing.
    pub status: ActorStatus,
    /// Why, where that needs saying.
    pub reason: Option<String>,
    /// Since when it is paused or quarantined, in milliseconds since the Unix epoch.
    pub stopped_ms: Option<i64>,
    /// What it was deciding on when it was quarantined.
    pub cause: Option<String>,
    /// How many commits are durable.
    pub seq: u64,
    /// Its state as JSON; none while it is not in memory.
    pub state: Option<Box<RawValue>>,
    /// Commands that wait in its mailbox.
    pub mailbox: usize,
    /// Commits in flight.
    pub in_flight: usize,
    /// Whether the next command would be told "busy".
    pub full: bool,
    /// Effects that are not settled.
    pub effects: Vec<EffectDetail>,
    /// Timers that have not fired: name and due time in milliseconds since the Unix epoch.
    pub timers: Vec<(String, i64)>,
    /// The last thing that went wrong in it.
    pub last_error: Option<String>,
}

/// Where an unsettled effect is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EffectState {
    /// Waits for its turn or its retry.
    Waiting,
    /// With the runner.
    Running,
    /// Its retries ran out, and it waits for an operator.
    Paused,
    /// Nobody knows: the shard of its entity did not answer in time.
    Unanswered,
}

/// One effect that is not settled.
#[derive(Clone, Debug)]
pub struct EffectDetail {
    /// Whose.
    pub key: datamesh_journal::EntityKey,
    /// Unique within the entity.
    pub effect_id: String,
    /// What it does.
    pub name: String,
    /// How a repeat of it stays one deed.
    pub idempotency: Idempotency,
    /// Where it is.
    pub state: EffectState,
    /// Tries by this process; 0 in lists while its actor is not in memory.
    pub attempts: u32,
    /// When it was asked for, in milliseconds since the Unix epoch.
    pub asked_ms: i64,
    /// When it is tried next, in milliseconds since the Unix epoch.
    pub next_ms: Option<i64>,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// It was under way when processes died, and is tried alone among such: it may wait for its turn. `false` in lists
    /// while its actor is not in memory.
    pub alone: bool,
    /// What it is to do.
    pub input: Box<RawValue>,
}

/// The id under which a timer is kept in the journal.
pub(crate) fn timer_id(name: &str) -> String {
    format!("timer:{name}")
}

/// The name of the timer kept under this id.
pub(crate) fn timer_name(work_id: &str, kind: WorkKind) -> Option<&str> {
    match kind {
        WorkKind::Timer => work_id.strip_prefix("timer:"),
        WorkKind::Effect => None,
    }
}
