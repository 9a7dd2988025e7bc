use datamesh_journal::ViewChange;
use serde::{Deserialize, Serialize};

use super::status::Status;
use crate::row;

/// The list of promotions.
pub const PROMOTIONS: &str = "promotions";

/// The field of [`PROMOTIONS`] that only promotions have that have not ended; see [`running`].
pub const RUNNING: &str = "running";

/// The value of [`RUNNING`] for a project and a target.
pub fn running(project_id: &str, target_environment: &str) -> String {
    format!("{project_id}.{target_environment}")
}

/// A promotion as it is shown: the reply to its commands and its document in [`PROMOTIONS`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PromotionRecord {
    /// `prom-req-…`.
    pub request_id: String,
    /// The project.
    pub project_id: String,
    /// Where it comes from.
    pub source_environment: String,
    /// Where it goes to.
    pub target_environment: String,
    /// How it stands.
    pub status: Status,
    /// `CODE: a sentence`, where the status needs saying why; else empty.
    pub status_reason: String,
    /// Who asked.
    pub created_by: String,
    /// Why it was asked for.
    pub comment: String,
    /// Who said yes.
    pub approved_by: Vec<String>,
    /// What they said.
    pub approval_reason: String,
    /// Why it was rejected.
    pub rejection_reason: String,
    /// SHA-256 of what is promoted, in hexadecimal; empty before it is known.
    pub digest: String,
    /// The execution of the workflow.
    pub execution_id: String,
    /// SHA-256 of the workflow's document, in hexadecimal.
    pub workflow_digest: String,
    /// The state that the workflow is in; empty before it begins and after its end.
    pub current_state: String,
    /// The approval, once it is asked for.
    pub approval_id: Option<String>,
    /// The deployments that it made, oldest first.
    pub deployment_ids: Vec<String>,
    /// When it was asked for, in milliseconds since the Unix epoch.
    pub created_ms: i64,
    /// When it last changed, in milliseconds since the Unix epoch.
    pub updated_ms: i64,
    /// When it ended, in milliseconds since the Unix epoch.
    pub completed_ms: Option<i64>,
    /// Grows with every change that can be seen; the etag is its decimal text.
    pub version: u64,
}

impl PromotionRecord {
    /// Its row; the row of one that has ended stays.
    pub(super) fn row(&self) -> Option<ViewChange> {
        let running = running(&self.project_id, &self.target_environment);
        let mut fields = vec![
            ("projectId", self.project_id.as_str()),
            ("status", self.status.as_str()),
            ("targetEnvironment", self.target_environment.as_str()),
        ];
        fields.extend(
            self.approved_by
                .iter()
                .map(|by| ("approvedBy", by.as_str())),
        );
        if !self.status.is_ended() {
            fields.push((RUNNING, running.as_str()));
        }
        row::put(
            PROMOTIONS,
            &self.request_id,
            row::by_creation(self.created_ms),
            &fields,
            self,
        )
    }
}
