use std::path::PathBuf;

/// Why a commit was not written.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AppendError {
    /// Another writer was first. Nothing was written. The writer's memory is stale: reload.
    #[error("fenced: {expected} commits were expected, {actual} are there")]
    Fenced {
        /// What the writer knew.
        expected: u64,
        /// What the journal has.
        actual: u64,
    },
    /// The storage failed (full disk, input/output error). Whether the commit was written is not known
    /// until the entity is loaded again.
    #[error("the journal could not be written: {0}")]
    Storage(String),
    /// The journal's queue is full or it is closed. Nothing was written.
    #[error("the journal takes no more writes just now")]
    Unavailable,
}

/// Why a read failed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum JournalError {
    /// The storage failed.
    #[error("the journal could not be read: {0}")]
    Storage(String),
    /// What is stored is not what was written.
    #[error("the journal is damaged: {0}")]
    Corrupt(String),
    /// The page token is not one that this query gave.
    #[error("the page token is not one of this list: start again without it")]
    BadToken,
    /// The journal is closed.
    #[error("the journal is closed")]
    Closed,
}

/// Why a journal could not be opened. Each message is meant for the person who starts the process.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A newer program wrote it.
    #[error(
        "{path} has journal format {found}, and this program knows formats up to {known}: use the newer program that wrote it, or another data folder"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// The newest format known here.
        known: i64,
    },
    /// Not a journal, or a damaged one.
    #[error(
        "{path} is not a readable journal ({detail}): restore it from a backup, or use another data folder"
    )]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        detail: String,
    },
    /// Another process has it open.
    #[error("{path} is in use by another process: stop that one first, or use another data folder")]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// The folder or file can't be written.
    #[error(
        "{path} cannot be opened for writing ({detail}): check that the folder exists, is writable and has space"
    )]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        detail: String,
    },
}
