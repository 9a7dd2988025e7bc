#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::{DrivenClock, LocalCloud, ManualClock, Options};

const NOON: i64 = 1_769_860_800_000;
const DIARY: &str = "test.diary";

/// The kinds of these tests: they write a diary, one line a piece of work.
pub(crate) fn perform(due: &Due, tx: &Tx<'_>) -> Result<(), ServiceError> {
    let (scope, lines) = (due.scope(), diary(&due.scope(), tx)?);
    let line = format!("{} at {}", due.id, due.at_ms - NOON);
    tx.put(
        &scope,
        DIARY,
        &format!("{:05}", lines.len()),
        &line.as_str(),
    )?;
    match due.kind.as_str() {
        "test.once" => Ok(()),
        "test.every-second" => {
            tx.schedule(due.at_ms + 1_000, &due.kind, &due.id, &scope, &due.payload)
        }
        "test.panics" => tx.attempt(|| panic!("{} panics", due.id)),
        _ => Err(ServiceError::internal("no such work")),
    }
}

fn diary(scope: &Scope, tx: &Tx<'_>) -> Result<Vec<String>, ServiceError> {
    let lines = tx.scan(scope, DIARY, "", None, usize::MAX)?;
    Ok(lines.into_iter().map(|(_, line)| line).collect())
}

struct Stage {
    cloud: LocalCloud,
    clock: Arc<ManualClock>,
    scope: Scope,
}

fn stage(path: Option<&Path>) -> Stage {
    let clock = Arc::new(ManualClock::new(NOON));
    let options = Options {
        path: path.map(Path::to_path_buf),
        clock: clock.clone(),
        ..Options::in_memory()
    };
    Stage {
        cloud: LocalCloud::open(options).unwrap(),
        clock,
        scope: Scope {
            account: "111111111111".to_owned(),
            region: "eu-west-1".to_owned(),
        },
    }
}

impl Stage {
    fn within<T>(&self, work: impl FnOnce(&Tx<'_>) -> Result<T, ServiceError>) -> T {
        self.cloud.inner.store.transact(work).unwrap().0
    }

    fn schedule(&self, after_ms: i64, kind: &str, id: &str) {
        self.within(|tx| tx.schedule(NOON + after_ms, kind, id, &self.scope, &()));
    }

    /// Goes to this moment and does what is due; says when the next is.
    fn run(&self, after_ms: i64) -> Option<i64> {
        self.clock.set(NOON + after_ms);
        let next_ms = self.cloud.inner.run_due().unwrap();
        next_ms.map(|at_ms| at_ms - NOON)
    }

    fn diary(&self) -> Vec<String> {
        self.within(|tx| diary(&self.scope, tx))
    }
}

#[test]
fn what_is_due_is_done_once_in_the_order_of_time() {
    let stage = stage(None);
    assert_eq!(stage.run(0), None);
    stage.schedule(2_000, "test.once", "tea");
    stage.schedule(1_000, "test.once", "bread");
    assert_eq!(stage.run(999), Some(1_000));
    assert!(stage.diary().is_empty());
    assert_eq!(stage.run(2_500), None);
    assert_eq!(stage.run(9_999), None);
    assert_eq!(stage.diary(), ["bread at 1000", "tea at 2000"]);
}

#[test]
fn work_is_moved_and_called_off_by_its_id() {
    let stage = stage(None);
    stage.schedule(1_000, "test.once", "tea");
    stage.schedule(3_000, "test.once", "tea");
    stage.schedule(1_000, "test.once", "bread");
    let elsewhere = Scope {
        region: "us-east-1".to_owned(),
        ..stage.scope.clone()
    };
    let called_off = stage.within(|tx| {
        Ok([&elsewhere, &stage.scope].map(|s| tx.unschedule("test.once", "bread", s)))
    });
    assert_eq!(called_off.map(Result::unwrap), [false, true]);
    assert_eq!(stage.run(2_000), Some(3_000));
    assert_eq!(stage.run(3_000), None);
    assert_eq!(stage.diary(), ["tea at 3000"]);
}

#[test]
fn a_long_step_brings_all_that_a_slow_walk_brings() {
    let leaping = stage(None);
    leaping.schedule(1_000, "test.every-second", "tick");
    assert_eq!(leaping.run(250_500), Some(251_000));
    let walking = stage(None);
    walking.schedule(1_000, "test.every-second", "tick");
    for second in 0..=250 {
        walking.run(second * 1_000 + 500);
    }
    assert_eq!(leaping.diary().len(), 250);
    assert_eq!(leaping.diary(), walking.diary());
}

#[test]
fn what_fails_is_undone_put_off_and_holds_nothing_up() {
    let stage = stage(None);
    stage.schedule(0, "test.fails", "oops");
    stage.schedule(0, "test.panics", "ouch");
    stage.schedule(1, "test.once", "tea");
    assert_eq!(stage.run(500), Some(1_500));
    assert_eq!(stage.diary(), ["tea at 1"]);
    assert_eq!(stage.run(1_500), Some(3_500));
    assert_eq!(stage.run(3_500), Some(7_500));
    assert_eq!(stage.run(1_000_000_000), Some(1_000_008_000));
    assert_eq!(stage.diary(), ["tea at 1"]);
}

#[test]
fn a_reopened_file_does_what_became_due_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cloud.db");
    let first = stage(Some(&path));
    first.schedule(1_000, "test.once", "bread");
    first.schedule(60_000, "test.once", "tea");
    first.run(1_000);
    drop(first);
    let second = stage(Some(&path));
    assert_eq!(second.run(3_600_000), None);
    assert_eq!(second.diary(), ["bread at 1000", "tea at 60000"]);
}

#[test]
fn work_that_nests_deep_is_read_again() {
    let stage = stage(None);
    let deep = (0..200).fold(Value::Null, |inner, _| Value::Array(vec![inner]));
    stage.within(|tx| tx.schedule(NOON + 1, "test.once", "deep", &stage.scope, &deep));
    assert_eq!(stage.run(1), None);
    assert_eq!(stage.diary(), ["deep at 1"]);
}

#[test]
fn work_that_cannot_be_read_is_set_aside() {
    let stage = stage(None);
    stage.within(|tx| tx.put(&Scope::global(), WORK, "0/broken", &"no work"));
    stage.schedule(1, "test.once", "tea");
    assert_eq!(stage.run(1), None);
    assert_eq!(stage.diary(), ["tea at 1"]);
    let broken: Option<String> = stage.within(|tx| tx.get(&Scope::global(), BROKEN, "0/broken"));
    assert_eq!(broken.unwrap(), "\"no work\"");
}

/// An hour ahead, once, when it was told to be.
#[derive(Default)]
struct Ahead(std::sync::atomic::AtomicI64);

impl crate::Clock for Ahead {
    fn now_ms(&self) -> i64 {
        NOON + self.0.swap(0, std::sync::atomic::Ordering::SeqCst)
    }
}

#[tokio::test]
async fn a_clock_that_is_set_back_ends_what_it_brought() {
    let clock = Arc::new(Ahead::default());
    let options = Options {
        clock: clock.clone(),
        ..Options::in_memory()
    };
    let cloud = LocalCloud::open(options).unwrap();
    let Stage { scope, .. } = stage(None);
    let work = |tx: &Tx<'_>| tx.schedule(NOON + 1_000, "test.once", "tea", &scope, &());
    cloud.inner.store.transact(work).unwrap();
    clock
        .0
        .store(3_600_000, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(cloud.run_due().await.unwrap(), Some(NOON + 1_000));
    let (diary, _) = cloud.inner.store.transact(|tx| diary(&scope, tx)).unwrap();
    assert!(diary.is_empty());
}

#[tokio::test]
async fn time_passes_when_nobody_asks() {
    let stage = stage(None);
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let keeper = stage.cloud.clone();
    let keeping = tokio::spawn(async move {
        keeper
            .keep_time(async {
                let _ = stopped.await;
            })
            .await;
    });
    stage.cloud.drive_clock(DrivenClock::stop).await.unwrap();
    stage.schedule(0, "test.once", "tea");
    while stage.diary().is_empty() {
        tokio::task::yield_now().await;
    }
    stage.schedule(3_600_000, "test.once", "bread");
    let hour = Duration::from_secs(3_600);
    let driven = stage.cloud.drive_clock(|clock| clock.step(hour)).await;
    driven.unwrap().unwrap();
    assert_eq!(stage.diary(), ["tea at 0", "bread at 3600000"]);
    stop.send(()).unwrap();
    keeping.await.unwrap();
}
