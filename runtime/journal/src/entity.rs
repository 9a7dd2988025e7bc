use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Names one entity: its kind (`project`) and its id within the kind (`proj-8f3k…`).
///
/// Written `kind/id`. A kind is `[a-z][a-z0-9-]*`; an id is any text of 1 to 200 bytes without control
/// characters. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EntityKey {
    /// The kind of aggregate.
    pub kind: Arc<str>,
    /// The id, unique within the kind.
    pub id: Arc<str>,
}

impl EntityKey {
    /// Joins a kind and an id.
    pub fn new(kind: impl Into<Arc<str>>, id: impl Into<Arc<str>>) -> Self {
        Self {
            kind: kind.into(),
            id: id.into(),
        }
    }

    /// Reads `kind/id`; the id may itself contain slashes.
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, id) = text.split_once('/')?;
        (!kind.is_empty() && !id.is_empty()).then(|| Self::new(kind, id))
    }
}

impl fmt::Display for EntityKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.id)
    }
}

/// Why an entity does no work although it has some. Survives restarts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MarkKind {
    /// An operator stopped it.
    Paused,
    /// It panicked too often in a short time, or its process died too often while it decided.
    Quarantined,
}

/// A mark on an entity, set and lifted outside its own commits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// What holds the entity back.
    pub kind: MarkKind,
    /// A sentence for the operator.
    pub reason: String,
    /// What the entity was deciding on when it was stopped, where that is why: `command PublishAsset by ann`,
    /// `settled CreateProject`, `timer poll-listing`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// When, in milliseconds since the Unix epoch.
    pub at_ms: i64,
}

/// What the journal knows of an entity without loading it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntityHead {
    /// Which entity.
    pub key: EntityKey,
    /// How many commits it has.
    pub seq: u64,
    /// When the last one was written, in milliseconds since the Unix epoch.
    pub updated_ms: i64,
    /// Unsettled effects, paused ones included.
    pub effects: u32,
    /// Of these, the ones that wait for an operator.
    pub paused_effects: u32,
    /// Timers that have not fired.
    pub timers: u32,
    /// Pause or quarantine, if any.
    pub mark: Option<Mark>,
}
