//! The file of the embedded AWS in a data folder, which one process at a time holds open.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use datamesh_localcloud::{LocalCloud, Options, SystemClock};

const FILE: &str = "localcloud.db";
/// Held for as long as the file is open.
const LOCK: &str = "localcloud.db.lock";

/// Why the file could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum CloudFileError {
    /// Another process has it.
    #[error("{} is in use by another process", .0.display())]
    InUse(PathBuf),
    /// The lock cannot be taken.
    #[error("{} cannot be locked: {source}", path.display())]
    Lock {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The embedded AWS cannot be opened.
    #[error(transparent)]
    Open(#[from] datamesh_localcloud::OpenError),
}

/// An embedded AWS on its file.
pub struct CloudFile {
    /// The embedded AWS.
    pub cloud: LocalCloud,
    /// The file.
    pub path: PathBuf,
    _lock: File,
}

impl CloudFile {
    /// Opens the file of a folder, which is there, or makes it; `account` is that of the key `test`.
    ///
    /// # Errors
    /// [`CloudFileError`]
    pub fn open(data_dir: &Path, account: &str) -> Result<Self, CloudFileError> {
        let path = data_dir.join(FILE);
        let locked = data_dir.join(LOCK);
        let lock_error = |source| CloudFileError::Lock {
            path: locked.clone(),
            source,
        };
        let lock = File::create(&locked).map_err(lock_error)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(CloudFileError::InUse(path)),
            Err(TryLockError::Error(source)) => return Err(lock_error(source)),
        }
        let cloud = LocalCloud::open(Options {
            path: Some(path.clone()),
            clock: std::sync::Arc::new(SystemClock),
            seed: None,
            default_account: account.to_owned(),
        })?;
        Ok(Self {
            cloud,
            path,
            _lock: lock,
        })
    }
}
