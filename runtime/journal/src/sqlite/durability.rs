//! Which groups of commits are on the disk.
//!
//! SQLite writes a group to the write-ahead log and, with `synchronous=NORMAL`, does not wait for the disk: the
//! next group can be written while the disk takes this one ([`super::syncer`]). So for a moment a group can be
//! read that a power cut would take away again. Nobody may be told of it: who wrote it is answered after the sync,
//! and who *read* waits here until every group that it could see is on the disk. Before SQLite copies the log into
//! the file it syncs the log, and afterwards the file, so what was copied is on the disk as well.
//!
//! A sync that failed may have lost what was written, and a second one would not say so. From then on nothing is
//! written and nothing is read until the file is opened again, with what is on the disk: [`Durability::failed`]
//! says so to who runs the process.

use std::fmt;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::watch;

use crate::error::JournalError;

/// Syncs a file; a test may fail instead.
pub(super) type SyncFile = dyn Fn() -> io::Result<()> + Send + Sync;

/// What readers and the writer are told after the disk has failed.
pub(super) const FAILED: &str =
    "the disk did not take what was written: free it or mend it, and start again";

pub(super) struct Durability {
    sync_log: Box<SyncFile>,
    sync_file: Box<SyncFile>,
    /// Groups that may be read: counted before their `COMMIT`.
    visible: AtomicU64,
    reached: watch::Sender<Reached>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reached {
    /// Groups up to this one are on the disk.
    Disk(u64),
    Failed,
}

impl fmt::Debug for Durability {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Durability").finish_non_exhaustive()
    }
}

impl Durability {
    /// For an open file and its write-ahead log, which is there as long as the file is open in this mode, and stays the
    /// same file. To be dropped after SQLite has closed the file.
    pub(super) fn of(file: &Path) -> io::Result<Self> {
        let mut log = file.as_os_str().to_owned();
        log.push("-wal");
        let open = |path: &Path| File::options().write(true).open(path);
        let (log, file) = (open(Path::new(&log))?, open(file)?);
        Ok(Self::new(
            Box::new(move || log.sync_data()),
            Box::new(move || file.sync_data()),
        ))
    }

    pub(super) fn new(sync_log: Box<SyncFile>, sync_file: Box<SyncFile>) -> Self {
        Self {
            sync_log,
            sync_file,
            visible: AtomicU64::new(0),
            reached: watch::Sender::new(Reached::Disk(0)),
        }
    }

    /// A group is about to be committed, so that it may be read: its number. Called by the writer alone.
    pub(super) fn begin(&self) -> u64 {
        self.visible.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// Blocks until the disk has all that was committed so far.
    ///
    /// # Errors
    /// What the disk said. From now on nothing is durable.
    pub(super) fn sync(&self) -> io::Result<()> {
        if self.has_failed() {
            return Err(io::Error::other(FAILED));
        }
        (self.sync_log)().inspect_err(|_| self.fail())
    }

    /// Blocks until the disk has what was copied into the file so far.
    ///
    /// # Errors
    /// As [`Self::sync`].
    pub(super) fn sync_file(&self) -> io::Result<()> {
        (self.sync_file)().inspect_err(|_| self.fail())
    }

    /// From now on nothing is durable.
    pub(super) fn fail(&self) {
        self.reached.send_replace(Reached::Failed);
    }

    /// Groups up to `group` are on the disk, or were rolled back.
    pub(super) fn is_durable(&self, group: u64) {
        self.reached.send_if_modified(|reached| match reached {
            Reached::Disk(before) if *before < group => {
                *before = group;
                true
            }
            Reached::Disk(_) | Reached::Failed => false,
        });
    }

    pub(super) fn has_failed(&self) -> bool {
        *self.reached.borrow() == Reached::Failed
    }

    /// Whether what is known to be on the disk may be told.
    ///
    /// # Errors
    /// [`JournalError::Storage`] once a sync has failed.
    pub(super) fn holds(&self) -> Result<(), JournalError> {
        match self.has_failed() {
            true => Err(JournalError::Storage(FAILED.to_owned())),
            false => Ok(()),
        }
    }

    /// Waits until all that a read has seen is on the disk. Called after the read.
    ///
    /// # Errors
    /// [`JournalError::Storage`], now and for ever.
    pub(super) async fn seen(&self) -> Result<(), JournalError> {
        let group = self.visible.load(Ordering::SeqCst);
        let over = |reached: &Reached| match reached {
            Reached::Disk(durable) => *durable >= group,
            Reached::Failed => true,
        };
        let mut reached = *self.reached.borrow();
        if !over(&reached) {
            let mut changes = self.reached.subscribe();
            if let Ok(now) = changes.wait_for(over).await {
                reached = *now;
            }
        }
        match reached {
            Reached::Disk(_) => Ok(()),
            Reached::Failed => Err(JournalError::Storage(FAILED.to_owned())),
        }
    }

    /// Ends when the disk has failed.
    pub(super) async fn failed(&self) {
        let mut changes = self.reached.subscribe();
        // The sender is ours, so there is no other end.
        drop(changes.wait_for(|now| *now == Reached::Failed).await);
    }
}
