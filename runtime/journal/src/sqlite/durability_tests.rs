//! A disk that takes its time, and one that fails.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use serde_json::value::RawValue;
use tokio::sync::oneshot;

use super::*;
use crate::commit::{Appended, Cause, CommitId, Record, ViewChange};
use crate::error::AppendError;

/// A disk whose syncs wait until they are let through, and then end as they are told to.
#[derive(Default)]
struct Disk {
    syncs: Mutex<Syncs>,
    told: Condvar,
}

#[derive(Default)]
struct Syncs {
    begun: usize,
    let_through: usize,
    fail: bool,
}

impl Disk {
    fn sync(&self) -> io::Result<()> {
        let mut syncs = self.syncs.lock();
        let number = syncs.begun;
        syncs.begun += 1;
        while number >= syncs.let_through {
            self.told.wait(&mut syncs);
        }
        match syncs.fail {
            true => Err(io::Error::other("input/output error")),
            false => Ok(()),
        }
    }

    /// From now on all syncs end, and so.
    fn end(&self, fail: bool) {
        let mut syncs = self.syncs.lock();
        (syncs.let_through, syncs.fail) = (usize::MAX, fail);
        self.told.notify_all();
    }

    /// Lets the first so many syncs end.
    fn let_through(&self, count: usize) {
        self.syncs.lock().let_through = count;
        self.told.notify_all();
    }

    async fn has_begun(&self, syncs: usize) {
        until(async || self.syncs.lock().begun >= syncs).await;
    }
}

async fn until(mut is_so: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !is_so().await {
            tokio::task::yield_now().await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(30), waiting).await;
    waited.expect("what was waited for did not come");
}

/// With one commit a group, and one reader.
fn open(folder: &Path) -> (SqliteJournal, Arc<Disk>) {
    let disk = Arc::new(Disk::default());
    let syncing = Arc::clone(&disk);
    let options = Options {
        batch: 1,
        readers: 1,
        ..Options::new(folder.join("journal.db"))
    };
    let journal = SqliteJournal::open_on(options, Limits::default(), |_| {
        let sync_log = Box::new(move || syncing.sync());
        Ok(Durability::new(sync_log, Box::new(|| Ok(()))))
    });
    (journal.unwrap(), disk)
}

/// What the log says of an entity, whether it is on the disk or not.
async fn written(journal: &SqliteJournal, id: &str) -> u64 {
    let entity = EntityKey::new("a", id);
    let read = journal
        .readers
        .read(move |db| entity_reads::load(db, &entity));
    read.await.unwrap().seq
}

/// The first commit of an entity, with a row.
fn append(journal: &SqliteJournal, id: &str) -> oneshot::Receiver<Result<Appended, AppendError>> {
    let json = |text: &str| RawValue::from_string(text.to_owned()).unwrap();
    let commit = Commit {
        entity: EntityKey::new("a", id),
        expected: 0,
        parent: None,
        commit_id: CommitId([7; 16]),
        at_ms: 1,
        cause: Cause::default(),
        events: vec![Record {
            name: "E".to_owned(),
            data: json("1"),
        }],
        receipt: None,
        work: Vec::new(),
        views: vec![ViewChange::Put {
            collection: "c".to_owned(),
            key: id.to_owned(),
            sort: "s".to_owned(),
            fields: Vec::new(),
            doc: json("1"),
        }],
        snapshot: None,
    };
    let (sender, fate) = oneshot::channel();
    journal.append(commit, Box::new(move |result| drop(sender.send(result))));
    fate
}

/// With one blocking thread: a later read on it runs when the one before has ended.
#[test]
fn who_wrote_and_who_reads_waits_for_the_disk() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(1)
        .build()
        .unwrap();
    runtime.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let (journal, disk) = open(folder.path());
        let mut wrote = append(&journal, "1");
        disk.has_begun(1).await;
        let entity = EntityKey::new("a", "1");
        {
            let mut load = std::pin::pin!(journal.load(&entity));
            let mut row = std::pin::pin!(journal.view("c", "1"));
            let mut rows = std::pin::pin!(journal.tail(Position::default(), 10));
            assert!(futures_poll(load.as_mut()).await.is_none());
            assert_eq!(written(&journal, "1").await, 1);
            assert!(futures_poll(load.as_mut()).await.is_none());
            assert!(futures_poll(rows.as_mut()).await.is_none());
            assert_eq!(written(&journal, "1").await, 1);
            assert!(futures_poll(rows.as_mut()).await.is_none());
            assert!(futures_poll(row.as_mut()).await.is_none());
            assert!(wrote.try_recv().is_err());
            disk.end(false);
            assert_eq!(load.await.unwrap().seq, 1);
            assert_eq!(row.await.unwrap().unwrap().doc.get(), "1");
            assert_eq!(rows.await.unwrap().len(), 1);
        }
        assert_eq!(wrote.await.unwrap().unwrap().seq, 1);
        journal.close().await;
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_go_on_while_the_disk_works() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, disk) = open(folder.path());
    // The first is synced by the writer itself, for nobody waits behind it; the second by the thread.
    let mut fates = vec![append(&journal, "1")];
    disk.has_begun(1).await;
    fates.extend((2..6).map(|n| append(&journal, &n.to_string())));
    assert_eq!(written(&journal, "2").await, 0, "the writer syncs");
    disk.let_through(1);
    disk.has_begun(2).await;
    for id in ["2", "3", "4"] {
        until(async || written(&journal, id).await == 1).await;
    }
    assert_eq!(fates.remove(0).await.unwrap().unwrap().seq, 1);
    for fate in &mut fates {
        assert!(fate.try_recv().is_err());
    }
    disk.end(false);
    for fate in fates {
        assert_eq!(fate.await.unwrap().unwrap().seq, 1);
    }
    journal.close().await;
}

/// What was not answered may be there or not when the file is opened again; what was is there.
async fn nothing_after_a_failure(journal: SqliteJournal, disk: &Disk, folder: &Path) {
    journal.failed().await;
    disk.end(false);
    let later = append(&journal, "later").await.unwrap();
    assert!(matches!(later, Err(AppendError::Storage(_))), "{later:?}");
    let read = journal.load(&EntityKey::new("a", "kept")).await;
    assert!(matches!(read, Err(JournalError::Storage(_))), "{read:?}");
    // A row that is remembered, and one that is lost; at the second look each could be remembered.
    for key in ["kept", "kept", "lost", "lost", "none", "none"] {
        let row = journal.view("c", key).await;
        assert!(matches!(row, Err(JournalError::Storage(_))), "{row:?}");
    }
    let path = folder.join("journal.db");
    let before = std::fs::read(&path).unwrap();
    let log = std::fs::read(folder.join("journal.db-wal")).unwrap();
    journal.close().await;
    drop(journal);
    assert!(
        std::fs::read(&path).unwrap() == before,
        "the log was copied"
    );
    assert!(std::fs::read(folder.join("journal.db-wal")).unwrap() == log);

    let journal = SqliteJournal::open(Options::new(path)).unwrap();
    assert_eq!(written(&journal, "kept").await, 1);
    assert!(written(&journal, "lost").await <= 1);
    assert_eq!(written(&journal, "later").await, 0);
    journal.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_sync_that_failed_nothing_is_taken_or_told_until_it_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, disk) = open(folder.path());
    disk.end(false);
    assert_eq!(append(&journal, "kept").await.unwrap().unwrap().seq, 1);
    assert!(journal.view("c", "kept").await.unwrap().is_some());
    disk.end(true);
    let lost = append(&journal, "lost").await.unwrap();
    assert!(matches!(lost, Err(AppendError::Storage(_))), "{lost:?}");
    nothing_after_a_failure(journal, &disk, folder.path()).await;
}

/// The same for the syncing thread, and for the groups that wait for it.
#[tokio::test(flavor = "multi_thread")]
async fn a_sync_that_fails_beside_the_writer_fails_all_groups_that_wait() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, disk) = open(folder.path());
    let kept = append(&journal, "kept");
    disk.has_begun(1).await;
    let lost = ["lost", "2", "3"].map(|id| append(&journal, id));
    disk.let_through(1);
    disk.has_begun(2).await;
    until(async || written(&journal, "3").await == 1).await;
    assert_eq!(kept.await.unwrap().unwrap().seq, 1);
    disk.end(true);
    for lost in lost {
        let lost = lost.await.unwrap();
        assert!(matches!(lost, Err(AppendError::Storage(_))), "{lost:?}");
    }
    nothing_after_a_failure(journal, &disk, folder.path()).await;
}

/// One poll of a future.
async fn futures_poll<F: Future>(mut future: std::pin::Pin<&mut F>) -> Option<F::Output> {
    std::future::poll_fn(|cx| {
        std::task::Poll::Ready(match future.as_mut().poll(cx) {
            std::task::Poll::Ready(output) => Some(output),
            std::task::Poll::Pending => None,
        })
    })
    .await
}
