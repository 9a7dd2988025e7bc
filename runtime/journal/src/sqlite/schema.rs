use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, ffi};

use crate::error::OpenError;

use super::checkpoint::{Mode, checkpoint};
use super::statements::Statements;

/// Marks the file as a journal in its header: "DMJL".
const APPLICATION_ID: i64 = 0x444d_4a4c;

/// What brings format `n` to format `n + 1`; a file's format is its `user_version`.
const MIGRATIONS: &[&str] = &[FORMAT_1, FORMAT_2];

const FORMAT_1: &str = "
CREATE TABLE entities (
    id         INTEGER PRIMARY KEY,
    kind       TEXT    NOT NULL,
    key        TEXT    NOT NULL,
    seq        INTEGER NOT NULL,
    updated_ms INTEGER NOT NULL,
    receipts   INTEGER NOT NULL,
    mark       TEXT,
    mark_reason TEXT,
    mark_at_ms INTEGER
) STRICT;
CREATE UNIQUE INDEX entities_by_key ON entities (kind, key);
CREATE INDEX entities_marked ON entities (mark) WHERE mark IS NOT NULL;

CREATE TABLE commits (
    position  INTEGER PRIMARY KEY,
    entity    INTEGER NOT NULL,
    seq       INTEGER NOT NULL,
    commit_id TEXT    NOT NULL,
    at_ms     INTEGER NOT NULL,
    cause     TEXT    NOT NULL,
    caused_by TEXT,
    events    TEXT    NOT NULL
) STRICT;
CREATE UNIQUE INDEX commits_of_entity ON commits (entity, seq);

CREATE TABLE snapshots (
    entity INTEGER PRIMARY KEY,
    seq    INTEGER NOT NULL,
    state  TEXT    NOT NULL
) STRICT;

CREATE TABLE receipts (
    position    INTEGER PRIMARY KEY,
    entity      INTEGER NOT NULL,
    command_id  TEXT    NOT NULL,
    fingerprint INTEGER NOT NULL,
    at_ms       INTEGER NOT NULL,
    reply       TEXT    NOT NULL
) STRICT;
CREATE INDEX receipts_of_entity ON receipts (entity);

CREATE TABLE work (
    entity INTEGER NOT NULL,
    id     TEXT    NOT NULL,
    kind   TEXT    NOT NULL,
    due_ms INTEGER,
    data   TEXT    NOT NULL,
    PRIMARY KEY (entity, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX work_due ON work (kind, due_ms, entity, id) WHERE due_ms IS NOT NULL;
CREATE INDEX work_paused ON work (entity, id, kind) WHERE due_ms IS NULL;

CREATE TABLE views (
    id         INTEGER PRIMARY KEY,
    collection TEXT NOT NULL,
    key        TEXT NOT NULL,
    sort       TEXT NOT NULL,
    fields     TEXT NOT NULL,
    doc        TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX views_by_key ON views (collection, key);
CREATE INDEX views_in_order ON views (collection, sort, key);

CREATE TABLE view_fields (
    collection TEXT NOT NULL,
    name       TEXT NOT NULL,
    value      TEXT NOT NULL,
    sort       TEXT NOT NULL,
    key        TEXT NOT NULL,
    PRIMARY KEY (collection, name, value, sort, key)
) STRICT, WITHOUT ROWID;
";

/// What causes what, what a stopped entity was doing, and who goes first. An index for each kind of work,
/// since each has an order of its own.
const FORMAT_2: &str = "
ALTER TABLE commits ADD COLUMN trace TEXT;
ALTER TABLE entities ADD COLUMN mark_cause TEXT;
ALTER TABLE work ADD COLUMN rank INTEGER NOT NULL DEFAULT 1;
DROP INDEX work_due;
CREATE INDEX effects_due ON work (rank, due_ms, entity, id)
    WHERE kind = 'EFFECT' AND due_ms IS NOT NULL;
CREATE INDEX timers_due ON work (due_ms, entity, id)
    WHERE kind = 'TIMER' AND due_ms IS NOT NULL;
";

/// How long a statement waits for a person who looks at the file with another tool.
pub(super) const BUSY: Duration = Duration::from_secs(5);

/// Opens the one connection that writes. Nothing in the file is touched before it is known to be a
/// journal of a format that this program knows. Closed, it leaves the log as it is ([`copy_log_on_close`]).
pub(super) fn open_writer(path: &Path) -> Result<Connection, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opened = Connection::open_with_flags(path, flags).and_then(|db| {
        copy_log_on_close(&db, false)?;
        db.busy_timeout(BUSY)?;
        let format = Format::read(&db)?;
        let read_only = db.is_readonly("main")?;
        Ok((db, format, read_only))
    });
    let (mut db, format, read_only) = opened.map_err(|e| open_error(path, &e))?;
    if read_only {
        return Err(OpenError::Io {
            path: path.to_owned(),
            detail: "the file is read-only".to_owned(),
        });
    }
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    let found = match format {
        Format::Empty => 0,
        Format::Foreign => {
            return Err(OpenError::Corrupt {
                path: path.to_owned(),
                detail: "it is an SQLite file of another program".to_owned(),
            });
        }
        Format::Journal(found) if found > known => {
            return Err(OpenError::Newer {
                path: path.to_owned(),
                found,
                known,
            });
        }
        Format::Journal(found) => found,
    };
    prepare(&mut db, found).map_err(|e| open_error(path, &e))?;
    Ok(db)
}

/// Opens a connection that copies the log into the file and waits for nobody. The writer's must be open.
pub(super) fn open_copier(path: &Path) -> Result<Connection, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(path, flags)
        .and_then(|db| {
            copy_log_on_close(&db, false)?;
            db.busy_timeout(Duration::ZERO)?;
            // Without a look at the file it does not know that there is a log.
            db.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
            db.pragma_update(None, "synchronous", "NORMAL")?;
            Ok(db)
        })
        .map_err(|e| open_error(path, &e))
}

/// Opens a connection that can only read. The writer's must be open.
pub(super) fn open_reader(path: &Path) -> Result<Connection, OpenError> {
    reader(path, BUSY, 16_384)
}

/// The same for reads of single rows, which wait for nobody: a file that is locked is `DatabaseBusy` at once.
/// Each commit makes a reader forget its pages, so a large cache would only take longer to empty.
pub(super) fn open_point_reader(path: &Path) -> Result<Connection, OpenError> {
    reader(path, Duration::ZERO, 256)
}

/// `cache` is in KiB.
fn reader(path: &Path, busy: Duration, cache: i64) -> Result<Connection, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(path, flags)
        .and_then(|db| {
            copy_log_on_close(&db, false)?;
            db.busy_timeout(busy)?;
            db.set_prepared_statement_cache_capacity(64);
            db.pragma_update(None, "cache_size", -cache)?;
            Ok(db)
        })
        .map_err(|e| open_error(path, &e))
}

/// Whether SQLite copies the log into the file and removes it when this connection is closed and is the last. It does
/// by itself, and also after a sync that failed: the next one would be good, and what the first has lost gone.
pub(super) fn copy_log_on_close(db: &Connection, copy: bool) -> rusqlite::Result<()> {
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, !copy)?;
    Ok(())
}

/// What a file's header says.
enum Format {
    Empty,
    Journal(i64),
    Foreign,
}

impl Format {
    fn read(db: &Connection) -> rusqlite::Result<Self> {
        let application: i64 = db.pragma_query_value(None, "application_id", |r| r.get(0))?;
        let version: i64 = db.pragma_query_value(None, "user_version", |r| r.get(0))?;
        let tables: i64 = db.query_row("SELECT count(*) FROM sqlite_schema", [], |r| r.get(0))?;
        Ok(match (application, version, tables) {
            (APPLICATION_ID, version, _) => Self::Journal(version),
            (0, 0, 0) => Self::Empty,
            _ => Self::Foreign,
        })
    }
}

fn prepare(db: &mut Connection, found: i64) -> rusqlite::Result<()> {
    db.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    db.pragma_update(None, "synchronous", "FULL")?;
    // A commit that has split a page makes SQLite look at every page that it has in memory, so more is not better.
    db.pragma_update(None, "cache_size", -16_384)?;
    db.pragma_update(None, "temp_store", "MEMORY")?;
    db.query_row("PRAGMA wal_autocheckpoint = 0", [], |_| Ok(()))?;
    db.query_row("PRAGMA journal_size_limit = 67108864", [], |_| Ok(()))?;
    for (from, migration) in (0_i64..).zip(MIGRATIONS) {
        if from < found {
            continue;
        }
        let change = db.transaction()?;
        change.execute_batch(migration)?;
        change.pragma_update(None, "application_id", APPLICATION_ID)?;
        change.pragma_update(None, "user_version", from + 1)?;
        change.commit()?;
    }
    copy_log(db)?;
    // Until here SQLite has synced every commit; from here the syncing thread does.
    db.pragma_update(None, "synchronous", "NORMAL")?;
    Statements::prepare(db)?;
    db.query_row(
        "SELECT e.seq, c.events FROM commits c JOIN entities e ON e.id = c.entity
         ORDER BY c.position DESC LIMIT 1",
        [],
        |_| Ok(()),
    )
    .or_else(|e| match e {
        rusqlite::Error::QueryReturnedNoRows => Ok(()),
        e => Err(e),
    })
}

/// A process that was killed may have left commits that are whole in the log but were never synced; whoever reads
/// them now must be able to rely on them. So the whole log has to be in the file, which is synced then. That the log
/// cannot be emptied, because somebody reads it with another tool, does not matter; that an older state is still
/// read, which must not be overwritten, does.
fn copy_log(db: &Connection) -> rusqlite::Result<()> {
    // A sync of the log would not do: after one that failed the next is reported as good, and only what is written
    // anew is known to be on the disk.
    let copied = checkpoint(db, Mode::Truncate)?;
    if copied.busy && copied.is_part() {
        return Err(rusqlite::Error::SqliteFailure(
            ffi::Error::new(ffi::SQLITE_BUSY),
            Some("another tool keeps its log from being copied".to_owned()),
        ));
    }
    Ok(())
}

fn open_error(path: &Path, error: &rusqlite::Error) -> OpenError {
    let path = path.to_owned();
    let detail = error.to_string();
    match error.sqlite_error_code() {
        Some(
            ErrorCode::CannotOpen
            | ErrorCode::ReadOnly
            | ErrorCode::DiskFull
            | ErrorCode::SystemIoFailure
            | ErrorCode::PermissionDenied
            | ErrorCode::FileLockingProtocolFailed
            | ErrorCode::OutOfMemory,
        ) => OpenError::Io { path, detail },
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => OpenError::InUse { path },
        _ => OpenError::Corrupt { path, detail },
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn insert(db: &Connection, key: &str) {
        let sql =
            "INSERT INTO entities (kind, key, seq, updated_ms, receipts) VALUES ('a', ?1, 0, 0, 0)";
        db.execute(sql, [key]).unwrap();
    }

    /// What somebody still reads in its older state cannot be made durable by copying the log.
    #[test]
    fn a_log_that_cannot_be_copied_whole_is_not_served() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.db");
        let db = open_writer(&path).unwrap();
        db.busy_timeout(Duration::ZERO).unwrap();
        let reader = open_reader(&path).unwrap();
        let read = || reader.query_row("SELECT count(*) FROM entities", [], |_| Ok(()));
        reader.execute_batch("BEGIN").unwrap();
        insert(&db, "1");
        read().unwrap();
        copy_log(&db).unwrap();
        insert(&db, "2");
        let refused = open_error(&path, &copy_log(&db).unwrap_err());
        assert!(matches!(refused, OpenError::InUse { .. }), "{refused}");
        reader.execute_batch("COMMIT").unwrap();
        copy_log(&db).unwrap();
    }
}
