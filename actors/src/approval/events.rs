//! What an approval tells the world.

use serde_json::{Value, json};

use super::status::Status;
use super::{Approval, ApprovalRecord};
use crate::mesh_event::instant;
use crate::person::Person;
use crate::turn::Turn;

/// The source of the events of approvals.
pub const SOURCE: &str = "management-app.approvals";

/// Carries the hash of the newest entry of the history, so that who keeps the events can tell whether the history
/// was changed or cut since.
fn tell(turn: &mut Turn<'_, Approval>, detail_type: &str, more: &[(&str, Value)]) {
    let record = turn.state.record.clone().unwrap_or_default();
    let mut detail = json!({
        "approvalId": record.approval_id,
        "projectId": record.project_id,
        "executionId": record.execution_id,
        "subject": record.subject,
        "status": record.status.as_str(),
        "requestedBy": record.requested_by.name(),
        "digest": record.digest,
        "historyHash": turn.state.last_hash,
    });
    for (name, value) in more {
        detail[name] = value.clone();
    }
    turn.tell(SOURCE, detail_type, detail);
}

/// Who can decide in the stage that is open.
fn open_stage(record: Option<&ApprovalRecord>) -> [(&'static str, Value); 3] {
    let open = record.and_then(ApprovalRecord::stage);
    let stage = open.map(|(stage, _)| stage.clone()).unwrap_or_default();
    [
        ("stageName", json!(stage.name)),
        ("groups", json!(stage.groups)),
        ("users", json!(stage.users)),
    ]
}

pub(super) fn requested(turn: &mut Turn<'_, Approval>) {
    let record = turn.state.record.as_ref();
    let [name, groups, users] = open_stage(record);
    let deadline = instant(record.map_or(0, |record| record.deadline_ms));
    let deadline = ("approvalDeadline", json!(deadline));
    tell(turn, "ApprovalRequested", &[name, groups, users, deadline]);
}

pub(super) fn delegated(turn: &mut Turn<'_, Approval>) {
    let record = turn.state.record.as_ref();
    let Some(last) = record.and_then(|record| record.delegations.last()) else {
        return;
    };
    let from = ("delegatedBy", json!(last.from.name()));
    let to = ("delegatedTo", json!(last.to));
    tell(turn, "ApprovalDelegated", &[from, to]);
}

pub(super) fn withdrawn(turn: &mut Turn<'_, Approval>, by: &Person) {
    tell(
        turn,
        "ApprovalWithdrawn",
        &[("withdrawnBy", json!(by.name()))],
    );
}

pub(super) fn escalated(turn: &mut Turn<'_, Approval>) {
    let stage = open_stage(turn.state.record.as_ref());
    tell(turn, "ApprovalEscalated", &stage);
}

/// Told of the end, with who decided it; empty for nobody.
pub(super) fn ended(turn: &mut Turn<'_, Approval>, by: &str) {
    let record = turn.state.record.clone().unwrap_or_default();
    let reason = ("reason", json!(record.status_reason));
    let by = |name: &'static str| (name, json!(by));
    match record.status {
        Status::Approved => tell(
            turn,
            "ApprovalApproved",
            &[
                ("approvedBy", json!(record.approved_by())),
                ("approvalReason", json!(record.approval_reason())),
            ],
        ),
        Status::Rejected => tell(turn, "ApprovalRejected", &[by("rejectedBy"), reason]),
        Status::Expired => tell(turn, "ApprovalExpired", &[reason]),
        Status::Cancelled => tell(turn, "ApprovalCancelled", &[by("cancelledBy"), reason]),
        Status::Voided => tell(turn, "ApprovalVoided", &[reason]),
        Status::Pending | Status::InProgress => {}
    }
}
