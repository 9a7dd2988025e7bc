//! Many commits, one sync of the disk.
//!
//! SQLite writes a commit to the write-ahead log and, with `synchronous=NORMAL`, does not wait for the
//! disk; it syncs the log by itself only before it copies it into the file. So a commit is seen by the
//! next transaction at once, and is on the disk a little later. In between nobody is answered: whoever
//! ran a transaction waits here until a sync that began after the last commit *it could see* has ended.
//! That covers what it wrote, what it read, and what it was refused for.
//!
//! The first who waits syncs, on its own thread and without the connection, so that others commit
//! meanwhile; they share the next sync. Who is alone waits for nobody.
//!
//! A sync that failed may have lost what was written, and a second one would not say so. From then on
//! every request fails until the file is opened again, with what is on the disk.

use std::fmt;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::{Condvar, Mutex};

/// The disk did not take what was committed. The file has to be opened again.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the disk did not take what was written: free it or mend it, and start again")]
pub struct NotDurable;

/// Which commits are on the disk.
pub(super) struct Durability {
    sync: Option<Box<SyncLog>>,
    committed: AtomicU64,
    state: Mutex<State>,
    synced: Condvar,
}

type SyncLog = dyn Fn() -> io::Result<()> + Send + Sync;

#[derive(Debug, Default)]
struct State {
    /// Commits up to this one are on the disk.
    durable: u64,
    is_syncing: bool,
    has_failed: bool,
}

impl fmt::Debug for Durability {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Durability").finish_non_exhaustive()
    }
}

impl Durability {
    /// For a file in memory, or one that SQLite itself syncs with every commit.
    pub(super) fn at_once() -> Self {
        Self::new(None)
    }

    /// For the write-ahead log of an open file, which has to be there: something was committed.
    pub(super) fn of_log(log: &Path) -> io::Result<Self> {
        let log = File::options().write(true).open(log)?;
        Ok(Self::new(Some(Box::new(move || log.sync_data()))))
    }

    fn new(sync: Option<Box<SyncLog>>) -> Self {
        Self {
            sync,
            committed: AtomicU64::new(0),
            state: Mutex::default(),
            synced: Condvar::new(),
        }
    }

    /// A transaction was committed. Called while the connection is held.
    pub(super) fn committed(&self) {
        self.committed.fetch_add(1, Ordering::SeqCst);
    }

    /// The last commit that a transaction can see. Called while the connection is held.
    pub(super) fn last(&self) -> u64 {
        self.committed.load(Ordering::SeqCst)
    }

    /// Blocks until a commit, and all before it, are on the disk. Called without the connection, or
    /// others could not join.
    ///
    /// # Errors
    /// [`NotDurable`], now and for ever.
    pub(super) fn wait(&self, commit: u64) -> Result<(), NotDurable> {
        let Some(sync) = &self.sync else {
            return Ok(());
        };
        let mut state = self.state.lock();
        loop {
            if state.has_failed {
                return Err(NotDurable);
            }
            if state.durable >= commit {
                return Ok(());
            }
            if state.is_syncing {
                self.synced.wait(&mut state);
                continue;
            }
            state.is_syncing = true;
            drop(state);
            let covered = self.last();
            let outcome = sync();
            state = self.state.lock();
            state.is_syncing = false;
            match outcome {
                Ok(()) => state.durable = covered,
                Err(error) => {
                    tracing::error!(%error, "the embedded cloud's file could not be synced");
                    state.has_failed = true;
                }
            }
            self.synced.notify_all();
        }
    }
}

#[cfg(test)]
#[path = "durability_tests.rs"]
mod tests;
