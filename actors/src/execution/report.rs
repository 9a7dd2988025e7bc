use serde::{Deserialize, Serialize};

use super::status::ExecutionStatus;

/// How far an execution is, as it tells its promotion: all there is, so that a report that is lost or comes
/// late takes nothing away.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Grows from report to report.
    pub number: u64,
    /// The states that it is in.
    pub current_states: Vec<String>,
    /// The last approval that it opened.
    pub approval_id: Option<String>,
    /// What was decided, once everybody who is needed said yes.
    pub approved: Option<Approved>,
    /// The deployments that it made, oldest first.
    pub deployment_ids: Vec<String>,
    /// Its end.
    pub end: Option<End>,
}

/// An approval that ended with a yes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approved {
    /// Who said yes.
    pub approved_by: Vec<String>,
    /// What they said.
    pub reason: String,
}

/// How an execution ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// Never [`ExecutionStatus::Running`].
    pub status: ExecutionStatus,
    /// The error's name; empty if it succeeded.
    pub error: String,
    /// What happened.
    pub cause: String,
}

impl Report {
    /// Whether it tells the same, whatever its number.
    pub(super) fn tells_the_same(&self, other: &Self) -> bool {
        let numbered = |report: &Self| Self {
            number: 0,
            ..report.clone()
        };
        numbered(self) == numbered(other)
    }
}
