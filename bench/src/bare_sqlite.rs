use std::time::{Duration, Instant};

use datamesh_journal::Journal;
use datamesh_journal::sqlite::{self, SqliteJournal};
use rusqlite::{Connection, params};

use crate::report::Measured;

/// As many commits a transaction as the journal's writer takes at most.
const BATCH: i64 = 1_024;
const ENTITIES: i64 = 1_024;

/// One thread, no actors, no channels: the rows that a command of a counter makes, into the journal's own
/// tables, 1,024 commands a transaction, each transaction synced to disk.
pub(crate) fn run(length: Duration) -> anyhow::Result<Measured> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("journal.db");
    let journal = SqliteJournal::open(sqlite::Options::new(path.clone()))?;
    tokio::runtime::Builder::new_current_thread()
        .build()?
        .block_on(journal.close());
    drop(journal);

    let db = Connection::open(&path)?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "FULL")?;
    let mut entity = db.prepare(
        "INSERT INTO entities (kind, key, seq, updated_ms, receipts) VALUES ('counter', ?1, 0, 0, 0)",
    )?;
    for n in 0..ENTITIES {
        entity.execute([format!("c{n}")])?;
    }
    let mut put_commit = db.prepare(
        "INSERT INTO commits (position, entity, seq, commit_id, at_ms, cause, caused_by, events)
         VALUES (?1, ?2, ?3, ?4, ?5, 'command Add', NULL, ?6)",
    )?;
    let mut put_receipt = db.prepare(
        "INSERT INTO receipts (position, entity, command_id, fingerprint, at_ms, reply)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    let mut advance = db.prepare(
        "UPDATE entities SET seq = ?2, updated_ms = ?3, receipts = receipts + 1 WHERE id = ?1",
    )?;
    let start = Instant::now();
    let mut done: i64 = 0;
    while start.elapsed() < length {
        db.execute_batch("BEGIN IMMEDIATE")?;
        for n in done..done + BATCH {
            let (position, row, seq) = (n + 1, n % ENTITIES + 1, n / ENTITIES + 1);
            let at_ms = 1_795_000_000_000_i64 + n;
            put_commit.execute(params![
                position,
                row,
                seq,
                format!("{position:032x}"),
                at_ms,
                r#"[{"type":"Added","data":1}]"#
            ])?;
            put_receipt.execute(params![
                position,
                row,
                format!("0-{n}"),
                n,
                at_ms,
                r#"{"sum":1}"#
            ])?;
            advance.execute(params![row, seq, at_ms])?;
        }
        db.execute_batch("COMMIT")?;
        done += BATCH;
    }
    Ok(Measured {
        elapsed: start.elapsed(),
        done: done.unsigned_abs(),
        ..Measured::default()
    })
}
