use std::sync::Arc;

use parking_lot::Mutex;

use super::{Intercepted, Writes};
use crate::commit::Commit;
use crate::journal::{Done, Journal};

/// A journal whose writes can be held back.
pub type HeldJournal = Intercepted<Holding>;

/// What waits to be written, while writes are held.
#[derive(Default)]
pub struct Holding(Mutex<Option<Vec<(Commit, Done)>>>);

impl Writes for Holding {
    fn append(&self, journal: &dyn Journal, commit: Commit, done: Done) {
        if let Some(held) = &mut *self.0.lock() {
            held.push((commit, done));
            return;
        }
        journal.append(commit, done);
    }
}

impl HeldJournal {
    /// This journal; nothing is held yet.
    pub fn new(journal: impl Journal) -> Arc<Self> {
        Self::by(Holding::default(), Arc::new(journal))
    }

    /// Writes nothing from now on.
    pub fn hold(&self) {
        self.writes.0.lock().get_or_insert_default();
    }

    /// Writes what waits, and all that comes.
    pub fn release(&self) {
        let waiting = self.writes.0.lock().take().unwrap_or_default();
        for (commit, done) in waiting {
            self.journal.append(commit, done);
        }
    }

    /// How many writes wait.
    pub fn waiting(&self) -> usize {
        self.writes.0.lock().as_ref().map_or(0, Vec::len)
    }
}
