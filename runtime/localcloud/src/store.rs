//! The one SQLite file: documents and blobs, one transaction a request.
//!
//! An answer leaves only after its transaction, and all that it saw, is on the disk, so killing the
//! process or the machine at any instant loses nothing that was answered; transactions of one moment
//! share the sync (`durability`). A document is JSON under (account, region, collection, key); within a
//! collection, keys are ordered by their bytes, which is what lists page through.

mod durability;
mod file;
mod past;
mod transaction;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use durability::Durability;
use parking_lot::{Mutex, MutexGuard};
use rusqlite::Connection;
use tokio::sync::Notify;

pub use durability::NotDurable;
pub use file::FileError;
pub(crate) use past::Past;
pub use transaction::Tx;
pub(crate) use transaction::read_json;

use crate::error::{OpenError, ServiceError};

/// Marks the file as ours (`PRAGMA application_id`): the letters `dmlc`.
const APPLICATION_ID: i64 = 0x646d_6c63;
/// The format that this program writes (`PRAGMA user_version`).
const FORMAT_VERSION: i64 = 2;

const SCHEMA: &str = "
CREATE TABLE documents (
    account    TEXT NOT NULL,
    region     TEXT NOT NULL,
    collection TEXT NOT NULL,
    key        TEXT NOT NULL,
    document   TEXT NOT NULL,
    PRIMARY KEY (account, region, collection, key)
) WITHOUT ROWID;
CREATE TABLE blobs (
    account    TEXT NOT NULL,
    region     TEXT NOT NULL,
    collection TEXT NOT NULL,
    key        TEXT NOT NULL,
    bytes      BLOB NOT NULL,
    PRIMARY KEY (account, region, collection, key)
);
CREATE TABLE generation (opens INTEGER NOT NULL);
INSERT INTO generation (opens) VALUES (0);
";

/// Whose documents: an account in a region.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Scope {
    /// 12 digits.
    pub account: String,
    /// `eu-west-1`, for example.
    pub region: String,
}

impl Scope {
    /// Documents that belong to no account and no region, such as the names of S3 buckets.
    pub fn global() -> Self {
        Self {
            account: "global".to_owned(),
            region: "global".to_owned(),
        }
    }
}

/// What a transaction sees that looks back: the documents of one service as they were.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View<'a> {
    /// SigV4 signing name.
    pub(crate) service: &'a str,
    /// When; milliseconds since the Unix epoch.
    pub(crate) at_ms: i64,
}

impl View<'_> {
    fn is_of(&self, collection: &str) -> bool {
        collection
            .strip_prefix(self.service)
            .is_some_and(|rest| rest.starts_with('.'))
    }
}

/// The open file.
#[derive(Debug)]
pub(crate) struct Store {
    connection: Mutex<Connection>,
    durability: Durability,
    generation: u64,
    past: Arc<Past>,
    /// No work is due before this (milliseconds since the Unix epoch). Raised only while the
    /// connection is held.
    next_due_ms: AtomicI64,
    /// Rings when work comes in that is due before all other, for who sleeps until the next.
    pub(crate) timekeeper: Notify,
}

impl Store {
    /// Opens or creates the file; in memory without a path.
    pub(crate) fn open(path: Option<&Path>) -> Result<Self, OpenError> {
        let shown = path.map_or_else(|| PathBuf::from(":memory:"), Path::to_path_buf);
        let sqlite = |source| OpenError::Sqlite {
            path: shown.clone(),
            source,
        };
        let mut connection = match path {
            Some(path) => Connection::open(path),
            None => Connection::open_in_memory(),
        }
        .map_err(sqlite)?;
        connection
            .busy_timeout(std::time::Duration::from_secs(5))
            .map_err(sqlite)?;
        check_format(&connection, &shown, sqlite)?;
        connection
            .pragma_update(None, "journal_mode", "WAL")
            .and_then(|()| connection.pragma_update(None, "synchronous", "FULL"))
            .and_then(|()| connection.pragma_update(None, "cache_size", -16_384))
            .map_err(sqlite)?;
        connection.set_prepared_statement_cache_capacity(64);
        let generation = start_generation(&mut connection).map_err(sqlite)?;
        let durability = share_syncs(&connection, &shown)?;
        Ok(Self {
            connection: Mutex::new(connection),
            durability,
            generation,
            past: Arc::default(),
            next_due_ms: AtomicI64::new(i64::MIN),
            timekeeper: Notify::new(),
        })
    }

    /// Keeps what documents were in `past`, if somebody wants it there.
    pub(crate) fn with_past(mut self, past: Arc<Past>) -> Self {
        self.past = past;
        self
    }

    /// How often the file was opened, this time included.
    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// Runs `work` in one transaction: committed on `Ok`, rolled back on `Err` and on a panic. Returns
    /// what `work` returned and the topics that it notified. Blocks until what it wrote and what it saw
    /// is on the disk, also on `Err`.
    pub(crate) fn transact<T>(
        &self,
        work: impl FnOnce(&Tx<'_>) -> Result<T, ServiceError>,
    ) -> Result<(T, Vec<String>), ServiceError> {
        let mut connection = self.connection.lock();
        let outcome = self.run(&mut connection, work);
        self.release(connection)?;
        outcome
    }

    fn run<T>(
        &self,
        connection: &mut Connection,
        work: impl FnOnce(&Tx<'_>) -> Result<T, ServiceError>,
    ) -> Result<(T, Vec<String>), ServiceError> {
        let changes = connection.total_changes();
        let transaction = connection.transaction()?;
        let tx = Tx::new(&transaction, &self.past, None);
        let value = work(&tx)?;
        let changed = tx.take_changed();
        let (topics, due_ms) = tx.into_outcome();
        transaction.commit()?;
        if connection.total_changes() != changes {
            self.durability.committed();
        }
        self.past.remember(changed);
        if due_ms < self.next_due_ms.fetch_min(due_ms, Ordering::SeqCst) {
            self.timekeeper.notify_one();
        }
        Ok((value, topics))
    }

    /// Gives the connection back, and blocks until all that could be seen through it is on the disk.
    fn release(&self, connection: MutexGuard<'_, Connection>) -> Result<(), NotDurable> {
        let seen = self.durability.last();
        drop(connection);
        self.durability.wait(seen)
    }

    /// Runs `work` on what was, and rolls back what it writes: who sees an older state must not
    /// write it over the present one.
    pub(crate) fn look_back<T>(
        &self,
        view: View<'_>,
        work: impl FnOnce(&Tx<'_>) -> Result<T, ServiceError>,
    ) -> Result<T, ServiceError> {
        let mut connection = self.connection.lock();
        let outcome = connection
            .transaction()
            .map_err(ServiceError::from)
            .and_then(|transaction| work(&Tx::new(&transaction, &self.past, Some(view))));
        self.release(connection)?;
        outcome
    }

    /// The moment before which no work is due; at first, and after
    /// [`expect_due`](Self::expect_due)`(i64::MIN)`, always has been.
    pub(crate) fn next_due(&self) -> i64 {
        self.next_due_ms.load(Ordering::SeqCst)
    }

    /// For whom has looked, within a transaction, when the next work is due: `i64::MAX` if there is
    /// none. Who changes the file from outside says `i64::MIN`.
    pub(crate) fn expect_due(&self, at_ms: i64) {
        self.next_due_ms.store(at_ms, Ordering::SeqCst);
    }
}

/// Leaves syncing to [`Durability`], where there is a log to sync. All before this was synced by SQLite.
fn share_syncs(connection: &Connection, shown: &Path) -> Result<Durability, OpenError> {
    let sqlite = |source| OpenError::Sqlite {
        path: shown.to_path_buf(),
        source,
    };
    let mode: String = connection
        .pragma_query_value(None, "journal_mode", |row| row.get(0))
        .map_err(sqlite)?;
    // SQLite's own name of the file: links are followed.
    let Some(file) = connection.path().filter(|_| mode == "wal") else {
        return Ok(Durability::at_once());
    };
    let durability = Durability::of_log(Path::new(&format!("{file}-wal")));
    let durability = durability.map_err(|source| OpenError::Log {
        path: shown.to_path_buf(),
        source,
    })?;
    connection
        .pragma_update(None, "synchronous", "NORMAL")
        .map_err(sqlite)?;
    Ok(durability)
}

fn check_format(
    connection: &Connection,
    path: &Path,
    sqlite: impl Fn(rusqlite::Error) -> OpenError,
) -> Result<(), OpenError> {
    let read = |pragma| {
        connection
            .pragma_query_value(None, pragma, |row| row.get::<_, i64>(0))
            .map_err(&sqlite)
    };
    let (application, version) = (read("application_id")?, read("user_version")?);
    let tables: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(&sqlite)?;
    if application == 0 && version == 0 && tables == 0 {
        return Ok(());
    }
    if application != APPLICATION_ID {
        return Err(OpenError::Foreign {
            path: path.to_path_buf(),
        });
    }
    if version < FORMAT_VERSION {
        return Err(OpenError::OlderFormat {
            path: path.to_path_buf(),
            found: version,
            supported: FORMAT_VERSION,
        });
    }
    if version > FORMAT_VERSION {
        return Err(OpenError::NewerFormat {
            path: path.to_path_buf(),
            found: version,
            supported: FORMAT_VERSION,
        });
    }
    Ok(())
}

fn start_generation(connection: &mut Connection) -> Result<u64, rusqlite::Error> {
    let transaction =
        connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let version: i64 =
        transaction.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0))?;
    if version == 0 {
        transaction.execute_batch(SCHEMA)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", FORMAT_VERSION)?;
    }
    let opens: i64 = transaction.query_row(
        "UPDATE generation SET opens = opens + 1 RETURNING opens",
        [],
        |row| row.get(0),
    )?;
    transaction.commit()?;
    Ok(opens.unsigned_abs())
}
