//! A log that is copied while it is written, beside readers that stand in it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ffi;
use serde_json::value::RawValue;
use tokio::sync::oneshot;

use super::super::{Options, SqliteJournal};
use super::*;
use crate::commit::{Appended, Cause, Commit, CommitId, Record};
use crate::entity::EntityKey;
use crate::error::AppendError;
use crate::journal::Journal;

const PAGE: u64 = 4_096;
/// What an event has, so that a commit takes some pages.
const BYTES: usize = 16 << 10;

const LIMITS: Limits = Limits {
    step: 32,
    after: 64,
    little: 64,
    most: 512,
};

fn open(folder: &Path, limits: Limits) -> SqliteJournal {
    let options = Options::new(file(folder));
    SqliteJournal::open_on(options, limits, Durability::of).unwrap()
}

fn file(folder: &Path) -> PathBuf {
    folder.join("journal.db")
}

/// Pages that the log has taken on the disk.
fn log_pages(folder: &Path) -> u64 {
    let log = folder.join("journal.db-wal");
    std::fs::metadata(log).unwrap().len() / PAGE
}

type Fate = oneshot::Receiver<Result<Appended, AppendError>>;

/// Writes entity `n`.
fn send(journal: &SqliteJournal, n: usize) -> Fate {
    let event = serde_json::to_string(&"x".repeat(BYTES)).unwrap();
    let commit = Commit {
        entity: EntityKey::new("a", &*n.to_string()),
        expected: 0,
        parent: None,
        commit_id: CommitId(u128::try_from(n).unwrap().to_be_bytes()),
        at_ms: 1,
        cause: Cause::default(),
        events: vec![Record {
            name: "E".to_owned(),
            data: RawValue::from_string(event).unwrap(),
        }],
        receipt: None,
        work: Vec::new(),
        views: Vec::new(),
        snapshot: None,
    };
    let (sender, fate) = oneshot::channel();
    journal.append(commit, Box::new(move |result| drop(sender.send(result))));
    fate
}

/// Writes it and waits for that.
async fn append(journal: &SqliteJournal, n: usize) {
    send(journal, n).await.unwrap().unwrap();
}

/// Writes so many and is never idle, so that the log never has an end that is in the file.
async fn flood(journal: &SqliteJournal, count: usize) {
    let mut under_way: VecDeque<Fate> = VecDeque::new();
    for n in 0..count {
        under_way.push_back(send(journal, n));
        if under_way.len() > 16 {
            under_way.pop_front().unwrap().await.unwrap().unwrap();
        }
    }
    for fate in under_way {
        fate.await.unwrap().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_copied_while_it_is_written_and_begins_anew() {
    let folder = tempfile::tempdir().unwrap();
    // The writer is never asked to copy all of it by itself.
    let limits = Limits {
        most: u32::MAX,
        ..LIMITS
    };
    let journal = open(folder.path(), limits);
    flood(&journal, 1_000).await;
    let longest = log_pages(folder.path());
    // All of it would be five thousand.
    assert!(longest < 1_000, "{longest}");
    let pages = std::fs::metadata(file(folder.path())).unwrap().len() / PAGE;
    assert!(pages > 3_000, "the file has it: {pages}");
    journal.close().await;
    drop(journal);
    let journal = open(folder.path(), LIMITS);
    for n in [0, 500, 999] {
        let entity = EntityKey::new("a", &*n.to_string());
        assert_eq!(journal.load(&entity).await.unwrap().seq, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_thread_is_too_slow_the_writer_copies_all() {
    let folder = tempfile::tempdir().unwrap();
    // The thread is never asked.
    let limits = Limits {
        after: 100,
        most: 100,
        ..LIMITS
    };
    let journal = open(folder.path(), limits);
    for n in 0..500 {
        append(&journal, n).await;
        assert!(log_pages(folder.path()) <= 150, "after {n}");
    }
    journal.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_stands_in_the_log_makes_it_longer_and_keeps_nobody_from_writing() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path(), LIMITS);
    append(&journal, 0).await;
    let reader = rusqlite::Connection::open(file(folder.path())).unwrap();
    reader.execute_batch("BEGIN").unwrap();
    let count = || -> i64 {
        let count = reader.query_row("SELECT count(*) FROM commits", [], |row| row.get(0));
        count.unwrap()
    };
    assert_eq!(count(), 1);
    for n in 1..300 {
        append(&journal, n).await;
    }
    assert_eq!(count(), 1, "it sees what it saw");
    let longest = log_pages(folder.path());
    assert!(longest > 1_000, "{longest}");
    reader.execute_batch("COMMIT").unwrap();
    assert_eq!(count(), 300);
    // It is tried again ever more rarely, and then begun anew.
    for n in 300..1_000 {
        append(&journal, n).await;
    }
    let pages = log_pages(folder.path());
    assert!(pages <= longest + 1_000, "{pages}, {longest}");
    journal.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_whose_log_cannot_be_copied_is_not_opened() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path(), Limits::default());
    append(&journal, 0).await;
    // Who reads holds the log as it is now, and what is written after that cannot be copied.
    let reader = rusqlite::Connection::open(file(folder.path())).unwrap();
    let begin = "BEGIN; SELECT count(*) FROM commits";
    reader.execute_batch(begin).unwrap();
    append(&journal, 1).await;
    journal.close().await;
    drop(journal);
    let opened = SqliteJournal::open(Options::new(file(folder.path())));
    let error = opened.map(drop).unwrap_err();
    assert!(matches!(&error, crate::OpenError::InUse { .. }), "{error}");
    reader.execute_batch("COMMIT").unwrap();
    let journal = SqliteJournal::open(Options::new(file(folder.path()))).unwrap();
    let entity = EntityKey::new("a", "1");
    assert_eq!(journal.load(&entity).await.unwrap().seq, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_of_the_file_that_fails_ends_the_journal_and_the_log_has_all() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options::new(file(folder.path()));
    let fails = || Err(io::Error::other("input/output error"));
    let journal = SqliteJournal::open_on(options, LIMITS, |path| {
        let log = Durability::of(path)?;
        Ok(Durability::new(
            Box::new(move || log.sync()),
            Box::new(fails),
        ))
    });
    let journal = journal.unwrap();
    let mut kept = 0;
    while let Ok(Ok(_)) = send(&journal, kept).await {
        kept += 1;
        assert!(kept < 5_000, "nobody looks whether it failed");
    }
    journal.failed().await;
    assert!(kept > 0);
    journal.close().await;
    drop(journal);
    assert!(log_pages(folder.path()) > 0, "the log is left");
    let journal = open(folder.path(), LIMITS);
    for n in 0..kept {
        let entity = EntityKey::new("a", &*n.to_string());
        assert_eq!(journal.load(&entity).await.unwrap().seq, 1, "{n}");
    }
}

#[test]
fn only_want_of_room_or_of_a_turn_is_tried_again() {
    let failed = |code| rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
    for code in [ffi::SQLITE_FULL, ffi::SQLITE_BUSY, ffi::SQLITE_LOCKED] {
        assert!(!is_in_doubt(&failed(code)), "{code}");
    }
    for code in [
        ffi::SQLITE_IOERR_FSYNC,
        ffi::SQLITE_IOERR_WRITE,
        ffi::SQLITE_CORRUPT,
    ] {
        assert!(is_in_doubt(&failed(code)), "{code}");
    }
}
