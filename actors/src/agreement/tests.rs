#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;

use super::*;
use crate::person::Person;

fn request(agreement: &Agreement, kind: Kind, at_ms: i64) -> Request {
    Request {
        number: agreement.next_number(),
        kind,
        by: Person::default(),
        at_ms,
        ..Request::default()
    }
}

fn decision(verdict: Verdict, from_ms: i64, until_ms: Option<i64>) -> Decision {
    Decision {
        verdict,
        window: Window { from_ms, until_ms },
        ..Decision::default()
    }
}

/// Granted from 100 to 200.
fn live() -> Agreement {
    let mut agreement = Agreement::default();
    agreement.add(request(&agreement, Kind::Grant, 90));
    assert!(agreement.decide(1, decision(Verdict::Approved, 100, Some(200))));
    agreement
}

#[test]
fn a_status_follows_from_requests_and_time() {
    let mut agreement = Agreement::default();
    agreement.add(request(&agreement, Kind::Grant, 90));
    assert_eq!(agreement.status(95), AgreementStatus::Pending);
    let live = live();
    for (at_ms, status) in [
        (99, AgreementStatus::Approved),
        (100, AgreementStatus::Approved),
        (199, AgreementStatus::Approved),
        (200, AgreementStatus::Expired),
    ] {
        assert_eq!(live.status(at_ms), status, "at {at_ms}");
    }
    for (verdict, status) in [
        (Verdict::Denied, AgreementStatus::Denied),
        (Verdict::Cancelled, AgreementStatus::Cancelled),
    ] {
        let mut agreement = agreement.clone();
        assert!(agreement.decide(1, decision(verdict, 0, None)));
        assert_eq!(agreement.status(95), status);
    }
}

#[test]
fn an_approved_renewal_follows_without_a_gap() {
    let mut agreement = live();
    agreement.add(request(&agreement, Kind::Renew, 150));
    assert_eq!(agreement.terms(150).unwrap().until_ms, Some(200));
    assert!(agreement.decide(2, decision(Verdict::Approved, 200, Some(300))));
    assert_eq!(agreement.terms(150).unwrap().until_ms, Some(300));
    assert_eq!(agreement.terms(150).unwrap().request.number, 1);
    assert_eq!(agreement.terms(250).unwrap().request.number, 2);
    assert_eq!(agreement.status(300), AgreementStatus::Expired);
}

#[test]
fn a_revoke_withdraws_what_is_open_and_ends_all() {
    let mut agreement = live();
    agreement.add(request(&agreement, Kind::Renew, 150));
    agreement.may_ask(Kind::Revoke, 160).unwrap();
    agreement.add(request(&agreement, Kind::Revoke, 160));
    assert!(agreement.decide(3, decision(Verdict::Approved, 160, None)));
    assert_eq!(agreement.status(161), AgreementStatus::Revoked);
    assert_eq!(agreement.terms(161), None);
    assert_eq!(agreement.changes_ms(161), None);
    let renewal = agreement.requests[1].decision.as_ref().unwrap();
    assert_eq!(renewal.verdict, Verdict::Cancelled);
    assert_eq!(
        agreement.may_ask(Kind::Grant, 161).unwrap_err().reason,
        "ENDED"
    );
}

#[test]
fn one_request_is_open_at_a_time() {
    let mut agreement = live();
    agreement.add(request(&agreement, Kind::Renew, 150));
    for kind in [Kind::Grant, Kind::Renew] {
        assert_eq!(
            agreement.may_ask(kind, 151).unwrap_err().reason,
            "REQUEST_OPEN"
        );
    }
    assert!(!agreement.decide(1, decision(Verdict::Denied, 0, None)));
}

#[test]
fn less_is_within_more() {
    let scope = |columns: &[&str], excluded: &[&str], rows: &str| Scope {
        columns: columns.iter().map(|c| (*c).to_owned()).collect(),
        excluded: excluded.iter().map(|c| (*c).to_owned()).collect(),
        row_filter: rows.to_owned(),
    };
    for (less, more, within) in [
        (scope(&["a"], &[], ""), scope(&["a", "b"], &[], ""), true),
        (
            scope(&["a", "c"], &[], ""),
            scope(&["a", "b"], &[], ""),
            false,
        ),
        (scope(&[], &[], ""), scope(&["a"], &[], ""), false),
        (scope(&["a"], &[], ""), scope(&[], &["b"], ""), true),
        (scope(&["b"], &[], ""), scope(&[], &["b"], ""), false),
        (scope(&[], &["a", "b"], ""), scope(&[], &["b"], ""), true),
        (scope(&[], &[], ""), scope(&[], &["b"], ""), false),
        (scope(&[], &[], "x = 1"), scope(&[], &[], ""), true),
        (scope(&[], &[], ""), scope(&[], &[], "x = 1"), false),
        (scope(&[], &[], "x = 2"), scope(&[], &[], "x = 1"), false),
    ] {
        assert_eq!(less.is_within(&more), within, "{less:?} in {more:?}");
    }
}

proptest! {
    /// Whatever is asked and not approved, access ends when it was to end.
    #[test]
    fn what_is_not_approved_changes_nothing(
        asked in prop::collection::vec((100_i64..260, prop::bool::ANY), 0..20),
        looked in 0_i64..400,
    ) {
        let before = live();
        let mut after = live();
        for (at_ms, withdrawn) in asked {
            if after.may_ask(Kind::Renew, at_ms).is_ok() {
                let number = after.next_number();
                after.add(request(&after, Kind::Renew, at_ms));
                let verdict = if withdrawn { Verdict::Cancelled } else { Verdict::Denied };
                prop_assert!(after.decide(number, decision(verdict, 200, Some(400))));
            }
        }
        if after.may_ask(Kind::Renew, 150).is_ok() {
            after.add(request(&after, Kind::Renew, 150));
        }
        prop_assert_eq!(before.status(looked), after.status(looked));
        prop_assert_eq!(before.changes_ms(looked), after.changes_ms(looked));
        let until = |agreement: &Agreement| agreement.terms(looked).map(|terms| terms.until_ms);
        prop_assert_eq!(until(&before), until(&after));
    }
}
