#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;

use datamesh_journal::sqlite::{Options, SqliteJournal};
use datamesh_journal::{Cause, Commit, CommitId, Work, WorkChange};
use parking_lot::Mutex;
use serde_json::value::RawValue;
use tokio::sync::oneshot;

use super::*;

/// Takes the letters, and says whom they roused.
#[derive(Default)]
struct Roused(Mutex<Vec<String>>);

impl Post for Roused {
    async fn deliver(&self, key: &EntityKey, letter: Letter) {
        assert!(matches!(letter, Letter::Rouse { .. }));
        self.0.lock().push(key.id.to_string());
    }
}

impl Roused {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock())
    }
}

/// A journal in which each of these entities asked for effects of these ranks.
async fn journal(
    folder: &tempfile::TempDir,
    entities: impl IntoIterator<Item = (String, Vec<u8>)>,
) -> Arc<SqliteJournal> {
    let journal = SqliteJournal::open(Options::new(folder.path().join("journal.db"))).unwrap();
    let mut fates = Vec::new();
    for (number, (id, ranks)) in (0_u128..).zip(entities) {
        let put = |(effect, rank): (usize, u8)| {
            WorkChange::Put(Work {
                id: format!("1.{effect}-Do"),
                kind: WorkKind::Effect,
                due_ms: Some(1),
                rank,
                data: RawValue::NULL.to_owned(),
            })
        };
        let commit = Commit {
            entity: EntityKey::new("toy", id),
            expected: 0,
            parent: None,
            commit_id: CommitId(number.to_be_bytes()),
            at_ms: 1,
            cause: Cause::default(),
            events: Vec::new(),
            receipt: None,
            work: ranks.into_iter().enumerate().map(put).collect(),
            views: Vec::new(),
            snapshot: None,
        };
        let (sender, fate) = oneshot::channel();
        let done = move |result: Result<_, _>| drop(sender.send(result));
        journal.append(commit, Box::new(done));
        fates.push(fate);
    }
    for fate in fates {
        fate.await.unwrap().unwrap();
    }
    Arc::new(journal)
}

const PACE: Pace = Pace {
    first: 2,
    most: 8,
    pause: Duration::from_secs(1),
};

#[tokio::test]
async fn steps_grow_to_the_largest_and_take_everything_once() {
    let folder = tempfile::tempdir().unwrap();
    let all = (0..600).map(|n| (format!("{n:03}"), vec![1; n % 3 + 1]));
    let journal = journal(&folder, all).await;
    let (roused, mut pass) = (Roused::default(), Claim::new(PACE));
    let (mut sizes, mut seen) = (Vec::new(), Vec::new());
    while !pass.is_over() {
        pass.go_on(&*journal, &roused, 0).await.unwrap();
        assert_eq!(pass.present().len(), roused.0.lock().len());
        sizes.push(pass.present().len());
        seen.extend(roused.take());
    }
    assert_eq!(sizes[..5], [2, 4, 8, 8, 8]);
    assert_eq!(pass.claimed, 600);
    assert_eq!(
        seen,
        (0..600).map(|n| format!("{n:03}")).collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn what_takes_access_away_comes_first_and_what_looks_comes_last() {
    let folder = tempfile::tempdir().unwrap();
    let all = [
        ("look", vec![2]),
        ("make", vec![1]),
        ("revoke", vec![0]),
        ("both", vec![2, 0]),
    ];
    let all = all.map(|(id, ranks)| (id.to_owned(), ranks));
    let journal = journal(&folder, all).await;
    let (roused, mut pass) = (Roused::default(), Claim::new(PACE));
    pass.go_on(&*journal, &roused, 0).await.unwrap();
    assert_eq!(roused.take(), ["revoke", "both"]);
    pass.go_on(&*journal, &roused, 0).await.unwrap();
    assert_eq!(roused.take(), ["make", "look"], "the last one is in memory");
    assert!(pass.is_over());
}

#[tokio::test]
async fn a_step_waits_for_most_of_the_one_before_and_not_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    let all = (0..20).map(|n| (n.to_string(), vec![1]));
    let journal = journal(&folder, all).await;
    let (roused, mut pass) = (Roused::default(), Claim::new(PACE));
    for _ in 0..2 {
        pass.go_on(&*journal, &roused, 5_000).await.unwrap();
    }
    assert_eq!(pass.present().len(), 4);
    assert!(!pass.may_go_on(5_010, 4));
    assert!(!pass.may_go_on(5_010, 3));
    assert!(pass.may_go_on(5_010, 2), "half of it has ended");
    assert!(!pass.may_go_on(5_999, 4));
    assert!(pass.may_go_on(6_000, 4), "it had its time");
    assert!(pass.may_go_on(4_000, 4), "the clock was put back");
}

#[tokio::test]
async fn a_step_that_could_not_be_read_is_taken_again() {
    let folder = tempfile::tempdir().unwrap();
    let all = (0..5).map(|n| (n.to_string(), vec![1]));
    let journal = journal(&folder, all).await;
    let (roused, mut pass) = (Roused::default(), Claim::new(PACE));
    pass.go_on(&*journal, &roused, 0).await.unwrap();
    assert_eq!(roused.take(), ["0", "1"]);
    journal.close().await;
    assert!(pass.go_on(&*journal, &roused, 0).await.is_err());
    assert_eq!((roused.take().len(), pass.claimed), (0, 2));
    let again = SqliteJournal::open(Options::new(folder.path().join("journal.db"))).unwrap();
    pass.go_on(&again, &roused, 0).await.unwrap();
    assert_eq!(roused.take(), ["2", "3", "4"]);
    assert!(pass.is_over());
}

#[tokio::test]
async fn nothing_to_do_is_over_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal(&folder, []).await;
    let (roused, mut pass) = (Roused::default(), Claim::new(PACE));
    pass.go_on(&*journal, &roused, 0).await.unwrap();
    assert!(pass.is_over() && roused.take().is_empty());
}

#[tokio::test]
async fn the_pass_after_the_first_takes_everything_again_in_large_steps() {
    let folder = tempfile::tempdir().unwrap();
    let all = (0..10).map(|n| (n.to_string(), vec![1]));
    let journal = journal(&folder, all).await;
    let (roused, mut pass) = (Roused::default(), Claim::new(PACE));
    pass.again();
    pass.go_on(&*journal, &roused, 0).await.unwrap();
    assert_eq!(pass.present().len(), 2, "the first one is not over");
    while !pass.is_over() {
        pass.go_on(&*journal, &roused, 0).await.unwrap();
    }
    roused.take();
    pass.again();
    assert!(!pass.is_over());
    pass.go_on(&*journal, &roused, 0).await.unwrap();
    assert_eq!(roused.take().len(), 8);
    pass.go_on(&*journal, &roused, 0).await.unwrap();
    assert_eq!((roused.take().len(), pass.claimed), (2, 10));
}
