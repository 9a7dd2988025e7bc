//! Whether a run was a good one. What is true of every moment is looked at when it happens; the rest at the
//! end.
//!
//! Linearizability: the journal gives the order of one ledger's commands. A command that counted is in it
//! once; every answer to it is the ledger as it was right after it; and it stands behind all that any client
//! had been told of when it was first sent. An answer to a command that changes nothing is some ledger of that
//! order that was durable when it was given, and not older than what its process had heard to be durable: a
//! process that does not know of another's writes may answer an older one.
//!
//! What is promised of receipts: a command that comes again before so many others counted as a ledger keeps
//! receipts is answered as before, and changes nothing. After that it may count again, as a new one.

mod answers;
mod commits;
mod effects;
mod end;
mod stopped;

use datamesh_actor::ActorDetail;
use datamesh_journal::EntityKey;

use crate::world::{World, say};

impl World {
    pub(crate) fn wrong(&mut self, what: String) {
        say!(self, None, "WRONG: {what}");
        self.wrong.push(what);
    }

    fn detail(&mut self, pod: usize, key: &EntityKey) -> Option<ActorDetail> {
        let now_ms = self.clock(pod);
        let process = self.pods.get_mut(pod)?.process.as_mut()?;
        process.detail(now_ms, key)
    }

    /// Looks at the end of a run.
    pub(crate) fn judge(&mut self) {
        self.judge_left();
        for wish in 0..self.wishes.len() {
            if let Some(wrong) = self.judge_wish(wish) {
                self.wrong(wrong);
            }
        }
        self.judge_deeds();
        self.judge_told();
    }
}
