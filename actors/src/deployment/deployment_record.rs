use std::collections::BTreeMap;

use datamesh_journal::ViewChange;
use serde::{Deserialize, Serialize};

use crate::row;

/// The list of deployments.
pub const DEPLOYMENTS: &str = "deployments";

/// The most events of its stack that a deployment keeps: the newest.
pub const MAX_EVENTS: usize = 200;

/// The most changed resources that a deployment shows.
pub const MAX_CHANGES: usize = 500;

/// How long the record of a deployment is worth keeping.
const EXPIRES_AFTER_MS: i64 = 365 * 24 * 60 * 60 * 1_000;

/// How a deployment stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DeploymentStatus {
    /// Under way.
    #[default]
    InProgress,
    /// Done.
    Success,
    /// Not done.
    Failed,
    /// The difference is known, and nothing was changed.
    Previewed,
}

impl DeploymentStatus {
    /// Every status.
    pub const ALL: [Self; 4] = [
        Self::InProgress,
        Self::Success,
        Self::Failed,
        Self::Previewed,
    ];

    /// The name in the API: `IN_PROGRESS`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InProgress => "IN_PROGRESS",
            Self::Success => "SUCCESS",
            Self::Failed => "FAILED",
            Self::Previewed => "PREVIEWED",
        }
    }
}

/// Which change of the stack a deployment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum StackChange {
    /// There was no stack.
    Create,
    /// The stack changes.
    Update,
    /// Nothing differs.
    None,
    /// The stack is deleted.
    Delete,
}

impl StackChange {
    /// The name in the API: `CREATE`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "CREATE",
            Self::Update => "UPDATE",
            Self::None => "NONE",
            Self::Delete => "DELETE",
        }
    }
}

/// One resource that a change set changes (CloudFormation `ResourceChange`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceChange {
    /// `Add`, `Modify`, `Remove`, `Import` or `Dynamic`.
    pub action: String,
    /// Its name in the template.
    pub logical_id: String,
    /// Its id in AWS, where it has one; else empty.
    pub physical_id: String,
    /// `AWS::S3::Bucket`.
    pub resource_type: String,
    /// `True`, `False`, `Conditional`, or empty.
    pub replacement: String,
    /// `Properties`, `Tags` and so on.
    pub scope: Vec<String>,
}

/// One event of a stack.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StackEvent {
    /// CloudFormation's id of it.
    pub event_id: String,
    /// When, in milliseconds since the Unix epoch.
    pub time_ms: i64,
    /// The resource's name in the template; the stack's own name for the stack.
    pub logical_id: String,
    /// `AWS::S3::Bucket`.
    pub resource_type: String,
    /// `CREATE_IN_PROGRESS`.
    pub status: String,
    /// Why; empty if nothing is said.
    pub reason: String,
}

/// A deployment as it is shown: its document in [`DEPLOYMENTS`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentRecord {
    /// `dep-…`.
    pub deployment_id: String,
    /// The environment's id.
    pub environment_id: String,
    /// The project.
    pub project_id: String,
    /// `dev`, `staging` or `prod`.
    pub environment: String,
    /// The stack, once it is known.
    pub cfn_stack_id: Option<String>,
    /// Who asked.
    pub deployed_by: String,
    /// How it stands.
    pub status: DeploymentStatus,
    /// What it is doing: `VALIDATE`, `CHANGE_SET`, `EXECUTE`, `FOLLOW`, `RECOVER`, `REPLACE`.
    pub step: String,
    /// When it began, in milliseconds since the Unix epoch.
    pub start_ms: i64,
    /// When it ended, in milliseconds since the Unix epoch.
    pub end_ms: Option<i64>,
    /// `CODE: a sentence`: why it failed; else empty.
    pub error_message: String,
    /// Why it was undone, where it was; else empty.
    pub rollback_reason: String,
    /// The stack's tags.
    pub tags: BTreeMap<String, String>,
    /// Which change of the stack it is, once that is known.
    pub change: Option<StackChange>,
    /// The difference, as the change set has it; at most [`MAX_CHANGES`].
    pub changes: Vec<ResourceChange>,
    /// The stack's outputs.
    pub outputs: BTreeMap<String, String>,
    /// What the stack went through, oldest first; the newest [`MAX_EVENTS`].
    pub events: Vec<StackEvent>,
    /// SHA-256 of template and parameters, in hexadecimal; empty where it deletes the stack.
    pub digest: String,
    /// The blueprint it was made from; empty if the template came with the request.
    pub blueprint: String,
    /// The parameters that were asked for; those with `NoEcho` are masked.
    pub parameters: BTreeMap<String, String>,
    /// Whether only the difference was asked for.
    pub dry_run: bool,
    /// The promotion that deploys, where one does; else empty.
    pub promotion_id: String,
    /// The deployment that this one undoes; empty if it undoes none.
    pub rolls_back: String,
    /// Grows with every change that can be seen; the etag is its decimal text.
    pub version: u64,
}

impl DeploymentRecord {
    /// Whether it has ended.
    pub fn is_ended(&self) -> bool {
        self.status != DeploymentStatus::InProgress
    }

    /// How long it took, or takes until now, in seconds.
    pub fn duration_s(&self) -> i64 {
        self.end_ms
            .map_or(0, |end_ms| (end_ms - self.start_ms).max(0) / 1_000)
    }

    /// When the record may be forgotten, in milliseconds since the Unix epoch.
    pub fn expires_ms(&self) -> i64 {
        self.start_ms.saturating_add(EXPIRES_AFTER_MS)
    }

    pub(super) fn row(&self) -> Option<ViewChange> {
        row::put(
            DEPLOYMENTS,
            &self.deployment_id,
            row::by_creation(self.start_ms),
            &[
                ("projectId", &self.project_id),
                ("environment", &self.environment),
                ("status", self.status.as_str()),
            ],
            self,
        )
    }
}
