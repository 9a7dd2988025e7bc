//! The one SQLite file: documents and blobs, one transaction a request.
//!
//! WAL and `synchronous=FULL`: an answer leaves only after its transaction is on the disk, so
//! killing the process at any instant loses nothing that was answered. A document is JSON under
//! (account, region, collection, key); within a collection, keys are ordered by their bytes, which
//! is what lists page through.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use parking_lot::Mutex;
use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{OpenError, ServiceError};

/// Marks the file as ours (`PRAGMA application_id`): the letters `dmlc`.
const APPLICATION_ID: i64 = 0x646d_6c63;
/// The format that this program writes (`PRAGMA user_version`).
const FORMAT_VERSION: i64 = 1;

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

/// The open file.
#[derive(Debug)]
pub(crate) struct Store {
    connection: Mutex<Connection>,
    generation: u64,
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
        Ok(Self {
            connection: Mutex::new(connection),
            generation,
        })
    }

    /// How often the file was opened, this time included.
    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// Runs `work` in one transaction: committed (and on the disk) on `Ok`, rolled back on `Err`
    /// and on a panic. Returns what `work` returned and the topics that it notified.
    pub(crate) fn transact<T>(
        &self,
        work: impl FnOnce(&Tx<'_>) -> Result<T, ServiceError>,
    ) -> Result<(T, Vec<String>), ServiceError> {
        let mut connection = self.connection.lock();
        let transaction = connection.transaction()?;
        let tx = Tx {
            connection: &transaction,
            topics: RefCell::default(),
        };
        let value = work(&tx)?;
        let topics = tx.topics.take();
        transaction.commit()?;
        Ok((value, topics))
    }
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

/// One request's transaction.
#[derive(Debug)]
pub struct Tx<'a> {
    connection: &'a rusqlite::Transaction<'a>,
    topics: RefCell<Vec<String>>,
}

impl Tx<'_> {
    /// Reads a document; `None` if there is none.
    pub fn get<T: DeserializeOwned>(
        &self,
        scope: &Scope,
        collection: &str,
        key: &str,
    ) -> Result<Option<T>, ServiceError> {
        let text: Option<String> = self
            .connection
            .prepare_cached(
                "SELECT document FROM documents
                 WHERE account = ?1 AND region = ?2 AND collection = ?3 AND key = ?4",
            )?
            .query_row(
                params![scope.account, scope.region, collection, key],
                |row| row.get(0),
            )
            .optional()?;
        text.map(|text| decode(collection, key, &text)).transpose()
    }

    /// Writes a document, over an older one if there is one.
    pub fn put<T: Serialize>(
        &self,
        scope: &Scope,
        collection: &str,
        key: &str,
        document: &T,
    ) -> Result<(), ServiceError> {
        self.write("INSERT OR REPLACE", scope, collection, key, document)
            .map(|_| ())
    }

    /// Writes a document unless the key is taken; `false` if it is.
    pub fn insert<T: Serialize>(
        &self,
        scope: &Scope,
        collection: &str,
        key: &str,
        document: &T,
    ) -> Result<bool, ServiceError> {
        self.write("INSERT OR IGNORE", scope, collection, key, document)
    }

    fn write<T: Serialize>(
        &self,
        verb: &str,
        scope: &Scope,
        collection: &str,
        key: &str,
        document: &T,
    ) -> Result<bool, ServiceError> {
        let text = serde_json::to_string(document).map_err(|error| {
            ServiceError::internal(format!("{collection}/{key} cannot be written: {error}"))
        })?;
        let rows = self
            .connection
            .prepare_cached(&format!(
                "{verb} INTO documents (account, region, collection, key, document)
                 VALUES (?1, ?2, ?3, ?4, ?5)"
            ))?
            .execute(params![scope.account, scope.region, collection, key, text])?;
        Ok(rows > 0)
    }

    /// Deletes a document; `false` if there was none.
    pub fn delete(&self, scope: &Scope, collection: &str, key: &str) -> Result<bool, ServiceError> {
        let rows = self
            .connection
            .prepare_cached(
                "DELETE FROM documents
                 WHERE account = ?1 AND region = ?2 AND collection = ?3 AND key = ?4",
            )?
            .execute(params![scope.account, scope.region, collection, key])?;
        Ok(rows > 0)
    }

    /// Up to `limit` documents whose keys start with `prefix`, in the order of their keys' bytes,
    /// beginning behind `after` (a whole key, itself left out).
    ///
    /// To page: ask for one more than the page holds, and give the last key that was shown out as
    /// the token.
    pub fn scan<T: DeserializeOwned>(
        &self,
        scope: &Scope,
        collection: &str,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, T)>, ServiceError> {
        let behind = after.filter(|after| *after >= prefix);
        let mut statement = self.connection.prepare_cached(if behind.is_some() {
            "SELECT key, document FROM documents
             WHERE account = ?1 AND region = ?2 AND collection = ?3 AND key > ?4 ORDER BY key"
        } else {
            "SELECT key, document FROM documents
             WHERE account = ?1 AND region = ?2 AND collection = ?3 AND key >= ?4 ORDER BY key"
        })?;
        let mut rows = statement.query(params![
            scope.account,
            scope.region,
            collection,
            behind.unwrap_or(prefix)
        ])?;
        let mut found = Vec::new();
        while found.len() < limit
            && let Some(row) = rows.next()?
        {
            let key: String = row.get(0)?;
            if !key.starts_with(prefix) {
                break;
            }
            let document = decode(collection, &key, row.get_ref(1)?.as_str().unwrap_or(""))?;
            found.push((key, document));
        }
        Ok(found)
    }

    /// How many keys are at least `from` and less than `to`.
    pub fn count(
        &self,
        scope: &Scope,
        collection: &str,
        from: &str,
        to: &str,
    ) -> Result<u64, ServiceError> {
        let count: i64 = self
            .connection
            .prepare_cached(
                "SELECT count(*) FROM documents
                 WHERE account = ?1 AND region = ?2 AND collection = ?3
                   AND key >= ?4 AND key < ?5",
            )?
            .query_row(
                params![scope.account, scope.region, collection, from, to],
                |row| row.get(0),
            )?;
        Ok(count.unsigned_abs())
    }

    /// Writes bytes, over older ones if there are any.
    pub fn put_blob(
        &self,
        scope: &Scope,
        collection: &str,
        key: &str,
        bytes: &[u8],
    ) -> Result<(), ServiceError> {
        self.connection
            .prepare_cached(
                "INSERT OR REPLACE INTO blobs (account, region, collection, key, bytes)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![scope.account, scope.region, collection, key, bytes])?;
        Ok(())
    }

    /// Reads bytes; `None` if there are none.
    pub fn get_blob(
        &self,
        scope: &Scope,
        collection: &str,
        key: &str,
    ) -> Result<Option<Vec<u8>>, ServiceError> {
        Ok(self
            .connection
            .prepare_cached(
                "SELECT bytes FROM blobs
                 WHERE account = ?1 AND region = ?2 AND collection = ?3 AND key = ?4",
            )?
            .query_row(
                params![scope.account, scope.region, collection, key],
                |row| row.get(0),
            )
            .optional()?)
    }

    /// Deletes bytes; `false` if there were none.
    pub fn delete_blob(
        &self,
        scope: &Scope,
        collection: &str,
        key: &str,
    ) -> Result<bool, ServiceError> {
        let rows = self
            .connection
            .prepare_cached(
                "DELETE FROM blobs
                 WHERE account = ?1 AND region = ?2 AND collection = ?3 AND key = ?4",
            )?
            .execute(params![scope.account, scope.region, collection, key])?;
        Ok(rows > 0)
    }

    /// Wakes the requests that wait for `topic` ([`Reply::wait_for`]), once this transaction has
    /// been committed.
    ///
    /// [`Reply::wait_for`]: crate::services::Reply::wait_for
    pub fn notify(&self, topic: impl Into<String>) {
        self.topics.borrow_mut().push(topic.into());
    }
}

fn decode<T: DeserializeOwned>(collection: &str, key: &str, text: &str) -> Result<T, ServiceError> {
    serde_json::from_str(text).map_err(|error| {
        ServiceError::internal(format!("{collection}/{key} cannot be read: {error}"))
    })
}
