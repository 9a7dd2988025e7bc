use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::access::Thing;

/// A thing that somebody holds, or that is being taken away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// What.
    pub thing: Arc<Thing>,
    /// Who wants it. Nobody: it is to go.
    pub holders: BTreeSet<String>,
    /// Who let go of it and waits to hear that it is gone.
    pub leavers: BTreeSet<String>,
    /// Who let go of it while others held it. Those whose generation is not over when the last of the others
    /// lets go wait for its end too.
    pub kept_for: BTreeSet<String>,
    /// How far it is.
    pub phase: Phase,
    /// Why it failed, or is late: `CODE` and a sentence; empty if nothing is wrong.
    pub trouble: (String, String),
    /// Grows with each change of phase, so that an old look does not count.
    pub epoch: u32,
    /// Tries since the last success that ended with [`Fate::Later`](super::Fate::Later).
    pub tries: u32,
    /// How often a re-read did not show what an answer had said.
    pub doubts: u32,
    /// Whether Lake Formation was asked for it, so that it may be there.
    pub tried: bool,
    /// Whether the world was told that it is there.
    pub told: bool,
    /// Whether it was read back once: what was there is not failed when it cannot be put again, but missing.
    pub was_there: bool,
    /// Whether its content changed while it was being put, so that it is to be put again.
    pub stale: bool,
    /// Whether taking it away met an account that cannot be acted in.
    pub stuck: bool,
    /// When Lake Formation answered last that it is put or removed, in milliseconds since the Unix epoch.
    pub answered_ms: i64,
    /// When it was last read, in milliseconds since the Unix epoch; 0 for never.
    pub read_ms: i64,
    /// Since when it is in the ledger, in milliseconds since the Unix epoch.
    pub since_ms: i64,
}

impl Item {
    pub(super) fn new(thing: Thing, at_ms: i64) -> Self {
        Self {
            thing: Arc::new(thing),
            holders: BTreeSet::new(),
            leavers: BTreeSet::new(),
            kept_for: BTreeSet::new(),
            phase: Phase::Wanted { due_ms: 0 },
            trouble: (String::new(), String::new()),
            epoch: 0,
            tries: 0,
            doubts: 0,
            tried: false,
            told: false,
            was_there: false,
            stale: false,
            stuck: false,
            answered_ms: 0,
            read_ms: 0,
            since_ms: at_ms,
        }
    }

    /// Whether who wants it has nothing to wait for.
    pub(super) fn is_settled(&self) -> bool {
        matches!(self.phase, Phase::There | Phase::Missing | Phase::Failed)
    }

    /// Whether anybody wants it.
    pub(super) fn is_wanted(&self) -> bool {
        !self.holders.is_empty()
    }

    /// Its place among those that are put or taken: what others stand on has a lower rank.
    pub(super) fn rank(&self) -> u8 {
        match *self.thing {
            Thing::Sharing { .. } => 0,
            Thing::Admin { .. } => 1,
            Thing::Location(_) => 2,
            Thing::TagKey { .. } => 3,
            Thing::Tag { .. } => 4,
            Thing::Filter(_) => 5,
            Thing::Link(_) => 6,
            Thing::OptIn { .. } => 7,
            Thing::Grant(_) => 8,
        }
    }
}

/// How far a thing is. Due times are in milliseconds since the Unix epoch; 0 is at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    /// To be put.
    Wanted {
        /// Not sooner than this.
        due_ms: i64,
    },
    /// Being put.
    Putting,
    /// Lake Formation says that it is put; to be read back.
    Put {
        /// Not sooner than this.
        due_ms: i64,
    },
    /// It was read back.
    There,
    /// It was there, and the last look did not see it.
    Missing,
    /// It cannot be put.
    Failed,
    /// To be taken away.
    Leaving {
        /// Not sooner than this.
        due_ms: i64,
    },
    /// Being taken away.
    Removing,
    /// Lake Formation says that it is gone, or was never asked for it; to be read back.
    Removed {
        /// Not sooner than this.
        due_ms: i64,
    },
}
