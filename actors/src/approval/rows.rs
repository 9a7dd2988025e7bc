//! What the lists show of an approval.

use datamesh_journal::ViewChange;
use serde::{Deserialize, Serialize};

use super::entry::sha256;
use super::record::{APPROVALS, ApprovalRecord};
use crate::row;

/// The list of the stages of all approvals: the specification's table `ApprovalWorkflows`.
pub const APPROVAL_STEPS: &str = "approval-steps";

/// A stage as the table has it; a document of [`APPROVAL_STEPS`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StepRecord {
    /// The approval.
    pub workflow_id: String,
    /// The stage's place, from 1.
    pub step_number: u32,
    /// The stage's name.
    pub step_name: String,
    /// PENDING, IN_PROGRESS, or how it ended.
    pub status: String,
    /// Who decided, or may decide: people, and groups as `group:…`, with commas between.
    pub approver: String,
    /// When it ends by itself, in milliseconds since the Unix epoch.
    pub deadline_ms: i64,
    /// The last comment of a decision.
    pub approval_comment: String,
    /// Whether it went to more people.
    pub escalation_required: bool,
}

/// The value of the field `inbox` for somebody with this e-mail address or user id.
pub fn inbox_user(name: &str) -> String {
    format!("user:{}", name.to_ascii_lowercase())
}

/// The value of the field `inbox` for the members of a group.
pub fn inbox_group(group: &str) -> String {
    format!("group:{group}")
}

/// The value of the field `taskToken`: the token itself is a secret.
pub fn token_digest(task_token: &str) -> String {
    sha256(task_token)
}

/// The row of the approval and those of its stages.
pub(super) fn of(record: &ApprovalRecord, task_token: &str) -> Vec<ViewChange> {
    let token = token_digest(task_token);
    let inbox = inbox(record);
    let mut fields = vec![
        ("status", record.status.as_str()),
        ("projectId", record.project_id.as_str()),
        ("executionId", record.execution_id.as_str()),
        ("taskToken", token.as_str()),
    ];
    fields.extend(inbox.iter().map(|name| ("inbox", name.as_str())));
    let own = row::put(
        APPROVALS,
        &record.approval_id,
        record.place(),
        &fields,
        record,
    );
    own.into_iter().chain(steps(record)).collect()
}

impl ApprovalRecord {
    /// Where it stands in [`APPROVALS`]: in the order of creation, each at a place of its own, so that a
    /// reader of several inboxes can merge them.
    pub fn place(&self) -> String {
        format!("{}-{}", row::by_creation(self.created_ms), self.approval_id)
    }
}

/// Who can decide now, but for who has done so already: a reader must still ask
/// [`ApprovalRecord::awaits`].
fn inbox(record: &ApprovalRecord) -> Vec<String> {
    let Some((stage, _)) = record.stage() else {
        return Vec::new();
    };
    let delegates = record
        .delegations
        .iter()
        .filter(|delegation| stage.admits(&delegation.from))
        .map(|delegation| inbox_user(&delegation.to));
    let users = stage.users.iter().map(|name| inbox_user(name));
    let groups = stage.groups.iter().map(|group| inbox_group(group));
    let mut names: Vec<String> = users.chain(groups).chain(delegates).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn steps(record: &ApprovalRecord) -> impl Iterator<Item = ViewChange> {
    let open = record.open_stage();
    record
        .stages
        .iter()
        .enumerate()
        .filter_map(move |(index, stage)| {
            let complete = stage.is_complete();
            let status = match record.status {
                _ if complete => "APPROVED",
                status if status.is_open() && open != Some(index) => "PENDING",
                status if status.is_open() => "IN_PROGRESS",
                status => status.as_str(),
            };
            let decided: Vec<&str> = stage.yeses.iter().map(|yes| yes.by.name()).collect();
            let step = StepRecord {
                workflow_id: record.approval_id.clone(),
                step_number: u32::try_from(index).ok()? + 1,
                step_name: stage.name.clone(),
                status: status.to_owned(),
                approver: match complete {
                    true => decided.join(", "),
                    false => stage.people(),
                },
                deadline_ms: record.deadline_ms,
                approval_comment: stage.comment.clone(),
                escalation_required: stage.escalated,
            };
            let key = format!("{}/{:02}", step.workflow_id, step.step_number);
            let fields = [
                ("workflowId", step.workflow_id.as_str()),
                ("status", step.status.as_str()),
            ];
            row::put(APPROVAL_STEPS, &key, key.clone(), &fields, &step)
        })
}
