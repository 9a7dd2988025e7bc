//! What a promotion tells the world.

use serde_json::{Value, json};

use super::{Promotion, PromotionRecord, Status};
use crate::mesh_event::instant;
use crate::turn::Turn;

/// The source of the events of promotions.
pub const SOURCE: &str = "management-app.promotions";

fn record(turn: &Turn<'_, Promotion>) -> PromotionRecord {
    turn.state.record.clone().unwrap_or_default()
}

fn detail(record: &PromotionRecord, more: Value) -> Value {
    let mut detail = json!({
        "requestId": record.request_id,
        "projectId": record.project_id,
        "sourceEnvironment": record.source_environment,
        "targetEnvironment": record.target_environment,
        "status": record.status.as_str(),
    });
    if let (Value::Object(detail), Value::Object(more)) = (&mut detail, more) {
        detail.extend(more);
    }
    detail
}

pub(super) fn requested(turn: &mut Turn<'_, Promotion>) {
    let record = record(turn);
    let more = json!({
        "createdBy": record.created_by,
        "createdAt": instant(record.created_ms),
    });
    turn.tell(SOURCE, "PromotionRequested", detail(&record, more));
}

pub(super) fn approved(turn: &mut Turn<'_, Promotion>) {
    let record = record(turn);
    let more = json!({
        "approvedBy": record.approved_by,
        "approvalReason": record.approval_reason,
        "approvedAt": instant(record.updated_ms),
    });
    turn.tell(SOURCE, "PromotionApproved", detail(&record, more));
}

pub(super) fn ended(turn: &mut Turn<'_, Promotion>) {
    let record = record(turn);
    let detail_type = match record.status {
        Status::Completed => "PromotionCompleted",
        Status::Rejected => "PromotionRejected",
        Status::Failed => "PromotionFailed",
        Status::Expired => "PromotionExpired",
        Status::Cancelled => "PromotionCancelled",
        Status::RolledBack => "PromotionRolledBack",
        Status::Pending | Status::Approved => return,
    };
    let more = json!({
        "reason": record.status_reason,
        "completedAt": instant(record.completed_ms.unwrap_or_default()),
    });
    turn.tell(SOURCE, detail_type, detail(&record, more));
}
