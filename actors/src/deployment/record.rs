use std::collections::{BTreeMap, BTreeSet};

use datamesh_journal::ViewChange;
use serde::{Deserialize, Serialize};

use super::deployment_record::DeploymentRecord;
use crate::row;
use crate::world::Place;

/// The list of environments.
pub const ENVIRONMENTS: &str = "environments";

/// What is deployed, by the environment's id: the documents are [`Deployed`].
pub const DEPLOYED: &str = "deployed";

/// The environments that a project has, in the order of promotion.
pub const NAMES: [&str; 3] = ["dev", "staging", "prod"];

/// How an environment stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EnvironmentStatus {
    /// Nothing is deployed.
    #[default]
    Empty,
    /// A deployment is under way.
    Deploying,
    /// What was deployed last is there.
    Ready,
    /// The stack is in a state that needs a new deployment or a deletion.
    Broken,
    /// Being removed.
    Deleting,
}

impl EnvironmentStatus {
    /// Every status.
    pub const ALL: [Self; 5] = [
        Self::Empty,
        Self::Deploying,
        Self::Ready,
        Self::Broken,
        Self::Deleting,
    ];

    /// The name in the API: `READY`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Empty => "EMPTY",
            Self::Deploying => "DEPLOYING",
            Self::Ready => "READY",
            Self::Broken => "BROKEN",
            Self::Deleting => "DELETING",
        }
    }
}

/// What the last look for drift has shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DriftStatus {
    /// Nobody looked since the last deployment.
    #[default]
    NotChecked,
    /// Everything is as it was deployed.
    InSync,
    /// Something was changed beside the stack.
    Drifted,
}

impl DriftStatus {
    /// The name in the API: `IN_SYNC`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotChecked => "NOT_CHECKED",
            Self::InSync => "IN_SYNC",
            Self::Drifted => "DRIFTED",
        }
    }
}

/// What is deployed, or is to be: all that the same deployment elsewhere needs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Deployed {
    /// The template's text, JSON or YAML.
    pub template: String,
    /// The parameters that were asked for, without those that datamesh gives. The value of one with
    /// `NoEcho` is [`super::MASK`].
    pub parameters: BTreeMap<String, String>,
    /// SHA-256 of both, in hexadecimal.
    pub digest: String,
    /// The blueprint it was made from; empty if the template came with the request.
    pub blueprint: String,
}

/// An environment as it is shown: the reply to its commands, and its document in [`ENVIRONMENTS`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EnvironmentRecord {
    /// `{project_id}.{environment}`.
    pub environment_id: String,
    /// The project.
    pub project_id: String,
    /// One of [`NAMES`].
    pub environment: String,
    /// How it stands.
    pub status: EnvironmentStatus,
    /// `CODE: a sentence`, where the status needs saying why; else empty.
    pub status_reason: String,
    /// `datamesh-{project_id}-{environment}`.
    pub stack_name: String,
    /// The stack, while there is one.
    pub cfn_stack_id: Option<String>,
    /// The account and region of the stack, once the project told them.
    pub place: Option<Place>,
    /// The last deployment that succeeded, while what it made is there.
    pub deployment_id: Option<String>,
    /// The digest of what is deployed; empty if nothing is.
    pub digest: String,
    /// The deployment under way.
    pub running_deployment_id: Option<String>,
    /// The promotion that holds it.
    pub held_by: Option<String>,
    /// The promotions that promote from it.
    pub pinned_by: BTreeSet<String>,
    /// The stack's outputs.
    pub outputs: BTreeMap<String, String>,
    /// What the last look for drift has shown.
    pub drift_status: DriftStatus,
    /// When that was, in milliseconds since the Unix epoch.
    pub drift_checked_ms: Option<i64>,
    /// When it was first heard of, in milliseconds since the Unix epoch.
    pub created_ms: i64,
    /// When it last changed, in milliseconds since the Unix epoch.
    pub updated_ms: i64,
    /// Grows with every change that can be seen; the etag is its decimal text.
    pub version: u64,
    /// What is deployed. In replies only, while a promotion has a pin; the list is without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployed: Option<Deployed>,
    /// The deployment under way, or the last one, without its changes and events. In replies only: the list is
    /// without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest: Option<Box<DeploymentRecord>>,
}

impl Deployed {
    /// Its row in [`DEPLOYED`], under the environment's id.
    pub(super) fn row(&self, environment_id: &str) -> Option<ViewChange> {
        row::put(DEPLOYED, environment_id, String::new(), &[], self)
    }
}

impl EnvironmentRecord {
    /// The record of an environment of which nothing is known but its id.
    pub(super) fn new(id: &str) -> Self {
        let (project_id, environment) = id.rsplit_once('.').unwrap_or((id, ""));
        Self {
            environment_id: id.to_owned(),
            project_id: project_id.to_owned(),
            environment: environment.to_owned(),
            stack_name: format!("datamesh-{project_id}-{environment}"),
            ..Self::default()
        }
    }

    /// Its row; an environment in which nothing is, and which nobody holds, has none.
    pub(super) fn row(&self, attached: bool) -> Option<ViewChange> {
        let used = attached
            || self.status != EnvironmentStatus::Empty
            || self.held_by.is_some()
            || !self.pinned_by.is_empty();
        if !used {
            return Some(row::delete(ENVIRONMENTS, &self.environment_id));
        }
        row::put(
            ENVIRONMENTS,
            &self.environment_id,
            row::by_creation(self.created_ms),
            &[
                ("projectId", &self.project_id),
                ("environment", &self.environment),
                ("heldBy", self.held_by.as_deref().unwrap_or_default()),
            ],
            self,
        )
    }
}

/// The id of an environment's actor.
pub fn environment_id(project_id: &str, environment: &str) -> String {
    format!("{project_id}.{environment}")
}
