use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// What goes first when there is too much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Priority {
    /// What can wait.
    #[default]
    Normal,
    /// What takes access away, and what was accepted before: it may use the reserve.
    High,
}

impl Priority {
    pub(crate) fn is_normal(&self) -> bool {
        *self == Self::Normal
    }

    /// High work gets half as much again.
    pub(crate) fn of(self, places: usize) -> usize {
        match self {
            Self::Normal => places,
            Self::High => places.saturating_add((places / 2).max(1)),
        }
    }
}

/// In whose name something is asked; `None` is the system itself, one tenant among the others.
pub type Tenant = Option<Arc<str>>;
