//! How something is asked of a share's agreement, and decided.

use std::collections::BTreeSet;

use datamesh_actor::{Rejection, derive_id};

use super::effects::{CloseApproval, OpenApproval, ShareEffect};
use super::event::Event;
use super::{Share, events, plan, token};
use crate::agreement::{Decision, Kind, Request, Scope, Verdict, Window};
use crate::audit::{AuditEntry, sha256};
use crate::person::Person;
use crate::turn::Turn;
use crate::validate::{self, Violations};

/// Most characters of a column's name (Glue `NameString`).
const MAX_COLUMN: usize = 255;
/// Most columns that a scope names.
const MAX_COLUMNS: usize = 1_000;
/// Most characters of a row filter (Lake Formation `PredicateString`).
const MAX_ROW_FILTER: usize = 2_048;

pub(super) type ShareTurn<'c> = Turn<'c, Share>;

/// What is asked.
pub(super) struct Ask {
    pub(super) kind: Kind,
    pub(super) reason: String,
    pub(super) scope: Scope,
    pub(super) window: Window,
    pub(super) by: Person,
    /// Who says yes at once; else the owners are asked.
    pub(super) decided_by: Option<Person>,
}

/// Adds a request to the agreement, decided or with the owners asked.
pub(super) fn ask(turn: &mut ShareTurn<'_>, ask: Ask) {
    let at_ms = turn.now_ms();
    let share_id = turn.ctx.id().to_owned();
    let number = turn.state.agreement.next_number();
    if let Some(open) = turn.state.agreement.open().cloned() {
        close_approval(turn, &open, "it was revoked");
    }
    let mut request = Request {
        number,
        kind: ask.kind,
        reason: ask.reason,
        scope: ask.scope,
        window: ask.window,
        by: ask.by.bare(),
        at_ms,
        approval_id: String::new(),
        decision: None,
    };
    let mut secret = String::new();
    if ask.decided_by.is_none() {
        secret = token::of(&share_id, turn.ctx.random());
        request.approval_id = derive_id("apr-", &["share", &share_id, &number.to_string()]);
    }
    turn.happen(Event::Asked {
        at_ms,
        request: Box::new(request.clone()),
        token: secret.clone(),
    });
    let asked = match ask.kind {
        Kind::Grant => "GRANT_REQUESTED",
        Kind::Renew => "RENEWAL_REQUESTED",
        Kind::Revoke => "REVOKE_REQUESTED",
    };
    let detail = serde_json::to_string(&request).unwrap_or_default();
    audit(turn, request.by.name(), asked, sha256(&detail));
    let Some(by) = ask.decided_by else {
        events::requested(turn, &request);
        turn.ask(ShareEffect::OpenApproval(Box::new(OpenApproval {
            token: secret,
            asset_id: asset_id(turn),
            share_id,
            requested_by: ask.by,
            request,
        })));
        return;
    };
    let decision = Decision {
        verdict: Verdict::Approved,
        by: by.bare(),
        at_ms,
        reason: request.reason.clone(),
        scope: request.scope.clone(),
        window: request.window,
    };
    decide(turn, number, decision, String::new());
}

/// Decides the open request; `reason` is shown where the status needs saying why.
pub(super) fn decide(turn: &mut ShareTurn<'_>, number: u32, decision: Decision, reason: String) {
    let at_ms = turn.now_ms();
    let kind = turn.state.agreement.open().map(|open| open.kind);
    let action = match (decision.verdict, kind) {
        (Verdict::Approved, Some(Kind::Revoke)) => "REVOKED",
        (Verdict::Approved, _) => "APPROVED",
        (Verdict::Denied, _) => "DENIED",
        (Verdict::Cancelled, _) => "CANCELLED",
    };
    let detail = serde_json::to_string(&decision).unwrap_or_default();
    let by = decision.by.name().to_owned();
    turn.happen(Event::Decided {
        at_ms,
        number,
        decision: Box::new(decision),
        reason,
    });
    audit(turn, &by, action, sha256(&detail));
    plan::reconsider(turn);
}

/// Lets go of the approval of a request that needs no decision any more.
pub(super) fn close_approval(turn: &mut ShareTurn<'_>, request: &Request, reason: &str) {
    if !request.approval_id.is_empty() {
        turn.ask(ShareEffect::CloseApproval(CloseApproval {
            approval_id: request.approval_id.clone(),
            reason: reason.to_owned(),
        }));
    }
}

/// Writes an entry into the share's audit chain.
pub(super) fn audit(turn: &mut ShareTurn<'_>, actor: &str, action: &str, detail: String) {
    let entry = AuditEntry::after(
        turn.state.audited.as_ref(),
        turn.ctx.id(),
        turn.ctx.now_ms(),
        actor,
        action,
        detail,
    );
    let row = entry.row();
    turn.happen(Event::Audited { entry });
    turn.show(row);
}

fn asset_id(turn: &ShareTurn<'_>) -> String {
    let record = turn.state.record.as_ref();
    record.map(|r| r.asset_id.clone()).unwrap_or_default()
}

/// Notes what is wrong with a scope, under `field`.
pub(super) fn check_scope(field: &str, scope: &Scope, found: &mut Violations) {
    if !scope.columns.is_empty() && !scope.excluded.is_empty() {
        found.check(
            &format!("{field}.excludedColumns"),
            Err("give columns or excluded columns, not both".to_owned()),
        );
    }
    for (list, columns) in [
        ("columns", &scope.columns),
        ("excludedColumns", &scope.excluded),
    ] {
        check_columns(&format!("{field}.{list}"), columns, found);
    }
    let rows = scope.row_filter.as_str();
    let rule = match rows.chars().count() {
        n if n > MAX_ROW_FILTER => Err(format!("has {n} characters, of {MAX_ROW_FILTER} at most")),
        _ if rows.chars().any(char::is_control) => Err("has a control character".to_owned()),
        0 => Ok(()),
        _ if rows.trim().is_empty() => Err("is blank: leave it out for all rows".to_owned()),
        _ => Ok(()),
    };
    found.check(&format!("{field}.rowFilter"), rule);
}

fn check_columns(field: &str, columns: &BTreeSet<String>, found: &mut Violations) {
    if columns.len() > MAX_COLUMNS {
        let rule = format!("has {} columns, of {MAX_COLUMNS} at most", columns.len());
        found.check(field, Err(rule));
        return;
    }
    for column in columns {
        let rule = match column.chars().count() {
            0 => Err("has an empty name".to_owned()),
            n if n > MAX_COLUMN => Err(format!(
                "has a name of {n} characters, of {MAX_COLUMN} at most"
            )),
            _ if column.chars().any(char::is_control) => {
                Err("has a name with a control character".to_owned())
            }
            _ => Ok(()),
        };
        found.check(field, rule);
    }
}

/// Notes what is wrong with the end of a window.
pub(super) fn check_end(field: &str, window: Window, now_ms: i64, found: &mut Violations) {
    if let Some(until_ms) = window.until_ms
        && (until_ms <= now_ms || until_ms <= window.from_ms)
    {
        let rule = "must be later than now, and than its beginning".to_owned();
        found.check(field, Err(rule));
    }
}

/// Refuses a reason that is too long; an empty one where one is required.
pub(super) fn check_reason(reason: &str, required: bool) -> Result<(), Rejection> {
    let mut found = Violations::default();
    found.check("reason", validate::description(reason));
    if required && reason.trim().is_empty() {
        found.check("reason", Err("is missing: say why".to_owned()));
    }
    found.refuse()
}
