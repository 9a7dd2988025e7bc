use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::deployment_record::DeploymentRecord;
use super::record::{Deployed, EnvironmentStatus};

/// What a deployment is to reach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Goal {
    /// The stack is as the template says.
    #[default]
    Deploy,
    /// The difference is known.
    Preview,
    /// There is no stack.
    Remove,
}

/// A deployment under way: what it is to reach, and what is known so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Running {
    /// As it is shown.
    pub deployment: DeploymentRecord,
    /// What it is to reach.
    pub goal: Goal,
    /// What is to be deployed; empty where the stack is to go.
    pub wanted: Deployed,
    /// The parameters that keep the value that the stack has.
    pub keep: BTreeSet<String>,
    /// How the environment stood before, and why.
    pub before: (EnvironmentStatus, String),
    /// What the template needs to be acknowledged, once CloudFormation found it valid.
    pub capabilities: Option<Vec<String>>,
    /// The stack, as it was seen last; none before, and after it was asked to change.
    pub seen: Option<Seen>,
    /// The change set, once there is one.
    pub change_set: Option<ChangeSet>,
    /// What the change set shows.
    pub review: Option<Review>,
    /// Whether the change set is gone, or there is none that has to go.
    pub discarded: bool,
    /// Whether the change set is being executed, or the stack deleted: its end has to be awaited.
    pub following: bool,
    /// Whether CloudFormation has shown that it began.
    pub begun: bool,
    /// Whether the stack reached the wanted end.
    pub reached: bool,
    /// Whether datamesh's own part beside the stack is done.
    pub prefixes_done: bool,
    /// The event of the stack up to which all were seen.
    pub mark: Option<String>,
    /// Looks at the stack so far.
    pub looks: u32,
    /// How often the stack's way back was continued.
    pub recoveries: u32,
    /// How often the stack's deletion was asked for.
    pub deletions: u32,
    /// The resources that the deletion or the way back left as they were.
    pub left: Vec<String>,
    /// What stayed in the bucket because it is not ours.
    pub data_left: String,
    /// The first failure of a resource, with its reason.
    pub first_failure: Option<String>,
    /// Why it failed.
    pub failing: Option<String>,
    /// Whether the failure leaves the stack in a state that needs a person.
    pub broken: bool,
}

/// A change set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeSet {
    /// Its ARN.
    pub id: String,
    /// Whether it makes the stack.
    pub creates: bool,
}

/// What a change set shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Review {
    /// There is a difference.
    Differs,
    /// There is none.
    Same,
}

/// A stack, as it was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Its ARN; none if there is no stack.
    pub stack_id: Option<String>,
    /// CloudFormation's status; empty if there is no stack.
    pub status: String,
    /// Why, for people.
    pub reason: String,
    /// The resources whose last change or deletion failed, by their names in the template.
    pub failed: Vec<String>,
    /// The newest event of the stack.
    pub mark: Option<String>,
    /// Its outputs.
    pub outputs: BTreeMap<String, String>,
}

/// What can be done with a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    /// There is none, or none that was ever made.
    Absent,
    /// It can be updated.
    Whole,
    /// It can only be deleted.
    Dead,
    /// Its way back failed half-way.
    Stuck,
    /// CloudFormation is at it.
    Moving,
}

impl Condition {
    /// What a status means (CloudFormation user guide, "Stack status codes").
    pub(super) fn of(status: &str) -> Self {
        match status {
            "" | "DELETE_COMPLETE" | "REVIEW_IN_PROGRESS" => Self::Absent,
            "CREATE_COMPLETE"
            | "UPDATE_COMPLETE"
            | "UPDATE_ROLLBACK_COMPLETE"
            | "IMPORT_COMPLETE"
            | "IMPORT_ROLLBACK_COMPLETE" => Self::Whole,
            "UPDATE_ROLLBACK_FAILED" | "IMPORT_ROLLBACK_FAILED" => Self::Stuck,
            "CREATE_FAILED" | "ROLLBACK_COMPLETE" | "ROLLBACK_FAILED" | "DELETE_FAILED"
            | "UPDATE_FAILED" => Self::Dead,
            _ => Self::Moving,
        }
    }
}

impl Seen {
    pub(super) fn condition(&self) -> Condition {
        Condition::of(&self.status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_of_a_stack_has_its_meaning() {
        for (status, meaning) in [
            ("", Condition::Absent),
            ("REVIEW_IN_PROGRESS", Condition::Absent),
            ("DELETE_COMPLETE", Condition::Absent),
            ("CREATE_COMPLETE", Condition::Whole),
            ("UPDATE_COMPLETE", Condition::Whole),
            ("UPDATE_ROLLBACK_COMPLETE", Condition::Whole),
            ("IMPORT_COMPLETE", Condition::Whole),
            ("IMPORT_ROLLBACK_COMPLETE", Condition::Whole),
            ("CREATE_FAILED", Condition::Dead),
            ("ROLLBACK_COMPLETE", Condition::Dead),
            ("ROLLBACK_FAILED", Condition::Dead),
            ("DELETE_FAILED", Condition::Dead),
            ("UPDATE_FAILED", Condition::Dead),
            ("UPDATE_ROLLBACK_FAILED", Condition::Stuck),
            ("IMPORT_ROLLBACK_FAILED", Condition::Stuck),
            ("CREATE_IN_PROGRESS", Condition::Moving),
            ("ROLLBACK_IN_PROGRESS", Condition::Moving),
            ("DELETE_IN_PROGRESS", Condition::Moving),
            ("UPDATE_IN_PROGRESS", Condition::Moving),
            ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", Condition::Moving),
            ("UPDATE_ROLLBACK_IN_PROGRESS", Condition::Moving),
            (
                "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
                Condition::Moving,
            ),
            ("IMPORT_IN_PROGRESS", Condition::Moving),
            ("IMPORT_ROLLBACK_IN_PROGRESS", Condition::Moving),
        ] {
            assert_eq!(Condition::of(status), meaning, "{status}");
        }
    }
}
