//! What a pod wants done by whoever holds it.

use std::time::Duration;

use datamesh_journal::{Commit, EntityKey, Mark};

use super::attempt::{Ended, Try, Waiting};
use crate::engine::{Action, Tag};

/// What a pod wants done. Each is answered at most once, at any later time; never is what a crash looks like.
pub enum Wanted {
    /// Read the entity and call [`Pod::loaded`](super::Pod::loaded).
    Load(Load),
    /// Write the commit and call [`Pod::appended`](super::Pod::appended). Commits of a pod are to reach the journal
    /// in this order.
    Append {
        /// The commit.
        commit: Box<Commit>,
        /// What its fate is told with.
        ticket: Ticket,
    },
    /// Call [`Pod::line_up`](super::Pod::line_up) after the pause.
    Pause {
        /// The pause.
        after: Duration,
        /// The effect.
        effect: Waiting,
    },
    /// [`Try::run`] it and call [`Pod::ended`](super::Pod::ended).
    Try(Try),
    /// Call [`Pod::wake`](super::Pod::wake) after the pause.
    Wake {
        /// The pause.
        after: Duration,
        /// Who sleeps.
        sleeper: Sleeper,
    },
    /// Keep the mark in the journal, however long it takes, and call [`Pod::mark_kept`](super::Pod::mark_kept).
    Mark {
        /// Whose.
        key: EntityKey,
        /// The mark.
        mark: Mark,
    },
    /// Call [`Pod::ended`](super::Pod::ended) after the pause: there is no room for its commit just now, or it did
    /// not run.
    Later {
        /// The pause.
        after: Duration,
        /// The end.
        end: Ended,
    },
    /// A timer is due then (milliseconds since the Unix epoch): see that
    /// [`Pod::tell_due`](super::Pod::tell_due) is called.
    Arm {
        /// When.
        due_ms: i64,
    },
    /// The entity has a new durable commit.
    Changed {
        /// Which entity.
        key: EntityKey,
        /// The commit's number.
        seq: u64,
    },
}

/// An entity that is to be read.
pub struct Load {
    pub(super) key: EntityKey,
    pub(super) epoch: u64,
}

impl Load {
    /// Which entity.
    pub fn key(&self) -> &EntityKey {
        &self.key
    }
}

/// Says which commit of which life a fate is about.
#[derive(Clone)]
pub struct Ticket(pub(super) Tag);

impl Ticket {
    /// Whose commit.
    pub fn key(&self) -> &EntityKey {
        &self.0.key
    }
}

/// An entity that waits before it is read again.
pub struct Sleeper {
    pub(super) key: EntityKey,
    pub(super) epoch: u64,
}

impl From<Action> for Wanted {
    fn from(action: Action) -> Self {
        match action {
            Action::Load { key, epoch } => Self::Load(Load { key, epoch }),
            Action::Append { commit, tag } => Self::Append {
                commit,
                ticket: Ticket(tag),
            },
            Action::Start(task) => Self::Pause {
                after: task.after,
                effect: Waiting(task),
            },
            Action::Wake { key, epoch, after } => Self::Wake {
                after,
                sleeper: Sleeper { key, epoch },
            },
            Action::Mark { key, mark } => Self::Mark { key, mark },
            Action::Later {
                key,
                effect_id,
                result,
                after,
            } => Self::Later {
                after,
                end: Ended {
                    key,
                    effect_id,
                    result,
                    given_up: None,
                    had: None,
                    behalf: None,
                },
            },
            Action::Arm { due_ms } => Self::Arm { due_ms },
            Action::Changed { key, seq } => Self::Changed { key, seq },
        }
    }
}
