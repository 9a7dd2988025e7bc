use serde_json::value::RawValue;

use crate::commit::{Cause, Commit, CommitId, Receipt, ViewChange, WorkChange};
use crate::entity::EntityKey;

/// A commit as text, ready to be bound to statements. The caller's thread makes it, so that the one
/// writer thread does only what it alone can do.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) entity: EntityKey,
    pub(super) expected: u64,
    pub(super) parent: Option<CommitId>,
    pub(super) commit_id: CommitId,
    pub(super) commit_id_text: String,
    pub(super) at_ms: i64,
    pub(super) cause: Cause,
    /// The cause's trace as JSON, unless it is empty.
    pub(super) trace: Option<String>,
    pub(super) events: String,
    pub(super) receipt: Option<Receipt>,
    pub(super) work: Vec<WorkChange>,
    pub(super) views: Vec<PreparedView>,
    pub(super) snapshot: Option<Box<RawValue>>,
    /// About how many bytes it adds to a transaction.
    pub(super) size: usize,
}

/// A view's change, and its fields, sorted and without repeats, as JSON (`[["owner","team-a"]]`).
#[derive(Debug)]
pub(super) struct PreparedView {
    pub(super) change: ViewChange,
    pub(super) fields: String,
}

impl Prepared {
    pub(super) fn new(commit: Commit) -> serde_json::Result<Self> {
        let events = serde_json::to_string(&commit.events)?;
        let trace = (!commit.cause.trace.is_empty())
            .then(|| serde_json::to_string(&commit.cause.trace))
            .transpose()?;
        let views = Self::views(commit.views)?;
        let size = events.len()
            + trace.as_ref().map_or(0, String::len)
            + commit.receipt.as_ref().map_or(0, |r| r.reply.get().len())
            + commit.work.iter().map(work_size).sum::<usize>()
            + views.iter().map(PreparedView::size).sum::<usize>()
            + commit.snapshot.as_ref().map_or(0, |s| s.get().len());
        Ok(Self {
            entity: commit.entity,
            expected: commit.expected,
            parent: commit.parent,
            commit_id: commit.commit_id,
            commit_id_text: commit.commit_id.to_string(),
            at_ms: commit.at_ms,
            cause: commit.cause,
            trace,
            events,
            receipt: commit.receipt,
            work: commit.work,
            views,
            snapshot: commit.snapshot,
            size,
        })
    }

    pub(super) fn views(views: Vec<ViewChange>) -> serde_json::Result<Vec<PreparedView>> {
        views.into_iter().map(PreparedView::new).collect()
    }
}

impl PreparedView {
    fn new(mut change: ViewChange) -> serde_json::Result<Self> {
        let fields = match &mut change {
            ViewChange::Put { fields, .. } => {
                fields.sort();
                fields.dedup();
                serde_json::to_string(fields)?
            }
            ViewChange::Delete { .. } => String::new(),
        };
        Ok(Self { change, fields })
    }

    fn size(&self) -> usize {
        match &self.change {
            ViewChange::Put { doc, .. } => doc.get().len() + self.fields.len(),
            ViewChange::Delete { .. } => 0,
        }
    }
}

fn work_size(change: &WorkChange) -> usize {
    match change {
        WorkChange::Put(work) => work.data.get().len(),
        WorkChange::Remove(_) => 0,
    }
}
