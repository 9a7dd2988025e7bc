use std::collections::HashMap;

use parking_lot::Mutex;
use serde_json::value::RawValue;
use tokio::sync::oneshot;

use crate::commit::{
    Appended, Cause, Commit, CommitId, Receipt, Record, ViewChange, Work, WorkChange, WorkKind,
};
use crate::entity::EntityKey;
use crate::error::AppendError;
use crate::journal::Journal;

/// Somebody who believes to own entities. Its commit ids are its own.
#[derive(Debug)]
pub struct Writer {
    name: u64,
    memory: Mutex<Memory>,
}

#[derive(Debug, Default)]
struct Memory {
    commits: u64,
    /// The commit that the writer takes for an entity's number `seq`.
    known: HashMap<(EntityKey, u64), CommitId>,
}

impl Writer {
    /// A writer; two with the same name would make the same commit ids.
    pub fn new(name: u64) -> Self {
        Self {
            name,
            memory: Mutex::default(),
        }
    }

    /// A commit with one event and nothing else, decided when `expected` commits were known: the
    /// writer's own, or those that it has learned.
    pub fn commit(&self, entity: &EntityKey, expected: u64) -> Commit {
        let mut memory = self.memory.lock();
        let number = memory.commits;
        memory.commits += 1;
        let id = (u128::from(self.name) << 64) | u128::from(number);
        let commit = Commit {
            entity: entity.clone(),
            expected,
            parent: memory.known.get(&(entity.clone(), expected)).copied(),
            commit_id: CommitId(id.to_be_bytes()),
            at_ms: 1_000,
            cause: Cause {
                what: "command Write".to_owned(),
                ..Cause::default()
            },
            events: vec![event(&format!(
                "{{\"writer\":{},\"n\":{number}}}",
                self.name
            ))],
            receipt: None,
            work: Vec::new(),
            views: Vec::new(),
            snapshot: None,
        };
        memory.learn(&commit);
        commit
    }

    /// Takes note of somebody else's commit.
    pub fn learn(&self, commit: &Commit) {
        self.memory.lock().learn(commit);
    }
}

impl Memory {
    fn learn(&mut self, commit: &Commit) {
        let seq = commit.expected.saturating_add(1);
        self.known
            .insert((commit.entity.clone(), seq), commit.commit_id);
    }
}

/// Any JSON text.
pub fn json(text: &str) -> Box<RawValue> {
    RawValue::from_string(text.to_owned()).expect("the sample is JSON")
}

/// Hands a commit in without waiting for its fate.
pub fn submit(
    journal: &dyn Journal,
    commit: Commit,
) -> oneshot::Receiver<Result<Appended, AppendError>> {
    let (sender, fate) = oneshot::channel();
    journal.append(
        commit,
        Box::new(move |result| sender.send(result).expect("the test waits for the answer")),
    );
    fate
}

/// Hands a commit in and waits for its fate.
pub async fn append(journal: &dyn Journal, commit: Commit) -> Result<Appended, AppendError> {
    submit(journal, commit)
        .await
        .expect("every append is answered")
}

pub(super) fn event(data: &str) -> Record {
    Record {
        name: "Written".to_owned(),
        data: json(data),
    }
}

pub(super) fn receipt(command_id: &str) -> Receipt {
    Receipt {
        command_id: command_id.to_owned(),
        fingerprint: u64::MAX - 7,
        reply: json("{\"ok\":true}"),
        at_ms: 2_000,
    }
}

pub(super) fn work(id: &str, kind: WorkKind, due_ms: Option<i64>) -> WorkChange {
    WorkChange::Put(Work {
        id: id.to_owned(),
        kind,
        due_ms,
        rank: Work::NORMAL,
        data: json("{\"do\":\"it\"}"),
    })
}

pub(super) fn ranked(id: &str, rank: u8, due_ms: i64) -> WorkChange {
    WorkChange::Put(Work {
        id: id.to_owned(),
        kind: WorkKind::Effect,
        due_ms: Some(due_ms),
        rank,
        data: json("1"),
    })
}

pub(super) fn document(key: &str, sort: &str, fields: &[(&str, &str)], doc: &str) -> ViewChange {
    ViewChange::Put {
        collection: "projects".to_owned(),
        key: key.to_owned(),
        sort: sort.to_owned(),
        fields: fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        doc: json(doc),
    }
}

pub(super) fn appended(seq: u64) -> Appended {
    Appended {
        seq,
        repeated: false,
    }
}
