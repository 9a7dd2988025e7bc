//! While the disk takes one group, the writer writes the next.
//!
//! To write a group takes the processor, to sync it takes the disk. So a group that is written goes to a thread of
//! its own, which syncs the log, once for all groups that wait, and then answers them in their order. At most
//! [`WAITING`] groups wait: a disk that is slower than the writer makes the groups larger, not the queue.
//!
//! A writer that has nothing else to do, because nobody waits for it and no group is with the thread, does the
//! same itself: alone, a commit wakes nobody more than it must.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use crate::error::AppendError;

use super::batch::Fate;
use super::durability::{Durability, FAILED};
use super::row_cache::Writing;
use super::writer::{Answer, Change};

/// Groups that may be written and wait for the sync under way to end.
const WAITING: usize = 1;

/// A group that is in the log, and who waits for it.
pub(super) struct Group {
    pub(super) number: u64,
    pub(super) changes: Vec<Change>,
    pub(super) fates: Vec<Fate>,
    pub(super) answers: Vec<Answer>,
    pub(super) writing: Writing,
}

impl Group {
    fn answer(self, durability: &Durability) {
        // Before the answers: who got one finds what it says, in the file and in memory.
        durability.is_durable(self.number);
        self.writing.committed(&self.changes, &self.fates);
        for (answer, fate) in self.answers.into_iter().zip(self.fates) {
            answer.give(fate);
        }
    }

    fn fail(self) {
        for answer in self.answers {
            answer.give(Err(AppendError::Storage(FAILED.to_owned())));
        }
    }
}

/// The thread that syncs, as its writer sees it.
pub(super) struct Syncer {
    durability: Arc<Durability>,
    groups: Option<SyncSender<Group>>,
    /// Groups that are with the thread.
    under_way: Arc<AtomicUsize>,
    thread: Option<JoinHandle<()>>,
}

impl Syncer {
    pub(super) fn spawn(durability: Arc<Durability>) -> std::io::Result<Self> {
        let (groups, waiting) = sync_channel(WAITING);
        let under_way = Arc::new(AtomicUsize::new(0));
        let thread = thread::Builder::new()
            .name("journal-sync".to_owned())
            .spawn({
                let (durability, under_way) = (Arc::clone(&durability), Arc::clone(&under_way));
                move || run(&waiting, &durability, &under_way)
            })?;
        Ok(Self {
            durability,
            groups: Some(groups),
            under_way,
            thread: Some(thread),
        })
    }

    /// Sees to it that the group is on the disk and is answered then. `alone`: nothing else waits to be written.
    pub(super) fn take(&self, group: Group, alone: bool) {
        if alone && self.under_way.load(Ordering::Acquire) == 0 {
            return finish(&self.durability, vec![group]);
        }
        self.under_way.fetch_add(1, Ordering::AcqRel);
        let taken = match &self.groups {
            Some(groups) => groups.send(group).map_err(|refused| refused.0),
            None => Err(group),
        };
        if let Err(group) = taken {
            // The thread is gone, and with it what it held.
            self.durability.fail();
            group.fail();
        }
    }
}

impl Drop for Syncer {
    /// Waits until all groups are answered.
    fn drop(&mut self) {
        self.groups = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the journal's syncing thread panicked");
        }
    }
}

fn run(waiting: &Receiver<Group>, durability: &Durability, under_way: &AtomicUsize) {
    while let Ok(first) = waiting.recv() {
        let groups: Vec<Group> = std::iter::once(first).chain(waiting.try_iter()).collect();
        let count = groups.len();
        finish(durability, groups);
        under_way.fetch_sub(count, Ordering::AcqRel);
    }
}

/// Syncs and answers. What panics has dropped its answers, which say so; that the rest is in order nobody knows.
fn finish(durability: &Durability, groups: Vec<Group>) {
    if catch_unwind(AssertUnwindSafe(|| sync(durability, groups))).is_err() {
        durability.fail();
    }
}

fn sync(durability: &Durability, groups: Vec<Group>) {
    match durability.sync() {
        Ok(()) => {
            for group in groups {
                group.answer(durability);
            }
        }
        Err(error) => {
            tracing::error!(%error, "the journal could not be synced: it takes and gives nothing more until it is opened again");
            for group in groups {
                group.fail();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU64;

    use super::super::row_cache::RowCache;
    use super::*;

    #[test]
    fn groups_that_wait_share_a_sync() {
        let syncs = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&syncs);
        let sync = move || {
            counted.fetch_add(1, Ordering::SeqCst);
            Ok(())
        };
        let durability = Durability::new(Box::new(sync), Box::new(|| Ok(())));
        let (groups, waiting) = sync_channel(3);
        let rows = Arc::new(RowCache::new(0));
        for _ in 0..3 {
            let group = Group {
                number: durability.begin(),
                changes: Vec::new(),
                fates: Vec::new(),
                answers: Vec::new(),
                writing: rows.begin(&[]),
            };
            assert!(groups.send(group).is_ok());
        }
        drop(groups);
        run(&waiting, &durability, &AtomicUsize::new(3));
        assert_eq!(syncs.load(Ordering::SeqCst), 1);
    }
}
