use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::commit::{Committed, WorkKind};
use crate::entity::{EntityKey, MarkKind};

/// A place in the order of all commits of a journal; 0 is before the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Position(pub u64);

/// One commit in the order of all commits.
#[derive(Clone, Debug)]
pub struct TailEntry {
    /// Where it stands.
    pub position: Position,
    /// Whose it is.
    pub entity: EntityKey,
    /// The commit.
    pub commit: Committed,
}

/// One answer of a paged query.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Where to go on, if there is more.
    pub next: Option<String>,
}

/// Reads a view.
#[derive(Clone, Debug, Default)]
pub struct ViewQuery {
    /// Which view.
    pub collection: String,
    /// Every one of these fields must have this value.
    pub fields: Vec<(String, String)>,
    /// Only rows whose `sort` is this or greater; empty for no bound.
    pub from: String,
    /// Only rows whose `sort` is less than this; empty for no bound.
    pub until: String,
    /// Newest first (descending order of (`sort`, `key`)) instead of oldest first.
    pub descending: bool,
    /// A [`Page::next`] of the same query.
    pub after: Option<String>,
    /// At most this many rows; 0 means the backend's default of 50, and 1,000 is the most.
    pub limit: usize,
}

/// A document of a view.
#[derive(Clone, Debug)]
pub struct ViewRow {
    /// Its key.
    pub key: String,
    /// Its place.
    pub sort: String,
    /// The document.
    pub doc: Box<RawValue>,
}

/// Work that has come due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueWork {
    /// Whose.
    pub entity: EntityKey,
    /// Its id within the entity.
    pub work_id: String,
    /// Effect or timer.
    pub kind: WorkKind,
    /// When, in milliseconds since the Unix epoch.
    pub due_ms: i64,
    /// The rank of the work.
    pub rank: u8,
}

/// Lists work, for the operator.
#[derive(Clone, Debug, Default)]
pub struct WorkQuery {
    /// Only this kind of work.
    pub kind: Option<WorkKind>,
    /// Only work of entities of this kind.
    pub entity_kind: Option<String>,
    /// Only what is paused.
    pub paused: bool,
    /// A [`Page::next`] of the same query.
    pub after: Option<String>,
    /// At most this many; 0 means 50, and 1,000 is the most.
    pub limit: usize,
}

/// One row of a [`WorkQuery`].
#[derive(Clone, Debug)]
pub struct WorkRow {
    /// Whose.
    pub entity: EntityKey,
    /// The work.
    pub work: crate::commit::Work,
}

/// Lists entities, for the operator.
#[derive(Clone, Debug, Default)]
pub struct EntityQuery {
    /// Only this kind.
    pub kind: Option<String>,
    /// Only those with this mark.
    pub mark: Option<MarkKind>,
    /// Only those with paused effects.
    pub paused_effects: bool,
    /// A [`Page::next`] of the same query.
    pub after: Option<String>,
    /// At most this many; 0 means 50, and 1,000 is the most.
    pub limit: usize,
}
