use datamesh_actor::Named;
use serde::{Deserialize, Serialize};

use super::entry::Entry;
use super::record::{ApprovalRecord, Delegation, Yes};
use super::status::Status;

/// What can happen to an approval. Each but the last two has its entry in the history.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Event {
    /// It was asked for.
    Opened {
        /// The record as it starts.
        record: Box<ApprovalRecord>,
        /// The token of the task that waits.
        task_token: String,
        /// Its entry.
        entry: Entry,
    },
    /// The stage of the entry opened.
    StageOpened {
        /// Its entry.
        entry: Entry,
    },
    /// Somebody said yes in the stage of the entry.
    Approved {
        /// The yes.
        yes: Yes,
        /// Its entry.
        entry: Entry,
    },
    /// Somebody took back their yes in the stage of the entry.
    Withdrawn {
        /// Whose yes.
        by: crate::Person,
        /// Its entry.
        entry: Entry,
    },
    /// Somebody lets another decide for them.
    Delegated {
        /// Who, and whom.
        delegation: Delegation,
        /// Its entry.
        entry: Entry,
    },
    /// Somebody said something.
    Commented {
        /// Its entry.
        entry: Entry,
    },
    /// It went to more people, in the stage of the entry.
    Escalated {
        /// Its entry.
        entry: Entry,
    },
    /// It is over.
    Ended {
        /// How.
        status: Status,
        /// Why; may be empty.
        reason: String,
        /// Its entry.
        entry: Entry,
    },
    /// The execution knows of the end, or needs not know any more.
    ExecutionTold,
    /// The execution would not hear of the end.
    ExecutionNotTold {
        /// `CODE: a sentence`.
        reason: String,
    },
}

impl Event {
    /// Its entry in the history.
    pub fn entry(&self) -> Option<&Entry> {
        match self {
            Self::Opened { entry, .. }
            | Self::StageOpened { entry }
            | Self::Approved { entry, .. }
            | Self::Withdrawn { entry, .. }
            | Self::Delegated { entry, .. }
            | Self::Commented { entry }
            | Self::Escalated { entry }
            | Self::Ended { entry, .. } => Some(entry),
            Self::ExecutionTold | Self::ExecutionNotTold { .. } => None,
        }
    }
}

impl Named for Event {
    fn name(&self) -> &'static str {
        match self {
            Self::Opened { .. } => "ApprovalOpened",
            Self::StageOpened { .. } => "StageOpened",
            Self::Approved { .. } => "Approved",
            Self::Withdrawn { .. } => "Withdrawn",
            Self::Delegated { .. } => "Delegated",
            Self::Commented { .. } => "Commented",
            Self::Escalated { .. } => "Escalated",
            Self::Ended { .. } => "ApprovalEnded",
            Self::ExecutionTold => "ExecutionTold",
            Self::ExecutionNotTold { .. } => "ExecutionNotTold",
        }
    }
}
