#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use super::*;
use crate::error::ServiceError;
use crate::store::{Scope, Store, Tx, View};

/// More than any test here sends without being heard.
const MOST: usize = 16;

/// A store whose syncs a test sees begin, and ends.
struct Bench {
    store: Arc<Store>,
    began: Receiver<()>,
    end: SyncSender<io::Result<()>>,
    _folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(Some(&folder.path().join("cloud.db"))).unwrap();
        let (began_tx, began) = sync_channel(MOST);
        let (end, ends) = sync_channel::<io::Result<()>>(MOST);
        let ends = Mutex::new(ends);
        store.durability = Durability::new(Some(Box::new(move || {
            began_tx.send(()).unwrap();
            ends.lock().recv().unwrap()
        })));
        Self {
            store: Arc::new(store),
            began,
            end,
            _folder: folder,
        }
    }

    /// One request on a thread of its own.
    fn request(
        &self,
        work: impl FnOnce(&Tx<'_>) -> Result<(), ServiceError> + Send + 'static,
    ) -> thread::JoinHandle<Result<(), ServiceError>> {
        let store = Arc::clone(&self.store);
        thread::spawn(move || store.transact(work).map(|((), _)| ()))
    }

    fn write(&self, key: &'static str) -> thread::JoinHandle<Result<(), ServiceError>> {
        self.request(move |tx| tx.put(&Scope::global(), "t.c", key, &key))
    }

    fn a_sync_begins(&self) {
        self.began.recv().unwrap();
    }

    fn until_committed(&self, count: u64) {
        while self.store.durability.last() < count {
            thread::yield_now();
        }
    }
}

#[test]
fn writers_that_come_during_a_sync_share_the_next() {
    let bench = Bench::new();
    let first = bench.write("1");
    bench.a_sync_begins();
    let others = ["2", "3", "4"].map(|key| bench.write(key));
    bench.until_committed(4);
    bench.end.send(Ok(())).unwrap();
    first.join().unwrap().unwrap();
    bench.a_sync_begins();
    assert!(
        others.iter().all(|other| !other.is_finished()),
        "the sync that began before them does not count"
    );
    bench.end.send(Ok(())).unwrap();
    for other in others {
        other.join().unwrap().unwrap();
    }
    assert!(bench.began.try_recv().is_err(), "two syncs for four");
}

#[test]
fn who_saw_what_is_not_on_the_disk_waits_for_it_and_who_saw_nothing_new_does_not() {
    let bench = Bench::new();
    let get = |tx: &Tx<'_>| tx.get::<String>(&Scope::global(), "t.c", "1");
    let read = bench.request(move |tx| get(tx).map(drop));
    read.join().unwrap().unwrap();

    let writer = bench.write("1");
    bench.a_sync_begins();
    let (saw, seen) = sync_channel(MOST);
    let told = saw.clone();
    let reader = bench.request(move |tx| {
        told.send(get(tx)?).unwrap();
        Ok(())
    });
    let told = saw.clone();
    let refused = bench.request(move |tx| {
        told.send(get(tx)?).unwrap();
        Err(ServiceError::bad_request("Taken", "it is there already"))
    });
    let store = Arc::clone(&bench.store);
    let looking_back = thread::spawn(move || {
        let view = View {
            service: "other",
            at_ms: 0,
        };
        store.look_back(view, |tx| {
            saw.send(get(tx)?).unwrap();
            Ok(())
        })
    });
    for _ in 0..3 {
        assert_eq!(seen.recv().unwrap().as_deref(), Some("1"));
    }
    // Whoever gets the connection now gets it behind the three.
    let later = bench.write("2");
    bench.until_committed(2);
    assert!(!reader.is_finished() && !refused.is_finished() && !looking_back.is_finished());
    bench.end.send(Ok(())).unwrap();
    bench.end.send(Ok(())).unwrap();
    for answered in [writer, reader, looking_back, later] {
        answered.join().unwrap().unwrap();
    }
    assert_eq!(refused.join().unwrap().unwrap_err().code, "Taken");
}

#[test]
fn a_transaction_that_wrote_nothing_or_was_undone_syncs_nothing() {
    let bench = Bench::new();
    bench.request(|_| Ok(())).join().unwrap().unwrap();
    let undone = bench.request(|tx| {
        tx.put(&Scope::global(), "t.c", "1", &1)?;
        Err(ServiceError::bad_request("No", "no"))
    });
    assert!(undone.join().unwrap().is_err());
    assert!(bench.began.try_recv().is_err());
}

#[test]
fn after_a_sync_that_failed_nobody_is_answered_until_the_file_is_opened_again() {
    let bench = Bench::new();
    let first = bench.write("1");
    bench.a_sync_begins();
    let second = bench.write("2");
    bench.until_committed(2);
    bench.end.send(Err(io::Error::other("bad sector"))).unwrap();
    for request in [first, second, bench.request(|_| Ok(()))] {
        let error = request.join().unwrap().unwrap_err();
        assert_eq!(error.status, 500, "{error}");
        assert!(error.message.contains("disk"), "{error}");
    }
    assert!(bench.store.clear().is_err());
    assert!(bench.began.try_recv().is_err(), "it is not tried again");
}

#[test]
fn a_file_is_synced_by_us_and_one_in_memory_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cloud.db");
    let store = Store::open(Some(&path)).unwrap();
    assert!(store.durability.sync.is_some());
    store
        .transact(|tx| tx.put(&Scope::global(), "t.c", "1", &1))
        .unwrap();
    assert_eq!(store.durability.state.lock().durable, 1);
    assert!(Store::open(None).unwrap().durability.sync.is_none());
}
