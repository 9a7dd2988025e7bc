use datamesh_journal::ViewChange;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::status::ExecutionStatus;
use crate::row;

/// The list of executions.
pub const EXECUTIONS: &str = "executions";

/// An execution as it is shown: the reply to its commands and its document in [`EXECUTIONS`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExecutionRecord {
    /// `exec-…`.
    pub execution_id: String,
    /// The workflow's name.
    pub workflow: String,
    /// SHA-256 of the document that it runs, in hexadecimal.
    pub workflow_digest: String,
    /// How it stands.
    pub status: ExecutionStatus,
    /// What the document got as `$`.
    pub input: Value,
    /// What came out, when it has succeeded.
    pub output: Option<Value>,
    /// The error's name, when it has ended otherwise; else empty.
    pub error: String,
    /// What happened; else empty.
    pub cause: String,
    /// The states that it is in.
    pub current_states: Vec<String>,
    /// Who started it.
    pub started_by: String,
    /// What it belongs to: `promotion/prom-req-…`; empty if to nothing.
    pub owner: String,
    /// When it began, in milliseconds since the Unix epoch.
    pub start_ms: i64,
    /// When it ended, in milliseconds since the Unix epoch.
    pub end_ms: Option<i64>,
    /// How many events its history has.
    pub event_count: i64,
    /// Grows with every change that can be seen; the etag is its decimal text.
    pub version: u64,
}

impl ExecutionRecord {
    /// Its row; the row of one that has ended stays.
    pub(super) fn row(&self) -> Option<ViewChange> {
        row::put(
            EXECUTIONS,
            &self.execution_id,
            row::by_creation(self.start_ms),
            &[
                ("workflow", &self.workflow),
                ("status", self.status.as_str()),
                ("owner", &self.owner),
            ],
            self,
        )
    }
}
