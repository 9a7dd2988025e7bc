//! What subscriptions, shares and permissions have in common, between the protos and the actors.

use datamesh_actors::Person;
use datamesh_actors::agreement::{AgreementStatus, Kind, Request, Scope, Verdict};
use datamesh_actors::approval::{ApprovalRecord, Approve, Command, Reject};
use datamesh_actors::asset::AssetRecord;
use datamesh_actors::project::ProjectRecord;
use datamesh_proto::v1;
use prost_types::Timestamp;
use serde_json::{Map, Value};
use tonic::{Code, Status};
use tonic_types::FieldViolation;

use super::backend::Backend;
use super::failure::{internal, rejected};
use super::json::timestamp;
use super::request_id::RequestId;
use crate::authz::{Action, allowed};
use crate::status::{invalid, invalid_field, retry_later, with_reason};

/// How soon an approval is there that is being opened.
const OPENING: std::time::Duration = std::time::Duration::from_secs(1);

/// What of a table, as the actors know it.
pub fn scope(scope: v1::AccessScope) -> Scope {
    Scope {
        columns: scope.columns.into_iter().collect(),
        excluded: scope.excluded_columns.into_iter().collect(),
        row_filter: scope.row_filter,
    }
}

/// What of a table, as the protos show it.
pub fn shown_scope(scope: Scope) -> v1::AccessScope {
    v1::AccessScope {
        columns: scope.columns.into_iter().collect(),
        excluded_columns: scope.excluded.into_iter().collect(),
        row_filter: scope.row_filter,
    }
}

/// A moment in milliseconds since the Unix epoch; what is finer is cut off.
pub fn millis(time: &Timestamp) -> i64 {
    let part = i64::from(time.nanos).div_euclid(1_000_000);
    time.seconds.saturating_mul(1_000).saturating_add(part)
}

/// How an agreement stands, as the protos show it.
pub fn status(status: AgreementStatus) -> i32 {
    v1::AgreementStatus::from_str_name(status.as_str())
        .unwrap_or_default()
        .into()
}

/// A request and its decision, as the protos show them.
pub fn request(request: Request) -> v1::AccessRequest {
    use v1::access_request::Verdict as Shown;

    let mut shown = v1::AccessRequest {
        number: i32::try_from(request.number).unwrap_or(i32::MAX),
        kind: kind(request.kind).into(),
        reason: request.reason,
        requested_by: request.by.name().to_owned(),
        requested_at: Some(timestamp(request.at_ms)),
        approval_id: request.approval_id,
        ..v1::AccessRequest::default()
    };
    let asks_for_data = request.kind != Kind::Revoke;
    if asks_for_data {
        shown.scope = Some(shown_scope(request.scope));
        shown.valid_from = Some(timestamp(request.window.from_ms));
        shown.valid_until = request.window.until_ms.map(timestamp);
    }
    let Some(decision) = request.decision else {
        return shown;
    };
    shown.verdict = match decision.verdict {
        Verdict::Approved => Shown::Given,
        Verdict::Denied => Shown::Refused,
        Verdict::Cancelled => Shown::Withdrawn,
    }
    .into();
    shown.decided_by = decision.by.name().to_owned();
    shown.decided_at = Some(timestamp(decision.at_ms));
    shown.decision_reason = decision.reason;
    if asks_for_data && decision.verdict == Verdict::Approved {
        shown.granted_scope = Some(shown_scope(decision.scope));
        shown.granted_from = Some(timestamp(decision.window.from_ms));
        shown.granted_until = decision.window.until_ms.map(timestamp);
    }
    shown
}

fn kind(kind: Kind) -> v1::access_request::Kind {
    use v1::access_request::Kind as Shown;
    match kind {
        Kind::Grant => Shown::Grant,
        Kind::Renew => Shown::Renew,
        Kind::Revoke => Shown::Revoke,
    }
}

/// A yes to a request: all that was asked, or the scope and the end that are named.
pub struct Yes {
    /// What of the table.
    pub scope: Option<v1::AccessScope>,
    /// Until when.
    pub valid_until: Option<Timestamp>,
    /// Why.
    pub reason: String,
}

/// Says yes in the approval of a request. The approval knows whose word counts; that it gives no more than was
/// asked is checked here, before anybody's yes is written down.
///
/// # Errors
/// `INVALID_FIELDS` for more than was asked; what the approval refuses.
pub async fn approve(
    backend: &Backend,
    request_id: &RequestId<'_>,
    request: &Request,
    yes: Yes,
) -> Result<(), Status> {
    let answer = given(request, yes.scope.map(scope), yes.valid_until.as_ref())?;
    let approval = approval(backend, request_id, request).await?;
    let approve = Command::Approve(Approve {
        by: Person::from(request_id.caller()),
        comment: yes.reason,
        digest: approval.digest,
        answer,
    });
    say(backend, request_id, &approval.approval_id, approve).await
}

/// Says no in the approval of a request, with a reason.
///
/// # Errors
/// `INVALID_FIELDS` without a reason; what the approval refuses.
pub async fn reject(
    backend: &Backend,
    request_id: &RequestId<'_>,
    request: &Request,
    reason: String,
) -> Result<(), Status> {
    if reason.trim().is_empty() {
        return Err(invalid_field("reason", "is missing: say why"));
    }
    let approval = approval(backend, request_id, request).await?;
    let reject = Command::Reject(Reject {
        by: Person::from(request_id.caller()),
        comment: reason,
    });
    say(backend, request_id, &approval.approval_id, reject).await
}

async fn approval(
    backend: &Backend,
    request_id: &RequestId<'_>,
    request: &Request,
) -> Result<ApprovalRecord, Status> {
    allowed(request_id.caller(), Action::DecideApproval, &[])?;
    let approval = backend.find::<ApprovalRecord>(&request.approval_id).await?;
    approval.ok_or_else(|| {
        retry_later(
            Code::Unavailable,
            "APPROVAL_OPENING",
            format!("the owners are being asked for request {}", request.number),
            OPENING,
        )
    })
}

async fn say(
    backend: &Backend,
    request_id: &RequestId<'_>,
    approval_id: &str,
    command: Command,
) -> Result<(), Status> {
    let record: ApprovalRecord = backend.ask(request_id, approval_id, command).await?;
    record.in_time().map(drop).map_err(rejected)
}

/// The request that a decision is about: the open one, or the last that the owners were asked. Of that the
/// approval says itself how it ended, and answers a repeat as before.
///
/// # Errors
/// `NO_OPEN_REQUEST`.
pub fn to_decide(requests: &[Request]) -> Result<&Request, Status> {
    let asked = requests.iter().rfind(|r| !r.approval_id.is_empty());
    asked.ok_or_else(|| {
        with_reason(
            Code::FailedPrecondition,
            "NO_OPEN_REQUEST",
            "no request waits for its decision",
        )
    })
}

/// Whether a request has its decision.
pub fn is_decided(requests: &[Request], number: u32) -> bool {
    let request = requests.iter().find(|r| r.number == number);
    request.is_some_and(|request| request.decision.is_some())
}

/// Whether somebody made one of the requests, or the one that is open if `open` is set.
pub fn asked_by(requests: &[Request], who: &Person, open: bool) -> bool {
    requests
        .iter()
        .filter(|request| !open || request.decision.is_none())
        .any(|request| request.by.is(who))
}

/// The groups that own the domain of an asset. What is gone has no owners; where the domain is not known yet,
/// it is that of the asset.
pub async fn owners_of_asset(
    backend: &Backend,
    asset_id: &str,
    domain_id: &str,
) -> Result<Vec<String>, Status> {
    if !domain_id.is_empty() {
        return backend.owners(domain_id).await;
    }
    match backend.find::<AssetRecord>(asset_id).await? {
        Some(asset) => backend.owners(&domain_of(backend, &asset).await?).await,
        None => Ok(Vec::new()),
    }
}

/// The domain of an asset: that of its project until the asset knows its own; empty if both are gone.
pub async fn domain_of(backend: &Backend, asset: &AssetRecord) -> Result<String, Status> {
    if !asset.domain_id.is_empty() {
        return Ok(asset.domain_id.clone());
    }
    let project = backend.find::<ProjectRecord>(&asset.project_id).await?;
    Ok(project.map(|project| project.domain_id).unwrap_or_default())
}

/// What is given where it is less than was asked, as the answer of an approval: the members `scope` and
/// `until`.
fn given(
    asked: &Request,
    scope: Option<Scope>,
    valid_until: Option<&Timestamp>,
) -> Result<Value, Status> {
    let mut wrong = Vec::new();
    let mut answer = Map::new();
    if let Some(scope) = scope {
        if !scope.is_within(&asked.scope) {
            wrong.push(FieldViolation::new("scope", wider(&scope, &asked.scope)));
        }
        let scope = serde_json::to_value(scope).map_err(|e| internal(&e))?;
        answer.insert("scope".to_owned(), scope);
    }
    if let Some(until_ms) = valid_until.map(millis) {
        let asked = asked.window;
        if asked.until_ms.is_some_and(|most| until_ms > most) {
            let rule = "is later than was asked: give the same or less";
            wrong.push(FieldViolation::new("validUntil", rule));
        }
        if until_ms <= asked.from_ms {
            let rule = "is not after the beginning: reject the request instead";
            wrong.push(FieldViolation::new("validUntil", rule));
        }
        answer.insert("until".to_owned(), until_ms.into());
    }
    match (wrong.is_empty(), answer.is_empty()) {
        (false, _) => Err(invalid(wrong)),
        (true, true) => Ok(Value::Null),
        (true, false) => Ok(Value::Object(answer)),
    }
}

/// What of a scope is more than was asked, in words.
fn wider(scope: &Scope, asked: &Scope) -> String {
    let more: Vec<&str> = scope
        .columns
        .iter()
        .filter(|column| match asked.columns.is_empty() {
            true => asked.excluded.contains(*column),
            false => !asked.columns.contains(*column),
        })
        .map(String::as_str)
        .collect();
    if !more.is_empty() {
        return format!("gives columns that were not asked: {}", more.join(", "));
    }
    if !asked.row_filter.is_empty() && scope.row_filter != asked.row_filter {
        return format!(
            "gives other rows than were asked: keep the row filter {:?}",
            asked.row_filter
        );
    }
    "gives more columns than were asked: name those that you give".to_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use datamesh_actors::agreement::{Decision, Window};
    use serde_json::json;

    use super::*;

    fn of(columns: &[&str], excluded: &[&str], row_filter: &str) -> Scope {
        let set = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        Scope {
            columns: set(columns),
            excluded: set(excluded),
            row_filter: row_filter.to_owned(),
        }
    }

    fn asked(scope: Scope, until_ms: Option<i64>) -> Request {
        Request {
            number: 1,
            scope,
            window: Window {
                from_ms: 1_000,
                until_ms,
            },
            ..Request::default()
        }
    }

    fn at(ms: i64) -> Timestamp {
        timestamp(ms)
    }

    #[test]
    fn nothing_named_gives_all_that_was_asked() {
        let asked = asked(of(&["a"], &[], ""), None);
        assert_eq!(given(&asked, None, None).unwrap(), Value::Null);
    }

    #[test]
    fn less_than_was_asked_goes_with_the_yes() {
        let asked = asked(of(&[], &[], ""), Some(9_000));
        let answer = given(&asked, Some(of(&["a"], &[], "x = 1")), Some(&at(5_000))).unwrap();
        assert_eq!(
            answer,
            json!({
                "scope": {"columns": ["a"], "excluded": [], "rowFilter": "x = 1"},
                "until": 5_000,
            })
        );
    }

    #[test]
    fn more_than_was_asked_is_refused_with_what_is_more() {
        let table = [
            (
                of(&["a"], &[], ""),
                of(&["a", "b"], &[], ""),
                "not asked: b",
            ),
            (of(&[], &["b"], ""), of(&["b"], &[], ""), "not asked: b"),
            (of(&["a"], &[], ""), of(&[], &[], ""), "name those"),
            (of(&[], &[], "x = 1"), of(&[], &[], ""), "\"x = 1\""),
        ];
        for (asked_scope, scope, expected) in table {
            let asked = asked(asked_scope, None);
            let status = given(&asked, Some(scope), None).unwrap_err();
            assert!(status.message().starts_with("scope: "), "{status}");
            assert!(status.message().contains(expected), "{status}");
        }
        for (until_ms, expected) in [(9_001, "later than"), (1_000, "not after")] {
            let asked = asked(of(&[], &[], ""), Some(9_000));
            let status = given(&asked, None, Some(&at(until_ms))).unwrap_err();
            assert!(status.message().starts_with("validUntil: "), "{status}");
            assert!(status.message().contains(expected), "{status}");
        }
    }

    #[test]
    fn a_decision_is_about_the_last_that_the_owners_were_asked() {
        let mut first = asked(of(&[], &[], ""), None);
        assert_eq!(
            to_decide(std::slice::from_ref(&first)).unwrap_err().code(),
            Code::FailedPrecondition
        );
        first.approval_id = "apr-1".to_owned();
        let renewal = Request {
            number: 2,
            approval_id: "apr-2".to_owned(),
            ..first.clone()
        };
        assert_eq!(to_decide(&[first.clone(), renewal]).unwrap().number, 2);
        assert!(!is_decided(std::slice::from_ref(&first), 1));
        first.decision = Some(Decision::default());
        assert!(is_decided(&[first], 1));
    }

    #[test]
    fn a_revoke_shows_no_scope_and_no_window() {
        let revoke = Request {
            kind: Kind::Revoke,
            decision: Some(Decision {
                verdict: Verdict::Approved,
                ..Decision::default()
            }),
            ..asked(of(&["a"], &[], ""), None)
        };
        let shown = request(revoke);
        assert_eq!(shown.scope, None);
        assert_eq!(shown.granted_from, None);
        assert_eq!(shown.verdict(), v1::access_request::Verdict::Given);
    }

    #[test]
    fn every_status_has_its_name_in_the_protos() {
        for one in [
            AgreementStatus::Pending,
            AgreementStatus::Approved,
            AgreementStatus::Denied,
            AgreementStatus::Expired,
            AgreementStatus::Revoked,
            AgreementStatus::Cancelled,
        ] {
            assert_ne!(status(one), 0, "{}", one.as_str());
        }
    }
}
