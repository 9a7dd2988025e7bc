use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How a task of a workflow ended that waited for its token (Step Functions `SendTaskSuccess`,
/// `SendTaskFailure`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum TaskEnd {
    /// Well.
    Succeeded {
        /// The task's result.
        output: Value,
    },
    /// With an error.
    Failed {
        /// The error's name: `Approval.Rejected`.
        error: String,
        /// What happened.
        cause: String,
    },
}
