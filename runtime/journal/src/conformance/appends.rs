//! Appending: order, fences, repeats.

use crate::commit::{Appended, WorkKind};
use crate::entity::EntityKey;
use crate::error::AppendError;
use crate::journal::Journal;

use super::samples::{Writer, append, appended, document, receipt, submit, work};

/// An entity decides ahead of its commits in flight; they are written in that order.
pub async fn commits_of_an_entity_are_numbered_in_the_order_of_their_appends(
    journal: &dyn Journal,
) {
    let (writer, entity) = (Writer::new(1), EntityKey::new("order", "1"));
    let fates: Vec<_> = (0..200)
        .map(|expected| submit(journal, writer.commit(&entity, expected)))
        .collect();
    for (fate, seq) in fates.into_iter().zip(1..) {
        assert_eq!(fate.await.unwrap().unwrap(), appended(seq));
    }
    let loaded = journal.load(&entity).await.unwrap();
    assert_eq!(loaded.seq, 200);
    let found: Vec<_> = loaded.commits.iter().map(|c| c.seq).collect();
    assert_eq!(found, (1..=200).collect::<Vec<_>>());
    for (commit, n) in loaded.commits.iter().zip(0..) {
        assert_eq!(
            commit.events[0].data.get(),
            format!("{{\"writer\":1,\"n\":{n}}}")
        );
        assert_eq!(commit.at_ms, 1_000);
        assert_eq!(commit.cause.what, "command Write");
    }
}

/// Two writers know of the same commits; whichever comes second is refused and told what is there.
pub async fn of_two_writers_one_is_fenced(journal: &dyn Journal) {
    let (mine, theirs) = (Writer::new(1), Writer::new(2));
    let entity = EntityKey::new("fence", "1");
    let known = mine.commit(&entity, 0);
    theirs.learn(&known);
    append(journal, known).await.unwrap();
    let first = submit(journal, theirs.commit(&entity, 1));
    let second = submit(journal, mine.commit(&entity, 1));
    assert_eq!(first.await.unwrap().unwrap(), appended(2));
    assert_fenced(second.await.unwrap(), 1, 2);
    let loaded = journal.load(&entity).await.unwrap();
    let events: Vec<_> = loaded
        .commits
        .iter()
        .map(|c| c.events[0].data.get())
        .collect();
    assert_eq!(events, ["{\"writer\":1,\"n\":0}", "{\"writer\":2,\"n\":0}"]);
}

/// A writer that knows of commits that are not there is refused, for new entities too.
pub async fn a_commit_ahead_of_the_journal_is_fenced(journal: &dyn Journal) {
    let (writer, entity) = (Writer::new(1), EntityKey::new("ahead", "1"));
    assert_fenced(append(journal, writer.commit(&entity, 5)).await, 5, 0);
    assert_fenced(
        append(journal, writer.commit(&entity, u64::MAX)).await,
        u64::MAX,
        0,
    );
    append(journal, writer.commit(&entity, 0)).await.unwrap();
    assert_fenced(append(journal, writer.commit(&entity, 2)).await, 2, 1);
    assert_eq!(journal.load(&entity).await.unwrap().seq, 1);
}

/// The same commit again, at once or after others, is "there already" and is there once.
pub async fn a_repeat_of_ones_own_commit_is_told_from_a_fence(journal: &dyn Journal) {
    let (mine, theirs) = (Writer::new(1), Writer::new(2));
    let entity = EntityKey::new("repeat", "1");
    let mut commit = mine.commit(&entity, 0);
    theirs.learn(&commit);
    commit.receipt = Some(receipt("c1"));
    let first = submit(journal, commit.clone());
    let at_once = submit(journal, commit.clone());
    assert_eq!(first.await.unwrap().unwrap(), appended(1));
    let repeated = Appended {
        seq: 1,
        repeated: true,
    };
    assert_eq!(at_once.await.unwrap().unwrap(), repeated);
    append(journal, theirs.commit(&entity, 1)).await.unwrap();
    assert_eq!(append(journal, commit).await.unwrap(), repeated);
    let loaded = journal.load(&entity).await.unwrap();
    assert_eq!(loaded.commits.len(), 2);
    assert_eq!(loaded.receipts.len(), 1);
}

/// A writer decides ahead: after its first commit, four more are in flight, each standing on the one
/// before. Somebody else wrote number 2, so the row is refused from there to its end, also where its
/// numbers happen to be right.
pub async fn what_stands_on_a_refused_commit_is_refused(journal: &dyn Journal) {
    let (mine, theirs) = (Writer::new(1), Writer::new(2));
    let entity = EntityKey::new("stale", "1");
    let first = mine.commit(&entity, 0);
    theirs.learn(&first);
    append(journal, first).await.unwrap();
    let other = submit(journal, theirs.commit(&entity, 1));
    let row: Vec<_> = (1..5)
        .map(|expected| submit(journal, mine.commit(&entity, expected)))
        .collect();
    assert_eq!(other.await.unwrap().unwrap(), appended(2));
    for (fate, expected) in row.into_iter().zip(1..) {
        assert_fenced(fate.await.unwrap(), expected, 2);
    }
    let loaded = journal.load(&entity).await.unwrap();
    assert_eq!(loaded.seq, 2);
    assert_eq!(loaded.head, Some(loaded.commits[1].commit_id));
    append(journal, theirs.commit(&entity, 2)).await.unwrap();
}

/// A commit with the right number stands on the commit of that number, or not at all.
pub async fn a_commit_with_another_parent_is_fenced(journal: &dyn Journal) {
    let (mine, theirs) = (Writer::new(1), Writer::new(2));
    let entity = EntityKey::new("parent", "1");
    let mut orphan = mine.commit(&entity, 0);
    orphan.parent = Some(theirs.commit(&entity, 0).commit_id);
    assert_fenced(append(journal, orphan).await, 0, 0);
    append(journal, mine.commit(&entity, 0)).await.unwrap();
    for parent in [None, Some(theirs.commit(&entity, 0).commit_id)] {
        let mut stray = mine.commit(&entity, 1);
        stray.parent = parent;
        assert_fenced(append(journal, stray).await, 1, 1);
    }
    let head = journal.load(&entity).await.unwrap().head;
    let mut next = theirs.commit(&entity, 1);
    next.parent = head;
    assert_eq!(append(journal, next).await.unwrap(), appended(2));
}

/// A refused commit leaves no receipt, work, view or snapshot; commits around it are written.
pub async fn a_refused_commit_changes_nothing_and_hinders_nobody(journal: &dyn Journal) {
    let (mine, theirs) = (Writer::new(1), Writer::new(2));
    let entity = EntityKey::new("refused", "1");
    append(journal, theirs.commit(&entity, 0)).await.unwrap();

    let mut refused = mine.commit(&entity, 0);
    refused.receipt = Some(receipt("refused"));
    refused.work = vec![work("refused", WorkKind::Effect, Some(1))];
    refused.views = vec![document("refused", "a", &[("owner", "x")], "1")];
    refused.snapshot = Some(super::json("{\"refused\":true}"));
    let before: Vec<_> = (0..20)
        .map(|n| EntityKey::new("around", format!("before-{n}")))
        .map(|key| submit(journal, mine.commit(&key, 0)))
        .collect();
    let fate = submit(journal, refused);
    let after: Vec<_> = (0..20)
        .map(|n| EntityKey::new("around", format!("after-{n}")))
        .map(|key| submit(journal, mine.commit(&key, 0)))
        .collect();

    assert_fenced(fate.await.unwrap(), 0, 1);
    for fate in before.into_iter().chain(after) {
        assert_eq!(fate.await.unwrap().unwrap(), appended(1));
    }
    let loaded = journal.load(&entity).await.unwrap();
    assert_eq!(loaded.seq, 1);
    assert!(loaded.receipts.is_empty());
    assert!(loaded.work.is_empty());
    assert!(loaded.snapshot.is_none());
    assert!(journal.view("projects", "refused").await.unwrap().is_none());
    assert!(
        journal
            .due(WorkKind::Effect, 10, None, 10)
            .await
            .unwrap()
            .is_empty()
    );
}

/// Settling or pausing work need not change the state.
pub async fn a_commit_without_events_is_a_commit(journal: &dyn Journal) {
    let (writer, entity) = (Writer::new(1), EntityKey::new("quiet", "1"));
    let mut commit = writer.commit(&entity, 0);
    commit.events.clear();
    commit.cause.by = Some("operator".to_owned());
    assert_eq!(append(journal, commit).await.unwrap(), appended(1));
    let loaded = journal.load(&entity).await.unwrap();
    assert!(loaded.commits[0].events.is_empty());
    assert_eq!(loaded.commits[0].cause.by.as_deref(), Some("operator"));
}

#[track_caller]
fn assert_fenced(fate: Result<Appended, AppendError>, knew: u64, has: u64) {
    match fate {
        Err(AppendError::Fenced { expected, actual }) => {
            assert_eq!((expected, actual), (knew, has));
        }
        other => panic!("a fence was expected, not {other:?}"),
    }
}
