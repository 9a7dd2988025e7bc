use std::sync::Arc;

use parking_lot::Mutex;
use rusqlite::types::Value;
use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior};
use serde_json::value::RawValue;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::JournalError;

/// What a read did that was tried on the caller's own thread.
pub(super) enum Tried<T> {
    /// It was done.
    Done(T),
    /// It would have taken too long: it is to be done on a thread that may block.
    TooLong,
}

/// A few read-only connections; as many reads run at once on tokio's blocking threads, the rest wait.
#[derive(Debug)]
pub(super) struct Readers {
    idle: Mutex<Vec<Connection>>,
    permits: Arc<Semaphore>,
    count: u32,
}

impl Readers {
    pub(super) fn new(connections: Vec<Connection>) -> Self {
        Self {
            permits: Arc::new(Semaphore::new(connections.len())),
            count: u32::try_from(connections.len()).unwrap_or(u32::MAX),
            idle: Mutex::new(connections),
        }
    }

    /// Runs `read` in one read transaction: all its statements see the same state. If the caller goes
    /// away, it runs to its end all the same.
    pub(super) async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        read: impl FnOnce(&Connection) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, JournalError> {
        let permit = Arc::clone(&self.permits)
            .acquire_owned()
            .await
            .map_err(|_| JournalError::Closed)?;
        let readers = Arc::clone(self);
        tokio::task::spawn_blocking(move || {
            let lease = Lease::take(readers, permit).ok_or(JournalError::Closed)?;
            lease.read(read).map_err(JournalError::from)
        })
        .await
        .map_err(|e| JournalError::Storage(e.to_string()))?
    }

    /// Runs `read` here and now, in one read transaction, if a connection is idle. `None`: none is, or the
    /// file is locked for a moment, or the read gave up because it would take too long; nothing was waited
    /// for. `read` must be bounded: it blocks this thread for as long as it looks at pages.
    pub(super) fn try_here<T>(
        self: &Arc<Self>,
        read: impl FnOnce(&Connection) -> Result<Tried<T>, ReadError>,
    ) -> Option<Result<T, JournalError>> {
        let permit = Arc::clone(&self.permits).try_acquire_owned().ok()?;
        let lease = Lease::take(Arc::clone(self), permit)?;
        match lease.read(read) {
            Ok(Tried::Done(answer)) => Some(Ok(answer)),
            Ok(Tried::TooLong) => None,
            Err(ReadError::Sqlite(error)) if is_busy(&error) => None,
            Err(error) => Some(Err(error.into())),
        }
    }

    /// Waits for the reads under way; later ones are `Closed`.
    pub(super) async fn close(&self) {
        let all = self.permits.acquire_many(self.count).await;
        self.permits.close();
        self.idle.lock().clear();
        drop(all);
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
    )
}

/// One connection in use; it goes back whatever happens.
struct Lease {
    connection: Option<Connection>,
    readers: Arc<Readers>,
    _permit: OwnedSemaphorePermit,
}

impl Lease {
    fn take(readers: Arc<Readers>, permit: OwnedSemaphorePermit) -> Option<Self> {
        let connection = readers.idle.lock().pop()?;
        Some(Self {
            connection: Some(connection),
            readers,
            _permit: permit,
        })
    }

    fn read<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, ReadError>,
    ) -> Result<T, ReadError> {
        let connection = self.connection.as_ref().ok_or(ReadError::Closed)?;
        let view = Transaction::new_unchecked(connection, TransactionBehavior::Deferred)?;
        let answer = read(&view)?;
        view.commit()?;
        Ok(answer)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.readers.idle.lock().extend(self.connection.take());
    }
}

/// Why a read failed, in the terms of what was tried.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReadError {
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error("{what} is {found:?}")]
    Unknown { what: &'static str, found: String },
    #[error("the page token is not from this query")]
    Token,
    #[error("the journal is closed")]
    Closed,
}

impl From<rusqlite::types::FromSqlError> for ReadError {
    fn from(error: rusqlite::types::FromSqlError) -> Self {
        Self::Sqlite(error.into())
    }
}

impl From<ReadError> for JournalError {
    fn from(error: ReadError) -> Self {
        match &error {
            ReadError::Closed => Self::Closed,
            ReadError::Token => Self::BadToken,
            ReadError::Sqlite(rusqlite::Error::SqliteFailure(e, _))
                if !matches!(e.code, ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) =>
            {
                Self::Storage(error.to_string())
            }
            _ => Self::Corrupt(error.to_string()),
        }
    }
}

/// A column of JSON, as it was written.
pub(super) fn json(row: &rusqlite::Row<'_>, column: usize) -> Result<Box<RawValue>, ReadError> {
    Ok(RawValue::from_string(row.get(column)?)?)
}

/// A number that is never negative.
pub(super) fn unsigned(row: &rusqlite::Row<'_>, column: usize) -> Result<u64, ReadError> {
    let number: i64 = row.get(column)?;
    u64::try_from(number).map_err(|_| ReadError::Unknown {
        what: "a count",
        found: number.to_string(),
    })
}

/// A number from outside, as SQLite can hold it.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A limit, as SQLite can hold it.
pub(super) fn limit(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

/// The size of a page: 50 unless told, 1,000 at most.
pub(super) fn page_size(asked: usize) -> usize {
    match asked {
        0 => 50,
        asked => asked.min(1000),
    }
}

/// A statement put together from conditions, with the values in the order of its `?`.
#[derive(Debug)]
pub(super) struct Sql {
    pub(super) text: String,
    pub(super) values: Vec<Value>,
}

impl Sql {
    pub(super) fn new(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            values: Vec::new(),
        }
    }

    pub(super) fn add<const N: usize>(&mut self, text: &str, values: [Value; N]) {
        self.text.push_str(text);
        self.values.extend(values);
    }

    /// Every row, read by `row`.
    pub(super) fn rows<T>(
        &self,
        db: &Connection,
        mut row: impl FnMut(&rusqlite::Row<'_>) -> Result<T, ReadError>,
    ) -> Result<Vec<T>, ReadError> {
        let mut statement = db.prepare_cached(&self.text)?;
        let mut rows = statement.query(rusqlite::params_from_iter(&self.values))?;
        let mut found = Vec::new();
        while let Some(next) = rows.next()? {
            found.push(row(next)?);
        }
        Ok(found)
    }
}
