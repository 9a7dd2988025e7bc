//! The SQLite backend: the promises of every backend, and its own about files and processes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use datamesh_journal::conformance::{self, Writer, append, json, submit};
use datamesh_journal::sqlite::{Options, SqliteJournal};
use datamesh_journal::{
    AppendError, Appended, EntityKey, Journal, JournalError, Loaded, Mark, MarkKind, OpenError,
    Receipt, ViewChange, ViewQuery, Work, WorkChange, WorkKind,
};

fn open(path: &Path) -> SqliteJournal {
    SqliteJournal::open(Options::new(path)).unwrap()
}

fn refusal(path: &Path) -> OpenError {
    SqliteJournal::open(Options::new(path)).expect_err("this must not open")
}

#[tokio::test]
async fn keeps_the_promises_of_every_backend() {
    let folder = tempfile::tempdir().unwrap();
    let opened = AtomicUsize::new(0);
    conformance::run_all(|| {
        let number = opened.fetch_add(1, Ordering::Relaxed);
        let mut options = Options::new(folder.path().join(format!("{number}.db")));
        options.receipts_kept = conformance::RECEIPTS_KEPT;
        let journal: Arc<dyn Journal> = Arc::new(SqliteJournal::open(options).unwrap());
        std::future::ready(journal)
    })
    .await;
}

/// The smallest limits change how fast it is, and nothing else.
#[tokio::test]
async fn keeps_them_with_one_commit_a_transaction_and_one_reader() {
    let folder = tempfile::tempdir().unwrap();
    let opened = AtomicUsize::new(0);
    conformance::run_all(|| {
        let number = opened.fetch_add(1, Ordering::Relaxed);
        let mut options = Options::new(folder.path().join(format!("{number}.db")));
        options.batch = 1;
        options.readers = 1;
        let journal: Arc<dyn Journal> = Arc::new(SqliteJournal::open(options).unwrap());
        std::future::ready(journal)
    })
    .await;
}

/// Everything that a commit can hold, and a mark.
async fn fill(journal: &dyn Journal, entity: &EntityKey) {
    let writer = Writer::new(1);
    for expected in 0..3 {
        let mut commit = writer.commit(entity, expected);
        commit.receipt = Some(Receipt {
            command_id: format!("c{expected}"),
            fingerprint: expected,
            reply: json("{\"ok\":true}"),
            at_ms: 5,
        });
        commit.work = vec![WorkChange::Put(Work {
            id: format!("w{expected}"),
            kind: WorkKind::Effect,
            due_ms: Some(10),
            rank: Work::NORMAL,
            data: json("{}"),
        })];
        commit.views = vec![ViewChange::Put {
            collection: "all".to_owned(),
            key: format!("k{expected}"),
            sort: "s".to_owned(),
            fields: vec![("owner".to_owned(), "x".to_owned())],
            doc: json("[1]"),
        }];
        commit.snapshot = (expected == 1).then(|| json("{\"after\":2}"));
        append(journal, commit).await.unwrap();
    }
    let mark = Mark {
        kind: MarkKind::Paused,
        reason: "for a look".to_owned(),
        cause: None,
        at_ms: 6,
    };
    journal.mark(entity, Some(mark)).await.unwrap();
}

async fn everything(journal: &dyn Journal, entity: &EntityKey) -> String {
    let loaded: Loaded = journal.load(entity).await.unwrap();
    assert_eq!(loaded.seq, 3);
    assert_eq!(loaded.receipts.len(), 3);
    let heads = journal.entities(&Default::default()).await.unwrap();
    let views = journal
        .views(&datamesh_journal::ViewQuery {
            collection: "all".to_owned(),
            fields: vec![("owner".to_owned(), "x".to_owned())],
            ..Default::default()
        })
        .await
        .unwrap();
    assert_eq!(views.items.len(), 3);
    let due = journal.due(WorkKind::Effect, 10, None, 10).await.unwrap();
    assert_eq!(due.len(), 3);
    let tail = journal.tail(Default::default(), 10).await.unwrap();
    let end = journal.end().await.unwrap();
    format!("{loaded:?} {heads:?} {views:?} {due:?} {tail:?} {end:?}")
}

#[tokio::test]
async fn a_journal_that_is_opened_again_has_everything() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let entity = EntityKey::new("a", "1");
    let journal = open(&path);
    fill(&journal, &entity).await;
    let before = everything(&journal, &entity).await;
    journal.close().await;
    let files: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.ends_with(".lock"))
        .collect();
    assert_eq!(files, ["journal.db"], "a closed journal is one file");

    let journal = open(&path);
    assert_eq!(everything(&journal, &entity).await, before);
    let writer = Writer::new(2);
    let mut next = writer.commit(&entity, 3);
    next.parent = journal.load(&entity).await.unwrap().head;
    assert_eq!(append(&journal, next).await.unwrap().seq, 4);
    drop(journal);
    let journal = open(&path);
    assert_eq!(
        journal.load(&entity).await.unwrap().seq,
        4,
        "dropped, not closed"
    );
}

#[tokio::test]
async fn only_the_newest_receipts_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let entity = EntityKey::new("a", "1");
    let writer = Writer::new(1);
    let mut options = Options::new(&path);
    let mut expected = 0;
    for (kept, commands) in [(4, 9), (4, 1), (2, 1), (0, 1)] {
        options.receipts_kept = kept;
        let journal = SqliteJournal::open(options.clone()).unwrap();
        let mut fates = Vec::new();
        for _ in 0..commands {
            let mut commit = writer.commit(&entity, expected);
            expected += 1;
            commit.receipt = Some(Receipt {
                command_id: format!("c{expected}"),
                fingerprint: 1,
                reply: json("1"),
                at_ms: 1,
            });
            fates.push(submit(&journal, commit));
        }
        for fate in fates {
            fate.await.unwrap().unwrap();
        }
        let found: Vec<_> = journal.load(&entity).await.unwrap().receipts;
        let found: Vec<_> = found.into_iter().map(|r| r.command_id).collect();
        let newest: Vec<_> = (expected - kept as u64 + 1..=expected)
            .map(|n| format!("c{n}"))
            .collect();
        assert_eq!(found, newest);
        journal.close().await;
    }
}

/// The writer is held inside an answer, so that the queue fills; a full queue is said at once.
#[tokio::test]
async fn a_full_queue_is_unavailable_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut options = Options::new(folder.path().join("journal.db"));
    options.queue = 2;
    let journal = SqliteJournal::open(options).unwrap();
    let writer = Writer::new(1);
    let (entered, held) = std::sync::mpsc::sync_channel(1);
    let (release, released) = std::sync::mpsc::sync_channel::<()>(1);
    journal.append(
        writer.commit(&EntityKey::new("held", "1"), 0),
        Box::new(move |_| {
            entered.send(()).unwrap();
            released.recv().unwrap();
        }),
    );
    held.recv().unwrap();
    let keys: Vec<_> = (0..3).map(|n| EntityKey::new("q", n.to_string())).collect();
    let mut fates: Vec<_> = keys
        .iter()
        .map(|key| submit(&journal, writer.commit(key, 0)))
        .collect();
    let last = fates.pop().unwrap().await.unwrap();
    assert!(matches!(last, Err(AppendError::Unavailable)), "{last:?}");
    release.send(()).unwrap();
    for fate in fates {
        fate.await.unwrap().unwrap();
    }
    assert_eq!(journal.load(&keys[1]).await.unwrap().seq, 1);
    assert_eq!(journal.load(&keys[2]).await.unwrap().seq, 0);
}

/// The row of the newest commit, as the view and the list show it.
async fn shown(journal: &dyn Journal, by_list: bool) -> u64 {
    let doc = match by_list {
        true => {
            let query = ViewQuery {
                collection: "numbers".to_owned(),
                ..ViewQuery::default()
            };
            let page = journal.views(&query).await.unwrap();
            page.items.into_iter().next().map(|row| row.doc)
        }
        false => {
            let row = journal.view("numbers", "n").await.unwrap();
            row.map(|row| row.doc)
        }
    };
    doc.map_or(0, |doc| doc.get().parse().unwrap())
}

/// Whoever reads a row, from memory or from the file, sees what was answered before, and never what is
/// older than what anybody has seen.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_row_is_never_read_older_than_it_was_read_or_answered_before() {
    const LAST: u64 = 2_000;
    for row_cache_bytes in [0, 16 << 20] {
        let folder = tempfile::tempdir().unwrap();
        let journal = Arc::new(
            SqliteJournal::open(Options {
                row_cache_bytes,
                ..Options::new(folder.path().join("journal.db"))
            })
            .unwrap(),
        );
        let seen = Arc::new(AtomicU64::new(0));
        let mut readers = Vec::new();
        for reader in 0..3 {
            let (journal, seen) = (Arc::clone(&journal), Arc::clone(&seen));
            readers.push(tokio::spawn(async move {
                let mut turn: u64 = reader;
                while seen.load(Ordering::Acquire) < LAST {
                    let known = seen.load(Ordering::Acquire);
                    // One reader in three reads the list, which is never remembered.
                    let now = shown(&*journal, turn.is_multiple_of(3)).await;
                    assert!(now >= known, "{now} after {known}");
                    seen.fetch_max(now, Ordering::AcqRel);
                    turn += 1;
                    tokio::task::yield_now().await;
                }
            }));
        }
        let (writer, entity) = (Writer::new(1), EntityKey::new("counter", "n"));
        for n in 1..=LAST {
            let mut commit = writer.commit(&entity, n - 1);
            commit.views = vec![ViewChange::Put {
                collection: "numbers".to_owned(),
                key: "n".to_owned(),
                sort: "s".to_owned(),
                fields: Vec::new(),
                doc: json(&n.to_string()),
            }];
            append(&*journal, commit).await.unwrap();
            seen.fetch_max(n, Ordering::AcqRel);
            assert!(shown(&*journal, false).await >= n);
        }
        for reader in readers {
            reader.await.unwrap();
        }
    }
}

/// A row that is too large for the caller's thread is read all the same.
#[tokio::test]
async fn a_large_row_is_read_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let journal = open(&path);
    let large = format!("\"{}\"", "x".repeat(1 << 20));
    let (writer, entity) = (Writer::new(1), EntityKey::new("large", "1"));
    let mut commit = writer.commit(&entity, 0);
    commit.views = [("small", "1"), ("large", large.as_str())]
        .into_iter()
        .map(|(key, doc)| ViewChange::Put {
            collection: "all".to_owned(),
            key: key.to_owned(),
            sort: "s".to_owned(),
            fields: Vec::new(),
            doc: json(doc),
        })
        .collect();
    append(&journal, commit).await.unwrap();
    for _ in 0..2 {
        let row = journal.view("all", "large").await.unwrap().unwrap();
        assert_eq!(row.doc.get(), large);
        let row = journal.view("all", "small").await.unwrap().unwrap();
        assert_eq!(row.doc.get(), "1");
        assert!(journal.view("all", "none").await.unwrap().is_none());
    }
}

#[tokio::test]
async fn a_receiver_of_an_answer_that_panics_does_not_stop_the_writer() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(&folder.path().join("journal.db"));
    let (writer, entity) = (Writer::new(1), EntityKey::new("a", "1"));
    journal.append(
        writer.commit(&entity, 0),
        Box::new(|_| panic!("on purpose")),
    );
    let next = append(&journal, writer.commit(&entity, 1)).await.unwrap();
    let expected = Appended {
        seq: 2,
        repeated: false,
    };
    assert_eq!(next, expected);
}

#[tokio::test]
async fn a_journal_in_use_is_refused_until_it_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let journal = open(&path);
    let refused = refusal(&path);
    assert!(matches!(refused, OpenError::InUse { .. }), "{refused}");
    journal.close().await;
    open(&path);
}

#[tokio::test]
async fn a_newer_format_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    open(&path).close().await;
    rusqlite::Connection::open(&path)
        .unwrap()
        .pragma_update(None, "user_version", 99)
        .unwrap();
    let before = fs::read(&path).unwrap();
    let refused = refusal(&path);
    assert!(
        matches!(refused, OpenError::Newer { found: 99, .. }),
        "{refused}"
    );
    assert!(refused.to_string().contains("format 99"), "{refused}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn a_file_that_is_no_journal_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let garbage = folder.path().join("garbage.db");
    fs::write(&garbage, "not a database ".repeat(1000)).unwrap();
    let foreign = folder.path().join("foreign.db");
    rusqlite::Connection::open(&foreign)
        .unwrap()
        .execute_batch("CREATE TABLE invoices (id INTEGER)")
        .unwrap();
    let foreign_too = folder.path().join("foreign-too.db");
    rusqlite::Connection::open(&foreign_too)
        .unwrap()
        .pragma_update(None, "application_id", 1)
        .unwrap();
    for path in [garbage, foreign, foreign_too] {
        let before = fs::read(&path).unwrap();
        let refused = refusal(&path);
        assert!(matches!(refused, OpenError::Corrupt { .. }), "{refused}");
        assert!(refused.to_string().contains(path.to_str().unwrap()));
        assert_eq!(fs::read(&path).unwrap(), before);
    }
}

#[tokio::test]
async fn a_damaged_journal_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let journal = open(&path);
    fill(&journal, &EntityKey::new("a", "1")).await;
    journal.close().await;
    let whole = fs::read(&path).unwrap();

    let half = whole[..whole.len() / 2 / 4096 * 4096].to_vec();
    let mut no_schema = whole.clone();
    no_schema[100..4096].fill(0x5a);
    for damaged in [half, no_schema] {
        fs::write(&path, damaged).unwrap();
        let refused = refusal(&path);
        assert!(matches!(refused, OpenError::Corrupt { .. }), "{refused}");
    }

    fs::write(&path, &whole).unwrap();
    rusqlite::Connection::open(&path)
        .unwrap()
        .execute_batch("DROP TABLE receipts")
        .unwrap();
    let refused = refusal(&path);
    assert!(matches!(refused, OpenError::Corrupt { .. }), "{refused}");
}

#[tokio::test]
async fn damage_found_while_reading_is_told_from_an_empty_answer() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let entity = EntityKey::new("a", "1");
    let journal = open(&path);
    fill(&journal, &entity).await;
    journal.close().await;
    rusqlite::Connection::open(&path)
        .unwrap()
        .execute_batch("UPDATE commits SET events = '[{\"type\":' WHERE seq = 3")
        .unwrap();
    let journal = open(&path);
    let read = journal.load(&entity).await;
    assert!(matches!(read, Err(JournalError::Corrupt(_))), "{read:?}");
    journal.end().await.unwrap();
}

#[test]
fn a_place_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let directory = folder.path().join("directory.db");
    fs::create_dir(&directory).unwrap();
    let mut places = vec![
        folder.path().join("no/such/folder/journal.db"),
        file.join("journal.db"),
        directory,
    ];
    if cfg!(target_os = "linux") {
        // Read-only even for root.
        places.push("/proc/self/journal.db".into());
    }
    for path in places {
        let refused = refusal(&path);
        assert!(matches!(refused, OpenError::Io { .. }), "{refused}");
        assert!(refused.to_string().contains(path.to_str().unwrap()));
    }
}

/// For everybody but root, whom permissions do not stop.
#[cfg(unix)]
#[test]
fn a_read_only_folder_or_file_is_refused() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    drop(open(&path));
    let set = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode));
    set(&path, 0o400).unwrap();
    if fs::OpenOptions::new().write(true).open(&path).is_err() {
        let refused = refusal(&path);
        assert!(matches!(refused, OpenError::Io { .. }), "{refused}");
        set(folder.path(), 0o500).unwrap();
        let other = folder.path().join("other.db");
        let refused = refusal(&other);
        assert!(matches!(refused, OpenError::Io { .. }), "{refused}");
        set(folder.path(), 0o700).unwrap();
    }
}
