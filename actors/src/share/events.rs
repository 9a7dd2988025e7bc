//! What a share tells the world.

use serde_json::{Value, json};

use super::ShareRecord;
use super::effects::{Notify, ShareEffect};
use super::fulfilment::Phase;
use super::request::ShareTurn;
use crate::agreement::{Kind, Request};
use crate::mesh_event::instant;

/// The source of the events of shares.
pub const SOURCE: &str = "management-app.shares";

fn record(turn: &ShareTurn<'_>) -> ShareRecord {
    turn.state.record.clone().unwrap_or_default()
}

fn detail(record: &ShareRecord, more: Value) -> Value {
    let permissions: Vec<&str> = record.permissions.iter().map(|p| p.as_str()).collect();
    let mut detail = json!({
        "shareId": record.share_id,
        "assetId": record.asset_id,
        "sourceAccount": record.source.account,
        "targetAccount": record.target.account,
        "principal": record.principal,
        "permissions": permissions,
        "status": record.status.as_str(),
        "subscriptionId": record.subscription_id,
    });
    if let (Value::Object(detail), Value::Object(more)) = (&mut detail, more) {
        detail.extend(more);
    }
    detail
}

/// Whether it goes across accounts; the events of a subscription within one account are the subscription's.
fn crosses(record: &ShareRecord) -> bool {
    record.source.account != record.target.account
}

/// Tells the topic, where there is one.
fn notify(turn: &mut ShareTurn<'_>, subject: &str, message: String) {
    let notify = turn.state.resolved.as_ref().is_some_and(|r| r.notify);
    if notify {
        let share_id = turn.ctx.id().to_owned();
        turn.ask(ShareEffect::Notify(Box::new(Notify {
            share_id,
            subject: subject.to_owned(),
            message,
        })));
    }
}

pub(super) fn requested(turn: &mut ShareTurn<'_>, request: &Request) {
    let record = record(turn);
    let kind = match request.kind {
        Kind::Grant => "CrossAccountShareRequested",
        Kind::Renew => "CrossAccountShareRenewalRequested",
        Kind::Revoke => return,
    };
    let more = json!({
        "request": request.number,
        "requestedBy": request.by.name(),
        "requestedAt": instant(request.at_ms),
        "approvalId": request.approval_id,
    });
    turn.tell(SOURCE, kind, detail(&record, more));
}

pub(super) fn initiated(turn: &mut ShareTurn<'_>) {
    let record = record(turn);
    if crosses(&record) {
        let more = json!({"generation": record.fulfilment.generation});
        turn.tell(SOURCE, "CrossAccountShareInitiated", detail(&record, more));
    }
}

pub(super) fn given(turn: &mut ShareTurn<'_>) {
    let record = record(turn);
    if crosses(&record) {
        let more = json!({
            "resourceLink": record.resource_link,
            "health": record.health.state.as_str(),
            "completedAt": instant(turn.now_ms()),
        });
        turn.tell(SOURCE, "CrossAccountShareCompleted", detail(&record, more));
    }
    let link = match record.resource_link.as_str() {
        "" => format!("{}.{}", record.database, record.table),
        link => link.to_owned(),
    };
    let message = format!(
        "{} can read {} of account {} as {link} in account {}.",
        record.principal, record.asset_name, record.source.account, record.target.account
    );
    notify(turn, "Data is shared with you", message);
}

pub(super) fn taken(turn: &mut ShareTurn<'_>) {
    let record = record(turn);
    let kind = match record.fulfilment.state {
        Phase::Failed => "CrossAccountShareFailed",
        Phase::Revoked => "CrossAccountShareRevoked",
        Phase::Unreachable => "CrossAccountShareUnreachable",
        Phase::Pending | Phase::Granting | Phase::Granted | Phase::Revoking => return,
    };
    if crosses(&record) {
        let more = json!({
            "reason": record.fulfilment.reason,
            "certificate": record.certificate,
            "complete": record.certificate_complete,
            "remains": record.fulfilment.remains,
            "endedAt": instant(turn.now_ms()),
        });
        turn.tell(SOURCE, kind, detail(&record, more));
    }
    let message = format!(
        "Access of {} to {} of account {} has ended: {}",
        record.principal, record.asset_name, record.source.account, record.fulfilment.reason
    );
    notify(turn, "Access to shared data has ended", message);
}

pub(super) fn drifted(turn: &mut ShareTurn<'_>) {
    let record = record(turn);
    let more = json!({
        "detail": record.health.detail,
        "differences": record.plan.lines.len(),
        "seenAt": instant(record.health.seen_ms),
    });
    turn.tell(SOURCE, "ShareDriftDetected", detail(&record, more));
    let message = format!(
        "Access of {} to {} is not as it should be: {}",
        record.principal, record.asset_name, record.health.detail
    );
    notify(turn, "A share has drifted", message);
}
