use std::sync::Arc;

/// What goes first when there is too much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Priority {
    /// What can wait.
    #[default]
    Normal,
    /// What takes access away, and what was accepted before: it may use the reserve.
    High,
}

impl Priority {
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
