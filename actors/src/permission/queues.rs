use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::item::{Item, Phase};

/// The numbers of the things by what is to be done with them, so that a plan never looks at all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queues {
    /// To be put: by due time, rank and number. What is due at once comes first.
    pub put: BTreeSet<(i64, u8, u32)>,
    /// To be taken away: by due time, rank from the highest, and number.
    pub take: BTreeSet<(i64, u8, u32)>,
    /// Put, to be read back: by due time.
    pub confirm: BTreeSet<(i64, u32)>,
    /// Taken away, to be read back: by due time.
    pub prove: BTreeSet<(i64, u32)>,
    /// There.
    pub there: BTreeSet<u32>,
    /// Missing.
    pub missing: BTreeSet<u32>,
    /// Failed.
    pub failed: BTreeSet<u32>,
}

impl Queues {
    pub(super) fn enter(&mut self, number: u32, item: &Item) {
        let rank = item.rank();
        match item.phase {
            Phase::Wanted { due_ms } => self.put.insert((due_ms, rank, number)),
            Phase::Leaving { due_ms } => self.take.insert((due_ms, u8::MAX - rank, number)),
            Phase::Put { due_ms } => self.confirm.insert((due_ms, number)),
            Phase::Removed { due_ms } => self.prove.insert((due_ms, number)),
            Phase::There => self.there.insert(number),
            Phase::Missing => self.missing.insert(number),
            Phase::Failed => self.failed.insert(number),
            Phase::Putting | Phase::Removing => true,
        };
    }

    pub(super) fn leave(&mut self, number: u32, item: &Item) {
        let rank = item.rank();
        match item.phase {
            Phase::Wanted { due_ms } => self.put.remove(&(due_ms, rank, number)),
            Phase::Leaving { due_ms } => self.take.remove(&(due_ms, u8::MAX - rank, number)),
            Phase::Put { due_ms } => self.confirm.remove(&(due_ms, number)),
            Phase::Removed { due_ms } => self.prove.remove(&(due_ms, number)),
            Phase::There => self.there.remove(&number),
            Phase::Missing => self.missing.remove(&number),
            Phase::Failed => self.failed.remove(&number),
            Phase::Putting | Phase::Removing => true,
        };
    }
}
