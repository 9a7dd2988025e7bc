//! The whole state of a cloud at once: reset, snapshot, restore.

use std::path::Path;
use std::sync::atomic::Ordering;

use crate::LocalCloud;
use crate::error::ServiceError;
use crate::identity;
use crate::services;
use crate::store::FileError;

/// Why a cloud was not reset.
#[derive(Debug, thiserror::Error)]
pub enum ResetError {
    /// No account is called so.
    #[error("{0:?} is not an AWS account id: 12 digits are wanted")]
    BadAccount(String),
    /// The file failed.
    #[error(transparent)]
    File(#[from] ServiceError),
}

impl LocalCloud {
    /// Makes everything as it was at first: all documents and bytes of all accounts are deleted, in
    /// one transaction, faults are cleared, and what was seen of them is forgotten. The clock and
    /// the delays stay. Requests under way are handled before it or after it, never in its midst;
    /// those that wait wake up and find nothing. Blocks for the transaction; durable when it
    /// returns.
    ///
    /// # Errors
    /// [`FileError::Sqlite`]: nothing was deleted. [`FileError::NotDurable`]: it may be there again when the
    /// cloud is opened anew.
    pub fn reset(&self) -> Result<(), FileError> {
        self.inner.store.clear()?;
        self.inner.faults.reset();
        self.look_anew();
        Ok(())
    }

    /// Deletes what one account has, in all regions: its documents and bytes, its buckets with what
    /// is in them, its role sessions and its work under way. Faults stay, and so do its place in
    /// an organization and what other accounts keep for themselves, such as their side of a
    /// resource share. Blocks for one transaction; durable when it returns.
    ///
    /// # Errors
    /// [`ResetError`]: nothing was deleted.
    pub fn reset_account(&self, account: &str) -> Result<(), ResetError> {
        if !identity::is_account(account) {
            return Err(ResetError::BadAccount(account.to_owned()));
        }
        self.inner.store.transact(|tx| {
            services::forget_buckets(account, tx)?;
            tx.delete_account(account)
        })?;
        self.look_anew();
        Ok(())
    }

    /// Writes a consistent copy of all documents and bytes into a new file, which [`Options::path`]
    /// and [`restore`](Self::restore) take. Faults, the clock and the delays are not in it. Blocks,
    /// and holds requests up, for as long as it writes; the copy is on the disk when it returns. A
    /// crash in the middle leaves `<path>.part`, which may be deleted.
    ///
    /// # Errors
    /// [`FileError::Exists`] if there is such a file already; [`FileError`].
    ///
    /// [`Options::path`]: crate::Options::path
    pub fn snapshot(&self, path: &Path) -> Result<(), FileError> {
        self.inner.store.copy_to(path)
    }

    /// Puts a snapshot in the place of all documents and bytes, in one transaction: a crash in the
    /// middle leaves everything as it was. Faults, the clock and the delays stay; the snapshot is
    /// only read. Blocks; durable when it returns.
    ///
    /// # Errors
    /// [`FileError::Missing`], [`FileError::Foreign`]; [`FileError`]. Nothing was changed, but for
    /// [`FileError::NotDurable`]: which of the two it is shows when the cloud is opened anew.
    pub fn restore(&self, path: &Path) -> Result<(), FileError> {
        let generation = self.inner.store.replace_from(path)?;
        self.inner.ids.go_on_in(generation);
        self.look_anew();
        Ok(())
    }

    /// What was known of the file is forgotten: whose sessions there are, whether work is under way,
    /// and who waits for what.
    fn look_anew(&self) {
        self.inner.sessions.forget();
        self.inner.stack_work.store(true, Ordering::SeqCst);
        self.inner.store.expect_due(i64::MIN);
        self.inner.store.timekeeper.notify_one();
        self.inner.waiters.ring_all();
    }
}
