//! The durable log under every actor: one trait, many backends.
//!
//! A [`Commit`] is everything that one decision of one entity changes: its events, the receipt of the
//! command that caused it, the work it asks for (effects and timers), the views that show it. It is
//! written whole or not at all, and it is *fenced*: it names how many commits the entity has, so of two
//! writers that both believe they own an entity only one can write, and it carries a [`CommitId`], so
//! that a repeat of one's own write is told from somebody else's.
//!
//! The trait is shaped so that a commit can be ONE conditional put of a key-value store: the item
//! `(entity, expected + 1)` with the condition that it does not exist holds the whole commit, and
//! receipts, work and views are derivable from it by repeating what it says. SQLite does it all in one
//! transaction ([`sqlite`]).
//!
//! This crate knows nothing of actors, data meshes or AWS.

mod commit;
#[cfg(feature = "conformance")]
pub mod conformance;
mod entity;
mod error;
#[cfg(feature = "conformance")]
pub mod intercepted;
mod journal;
mod query;
pub mod sqlite;

pub use commit::{
    Appended, Cause, Commit, CommitId, Committed, Loaded, Receipt, Record, Settled, Snapshot,
    Trace, ViewChange, Work, WorkChange, WorkKind,
};
pub use entity::{EntityHead, EntityKey, Mark, MarkKind};
pub use error::{AppendError, JournalError, OpenError};
pub use journal::{Done, Journal};
pub use query::{
    DueWork, EntityQuery, Page, Position, TailEntry, ViewQuery, ViewRow, WorkQuery, WorkRow,
};
