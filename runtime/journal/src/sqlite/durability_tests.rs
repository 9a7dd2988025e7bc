//! A disk that takes its time, and one that fails.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods
)]

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use serde_json::value::RawValue;
use tokio::sync::oneshot;

use super::*;
use crate::commit::{Appended, Cause, CommitId, Record, ViewChange};
use crate::error::AppendError;

/// How long a sync takes.
const LATENCY: Duration = Duration::from_millis(2);

/// A disk whose syncs wait until they are let through, and then end as they are told to.
#[derive(Default)]
struct Disk {
    syncs: AtomicUsize,
    fails: Mutex<Option<bool>>,
    told: Condvar,
}

impl Disk {
    fn sync(&self) -> io::Result<()> {
        self.syncs.fetch_add(1, Ordering::SeqCst);
        let mut fails = self.fails.lock();
        while fails.is_none() {
            self.told.wait(&mut fails);
        }
        std::thread::sleep(LATENCY);
        match *fails {
            Some(true) => Err(io::Error::other("input/output error")),
            _ => Ok(()),
        }
    }

    fn end(&self, fails: bool) {
        *self.fails.lock() = Some(fails);
        self.told.notify_all();
    }

    async fn is_syncing(&self) {
        while self.syncs.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
    }
}

/// Lets the syncs through if the test fails: the journal waits for them.
struct Release<'a>(&'a Disk);

impl Drop for Release<'_> {
    fn drop(&mut self) {
        self.0.end(false);
    }
}

fn open(folder: &Path) -> (SqliteJournal, Arc<Disk>) {
    let disk = Arc::new(Disk::default());
    let syncing = Arc::clone(&disk);
    // Each commit is a group.
    let options = Options {
        batch: 1,
        ..Options::new(folder.join("journal.db"))
    };
    let journal = SqliteJournal::open_on(options, Limits::default(), |_| {
        Ok(Durability::new(Box::new(move || syncing.sync())))
    });
    (journal.unwrap(), disk)
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

#[tokio::test(flavor = "multi_thread")]
async fn who_wrote_and_who_reads_waits_for_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, disk) = open(folder.path());
    let _release = Release(&disk);
    let mut wrote = append(&journal, "1");
    disk.is_syncing().await;
    let entity = EntityKey::new("a", "1");
    {
        let mut load = std::pin::pin!(journal.load(&entity));
        let mut row = std::pin::pin!(journal.view("c", "1"));
        let mut rows = std::pin::pin!(journal.tail(Position::default(), 10));
        // Until all three have read, and wait for the disk.
        while journal.durability.waiting() < 3 {
            assert!(futures_poll(load.as_mut()).await.is_none());
            assert!(futures_poll(row.as_mut()).await.is_none());
            assert!(futures_poll(rows.as_mut()).await.is_none());
            tokio::task::yield_now().await;
        }
        assert!(futures_poll(load.as_mut()).await.is_none());
        assert!(futures_poll(row.as_mut()).await.is_none());
        assert!(futures_poll(rows.as_mut()).await.is_none());
        assert!(wrote.try_recv().is_err());
        disk.end(false);
        assert_eq!(load.await.unwrap().seq, 1);
        assert_eq!(row.await.unwrap().unwrap().doc.get(), "1");
        assert_eq!(rows.await.unwrap().len(), 1);
    }
    assert_eq!(wrote.await.unwrap().unwrap().seq, 1);
    journal.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_go_on_while_the_disk_works_and_share_its_next_sync() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, disk) = open(folder.path());
    // The first is synced by the writer itself, if nobody waits behind it yet.
    let first = append(&journal, "1");
    disk.is_syncing().await;
    let more: Vec<_> = (2..=100)
        .map(|n| append(&journal, &n.to_string()))
        .collect();
    disk.end(false);
    assert_eq!(first.await.unwrap().unwrap().seq, 1);
    for fate in more {
        assert_eq!(fate.await.unwrap().unwrap().seq, 1);
    }
    let syncs = disk.syncs.load(Ordering::SeqCst);
    assert!(syncs < 100, "{syncs} for 100 groups");
    journal.close().await;
}

/// What was not answered may be there or not when the file is opened again; what was is there.
#[tokio::test(flavor = "multi_thread")]
async fn after_a_sync_that_failed_nothing_is_taken_or_told_until_it_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, disk) = open(folder.path());
    disk.end(false);
    assert_eq!(append(&journal, "1").await.unwrap().unwrap().seq, 1);
    // The second look finds it in memory.
    for _ in 0..2 {
        assert!(journal.view("c", "1").await.unwrap().is_some());
    }
    disk.end(true);
    let lost = append(&journal, "2").await.unwrap();
    assert!(matches!(lost, Err(AppendError::Storage(_))), "{lost:?}");
    journal.failed().await;
    disk.end(false);
    let later = append(&journal, "3").await.unwrap();
    assert!(matches!(later, Err(AppendError::Storage(_))), "{later:?}");
    let read = journal.load(&EntityKey::new("a", "1")).await;
    assert!(matches!(read, Err(JournalError::Storage(_))), "{read:?}");
    // The second look must not find what the first was not told.
    for key in ["1", "1", "2", "2"] {
        let row = journal.view("c", key).await;
        assert!(matches!(row, Err(JournalError::Storage(_))), "{row:?}");
    }
    let file = folder.path().join("journal.db");
    let before = std::fs::read(&file).unwrap();
    journal.close().await;
    drop(journal);
    let after = std::fs::read(&file).unwrap();
    assert!(before == after, "nothing was copied that may be lost");
    assert!(folder.path().join("journal.db-wal").exists());

    let again = SqliteJournal::open(Options::new(file)).unwrap();
    let journal = &again;
    let seq =
        |id: &'static str| async move { journal.load(&EntityKey::new("a", id)).await.unwrap().seq };
    assert_eq!(seq("1").await, 1);
    assert!(seq("2").await <= 1);
    assert_eq!(seq("3").await, 0);
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
