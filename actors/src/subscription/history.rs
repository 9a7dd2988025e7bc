//! The audit chain of a subscription: every request, every decision and every end.

use super::Subscription;
use super::event::Event;
use crate::agreement::{Decision, Request, Verdict};
use crate::audit::{AuditEntry, sha256};
use crate::turn::Turn;

/// A request was made. One that is decided at once is one entry.
pub(super) fn asked(turn: &mut Turn<'_, Subscription>, request: &Request) {
    let action = match request.decision {
        None => format!("{}_REQUESTED", request.kind.as_str()),
        Some(_) => "REVOKED".to_owned(),
    };
    let detail = serde_json::to_string(request).unwrap_or_default();
    let actor = request.by.name().to_owned();
    add(turn, &actor, &action, &detail);
}

/// A request was decided.
pub(super) fn decided(turn: &mut Turn<'_, Subscription>, decision: &Decision) {
    let action = match decision.verdict {
        Verdict::Approved => "APPROVED",
        Verdict::Denied => "DENIED",
        Verdict::Cancelled => "CANCELLED",
    };
    let detail = serde_json::to_string(decision).unwrap_or_default();
    let actor = decision.by.name().to_owned();
    add(turn, &actor, action, &detail);
}

/// Something happened by itself.
pub(super) fn noted(turn: &mut Turn<'_, Subscription>, action: &str, detail: &str) {
    add(turn, "", action, detail);
}

fn add(turn: &mut Turn<'_, Subscription>, actor: &str, action: &str, detail: &str) {
    let detail = match detail {
        "" => String::new(),
        detail => sha256(detail),
    };
    let entry = AuditEntry::after(
        turn.state.last_entry.as_ref(),
        turn.ctx.id(),
        turn.now_ms(),
        actor,
        action,
        detail,
    );
    let row = entry.row();
    turn.happen(Event::Audited { entry });
    turn.show(row);
}
