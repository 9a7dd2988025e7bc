use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::entity::{EntityKey, Mark};

/// Names one attempt to write one commit: 16 bytes, never reused. A backend that finds a commit with
/// the same id in the place it was asked to write answers "appended" and writes nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CommitId(pub [u8; 16]);

impl CommitId {
    /// Reads what [`fmt::Display`] writes: 32 hexadecimal digits.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits = text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit());
        let number = u128::from_str_radix(text, 16).ok()?;
        digits.then_some(Self(number.to_be_bytes()))
    }
}

impl fmt::Debug for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

/// One event: its type name and its JSON.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record {
    /// The type, as the aggregate names it (`ProjectRequested`).
    #[serde(rename = "type")]
    pub name: String,
    /// The event itself.
    pub data: Box<RawValue>,
}

/// What made the entity decide; kept for whoever reads the history.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// `command CreateProject`, `settled CreateDataZoneProject`, `timer poll-listing`, `operator pause`.
    pub what: String,
    /// Who asked, where somebody did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// What ties this commit to those before and after it.
    #[serde(default, skip_serializing_if = "Trace::is_empty")]
    pub trace: Trace,
}

/// What ties a commit to others: the command or the effect whose end caused it, and the effects and timers
/// that it asks for, whose ends cause later ones.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// The effect whose end caused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled: Option<Settled>,
    /// The ids of the effects that it asks for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<String>,
    /// The timers that it sets: name, and due time in milliseconds since the Unix epoch.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub timers: Vec<(String, i64)>,
    /// The id of the command that caused it, where the caller gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command_id: Option<String>,
}

impl Trace {
    /// Whether there is nothing to be kept.
    pub fn is_empty(&self) -> bool {
        self.settled.is_none()
            && self.effects.is_empty()
            && self.timers.is_empty()
            && self.command_id.is_none()
    }
}

/// The effect whose end caused a commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// Its id within the entity.
    pub effect_id: String,
    /// How often the process that settled it had tried it; tries of processes before are not counted.
    pub attempts: u32,
    /// From the moment it was asked for to its end, in milliseconds.
    pub took_ms: i64,
}

/// The answer that a command got, kept so that its repeat gets the same one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Receipt {
    /// The command's id, unique per entity.
    pub command_id: String,
    /// A digest of the command's content: the same id with other content is a caller's mistake.
    pub fingerprint: u64,
    /// The reply.
    pub reply: Box<RawValue>,
    /// When it was given, in milliseconds since the Unix epoch.
    pub at_ms: i64,
}

/// What kind of work waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum WorkKind {
    /// Something to do in the world outside.
    Effect,
    /// A moment to be told of.
    Timer,
}

/// Work that outlives the process: an effect that is not settled, a timer that has not fired.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Work {
    /// Unique within the entity.
    pub id: String,
    /// Effect or timer.
    pub kind: WorkKind,
    /// When it becomes due, in milliseconds since the Unix epoch; `None` while it is paused.
    pub due_ms: Option<i64>,
    /// Which effects are found first after a start: 0 before 1 before 2. [`Work::NORMAL`] for what has no
    /// reason to be elsewhere, and for timers.
    #[serde(default = "normal_rank")]
    pub rank: u8,
    /// What to do, in the terms of whoever asked.
    pub data: Box<RawValue>,
}

impl Work {
    /// The rank of what has no reason to be elsewhere.
    pub const NORMAL: u8 = 1;
}

fn normal_rank() -> u8 {
    Work::NORMAL
}

/// A change to the work of an entity.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum WorkChange {
    /// Adds it, or replaces the one with the same id.
    Put(Work),
    /// Takes it away; nothing happens if it is not there.
    Remove(String),
}

/// A change to a view: a collection of documents, listed in the order of (`sort`, `key`), filtered by
/// equality of `fields`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum ViewChange {
    /// Adds the document, or replaces the one with the same key.
    Put {
        /// `projects`, `assets`, …
        collection: String,
        /// Unique within the collection.
        key: String,
        /// Place in the list.
        sort: String,
        /// What it can be filtered by.
        fields: Vec<(String, String)>,
        /// What is shown.
        doc: Box<RawValue>,
    },
    /// Takes it away; nothing happens if it is not there.
    Delete {
        /// The collection.
        collection: String,
        /// The key within it.
        key: String,
    },
}

/// The state of an entity after its commit `seq`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Snapshot {
    /// The commit it includes.
    pub seq: u64,
    /// The state's JSON.
    pub data: Box<RawValue>,
}

/// All that one decision changes.
#[derive(Clone, Debug)]
pub struct Commit {
    /// Whose decision.
    pub entity: EntityKey,
    /// How many commits the writer knows of; this one becomes number `expected + 1`.
    pub expected: u64,
    /// The id of commit number `expected`, the one this decision stands on; `None` for the first. It is
    /// part of the fence: a writer decides ahead of its commits in flight, and when one of those is
    /// refused because somebody else wrote that number, the next would have the right number and stand
    /// on the wrong past. A commit whose parent is not the entity's newest commit is `Fenced`.
    pub parent: Option<CommitId>,
    /// Tells a repeat of this write from another writer's.
    pub commit_id: CommitId,
    /// When it was decided, in milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// What made the entity decide.
    pub cause: Cause,
    /// What happened, in order. May be empty: settling or pausing work need not change the state.
    pub events: Vec<Record>,
    /// The receipt for the inbox, when a command caused it.
    pub receipt: Option<Receipt>,
    /// Work asked for, re-timed or done.
    pub work: Vec<WorkChange>,
    /// What the lists show from now on.
    pub views: Vec<ViewChange>,
    /// The state after this commit, when it is time for one: replay starts here from now on.
    pub snapshot: Option<Box<RawValue>>,
}

/// A commit as it is read back.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Committed {
    /// Its number, from 1.
    pub seq: u64,
    /// Its id.
    pub commit_id: CommitId,
    /// When, in milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// Why.
    pub cause: Cause,
    /// What happened.
    pub events: Vec<Record>,
}

/// A write that is durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The commit's number.
    pub seq: u64,
    /// Whether it was there already, from an earlier try.
    pub repeated: bool,
}

/// An entity, as found at start: the newest snapshot, what came after it, and what is open.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// How many commits it has; 0 for one that was never written.
    pub seq: u64,
    /// The id of the newest commit: the parent of the next.
    pub head: Option<CommitId>,
    /// The newest snapshot.
    pub snapshot: Option<Snapshot>,
    /// The commits after the snapshot, in order.
    pub commits: Vec<Committed>,
    /// The receipts that are still kept, oldest first.
    pub receipts: Vec<Receipt>,
    /// Effects not settled and timers not fired.
    pub work: Vec<Work>,
    /// Pause or quarantine.
    pub mark: Option<Mark>,
}
