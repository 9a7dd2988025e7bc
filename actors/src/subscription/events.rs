//! What a subscription tells the world: the bus, and the topic that owners and askers listen to.

use serde_json::{Value, json};

use super::effects::{Publish, SubscriptionEffect};
use super::{Subscription, SubscriptionRecord};
use crate::agreement::{AgreementStatus, Decision, Kind, Request, Verdict};
use crate::mesh_event::instant;
use crate::turn::Turn;

/// The source of the events of subscriptions.
pub const SOURCE: &str = "management-app.subscriptions";

type SubscriptionTurn<'c> = Turn<'c, Subscription>;

fn record(turn: &SubscriptionTurn<'_>) -> SubscriptionRecord {
    turn.state.record.clone().unwrap_or_default()
}

/// The newest request was made. The detail is the specification's, and no more.
pub(super) fn requested(turn: &mut SubscriptionTurn<'_>) {
    let record = record(turn);
    let request = record
        .agreement
        .requests
        .last()
        .cloned()
        .unwrap_or_default();
    let detail = json!({
        "requestId": record.subscription_id,
        "assetId": record.asset_id,
        "requestedBy": request.by.name(),
        "requestedAt": instant(request.at_ms),
    });
    tell(turn, &record, "SubscriptionRequested", detail);
}

/// A request was decided.
pub(super) fn decided(turn: &mut SubscriptionTurn<'_>, request: &Request, decision: &Decision) {
    let record = record(turn);
    let detail_type = match (decision.verdict, request.kind) {
        (Verdict::Approved, Kind::Renew) => "SubscriptionRenewed",
        (Verdict::Approved, Kind::Grant | Kind::Revoke) => "SubscriptionApproved",
        (Verdict::Denied, _) => "SubscriptionRejected",
        (Verdict::Cancelled, _) => "SubscriptionCancelled",
    };
    let mut more = json!({
        "kind": request.kind.as_str(),
        "decidedBy": decision.by.name(),
        "decidedAt": instant(decision.at_ms),
        "reason": decision.reason,
    });
    if decision.verdict == Verdict::Approved {
        more["validFrom"] = json!(instant(decision.window.from_ms));
        more["validUntil"] = json!(decision.window.until_ms.map(instant));
        more["columns"] = json!(decision.scope.columns);
        more["excludedColumns"] = json!(decision.scope.excluded);
        more["rowFilter"] = json!(decision.scope.row_filter);
    }
    let detail = detail(&record, more);
    tell(turn, &record, detail_type, detail);
}

/// Access is there.
pub(super) fn granted(turn: &mut SubscriptionTurn<'_>) {
    let record = record(turn);
    let more = json!({"shareId": record.share_id, "grantedAt": instant(record.updated_ms)});
    let detail = detail(&record, more);
    tell(turn, &record, "SubscriptionGranted", detail);
}

/// Access could not be given, or not wholly be taken back.
pub(super) fn failed(turn: &mut SubscriptionTurn<'_>) {
    let record = record(turn);
    let more = json!({"shareId": record.share_id, "reason": record.status_reason});
    let detail = detail(&record, more);
    tell(turn, &record, "SubscriptionFailed", detail);
}

/// It is over and no access was ever ordered: nothing is to be taken back first.
pub(super) fn over_without_access(turn: &mut SubscriptionTurn<'_>) {
    if turn.state.order.is_none() {
        over(turn);
    }
}

/// It is over, and no access is left.
pub(super) fn over(turn: &mut SubscriptionTurn<'_>) {
    let record = record(turn);
    let detail_type = match record.status {
        AgreementStatus::Revoked => "SubscriptionRevoked",
        AgreementStatus::Expired => "SubscriptionExpired",
        AgreementStatus::Pending
        | AgreementStatus::Approved
        | AgreementStatus::Denied
        | AgreementStatus::Cancelled => return,
    };
    let revoke = record.agreement.revoked();
    let more = json!({
        "endedBy": revoke.map(|request| request.by.name()),
        "reason": revoke.map(|request| request.reason.as_str()),
        "certificate": record.certificate,
        "endedAt": instant(record.updated_ms),
    });
    let detail = detail(&record, more);
    tell(turn, &record, detail_type, detail);
}

fn detail(record: &SubscriptionRecord, more: Value) -> Value {
    let mut detail = json!({
        "requestId": record.subscription_id,
        "assetId": record.asset_id,
        "consumerProjectId": record.consumer_project_id,
        "principal": record.principal,
        "status": record.status.as_str(),
    });
    if let (Value::Object(detail), Value::Object(more)) = (&mut detail, more) {
        detail.extend(more);
    }
    detail
}

fn tell(
    turn: &mut SubscriptionTurn<'_>,
    record: &SubscriptionRecord,
    detail_type: &str,
    detail: Value,
) {
    let home = turn.state.home.as_ref();
    let message = json!({
        "event": detail_type,
        "assetName": record.asset_name,
        "owners": home.map(|home| home.owner_groups.clone()).unwrap_or_default(),
        "requestedBy": record.created_by,
        "detail": detail,
    });
    turn.ask(SubscriptionEffect::Publish(Publish {
        event: detail_type.to_owned(),
        message: message.to_string(),
    }));
    turn.tell(SOURCE, detail_type, detail);
}
