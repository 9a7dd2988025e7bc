//! Two writers that both believe to own the same entities, in any interleaving: the journal does what a
//! list of commits in memory would do.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::HashMap;

use datamesh_journal::conformance::submit;
use datamesh_journal::sqlite::{Options, SqliteJournal};
use datamesh_journal::{AppendError, Appended, Cause, Commit, CommitId, EntityKey, Journal};
use proptest::prelude::*;

#[derive(Clone, Copy, Debug)]
enum Step {
    /// Decides ahead, on what it has written or believes to have written.
    Append,
    /// Sends its last commit again.
    Repeat,
    /// Forgets what it believed.
    Reload,
}

#[derive(Clone, Debug)]
struct Turn {
    writer: usize,
    entity: usize,
    step: Step,
}

fn turns() -> impl Strategy<Value = Vec<Turn>> {
    let step = prop_oneof![
        6 => Just(Step::Append),
        2 => Just(Step::Repeat),
        2 => Just(Step::Reload),
    ];
    let turn = (0..2_usize, 0..3_usize, step).prop_map(|(writer, entity, step)| Turn {
        writer,
        entity,
        step,
    });
    prop::collection::vec(turn, 1..80)
}

/// What a commit must be answered, given the commits that are there; writes it if it may be.
fn model(commits: &mut Vec<CommitId>, commit: &Commit) -> Result<Appended, (u64, u64)> {
    let there = commits.len() as u64;
    if commit.expected == there && commit.parent == commits.last().copied() {
        commits.push(commit.commit_id);
        return Ok(Appended {
            seq: there + 1,
            repeated: false,
        });
    }
    let place = usize::try_from(commit.expected).unwrap();
    if commits.get(place) == Some(&commit.commit_id) {
        return Ok(Appended {
            seq: commit.expected + 1,
            repeated: true,
        });
    }
    Err((commit.expected, there))
}

#[derive(Default)]
struct Belief {
    seq: u64,
    head: Option<CommitId>,
    last: Option<Commit>,
}

async fn play(turns: Vec<Turn>, batch: usize) {
    let folder = tempfile::tempdir().unwrap();
    let mut options = Options::new(folder.path().join("journal.db"));
    options.batch = batch;
    let journal = SqliteJournal::open(options).unwrap();
    let mut stored: HashMap<usize, Vec<CommitId>> = HashMap::new();
    let mut beliefs: HashMap<(usize, usize), Belief> = HashMap::new();
    let mut fates = Vec::new();
    for (number, turn) in turns.into_iter().enumerate() {
        let commits = stored.entry(turn.entity).or_default();
        let belief = beliefs.entry((turn.writer, turn.entity)).or_default();
        let commit = match turn.step {
            Step::Reload => {
                belief.seq = commits.len() as u64;
                belief.head = commits.last().copied();
                continue;
            }
            Step::Repeat => match belief.last.clone() {
                Some(commit) => commit,
                None => continue,
            },
            Step::Append => {
                let commit = Commit {
                    entity: EntityKey::new("two", turn.entity.to_string()),
                    expected: belief.seq,
                    parent: belief.head,
                    commit_id: CommitId((number as u128).to_be_bytes()),
                    at_ms: 1,
                    cause: Cause::default(),
                    events: Vec::new(),
                    receipt: None,
                    work: Vec::new(),
                    views: Vec::new(),
                    snapshot: None,
                };
                belief.seq += 1;
                belief.head = Some(commit.commit_id);
                belief.last = Some(commit.clone());
                commit
            }
        };
        let expected = model(commits, &commit);
        fates.push((expected, submit(&journal, commit)));
    }
    for (expected, fate) in fates {
        let fate = fate.await.unwrap().map_err(|e| match e {
            AppendError::Fenced { expected, actual } => (expected, actual),
            other => panic!("{other}"),
        });
        assert_eq!(fate, expected);
    }
    for (entity, commits) in stored {
        let key = EntityKey::new("two", entity.to_string());
        let history = journal.history(&key, 0, usize::MAX).await.unwrap();
        let found: Vec<_> = history.iter().map(|c| c.commit_id).collect();
        assert_eq!(found, commits);
    }
    journal.close().await;
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]

    #[test]
    fn answers_and_history_are_those_of_a_list_in_memory(
        turns in turns(),
        batch in prop_oneof![Just(1), Just(3), Just(1024)],
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(play(turns, batch));
    }
}
