#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use serde_json::json;

use super::*;
use crate::access::{ShareEnd, ShareOrder, ShareResult};
use crate::agreement::{AgreementStatus, Scope, Window};
use crate::asset::{AssetRecord, Column, PublishStatus};
use crate::audit::{AUDIT_ENTRIES, AuditEntry, broken_at};
use crate::life::Status;
use crate::mesh::{AssetSource, ProjectSource};
use crate::person::Person;
use crate::project::ProjectRecord;
use crate::task_end::TaskEnd;
use crate::testing::{Core, failure};
use crate::world::Place;

pub(super) const ROLE: &str = "arn:aws:iam::210987654321:role/datamesh-consumer";
pub(super) const DAY: i64 = 86_400_000;

pub(super) fn person(name: &str) -> Person {
    Person {
        user: format!("u-{name}"),
        email: format!("{name}@example.com"),
        ..Person::default()
    }
}

fn columns(names: &[&str]) -> Scope {
    Scope {
        columns: names.iter().map(|name| (*name).to_owned()).collect(),
        ..Scope::default()
    }
}

/// Marketing asks for two columns of finance's table, for 30 days.
pub(super) fn request(now_ms: i64) -> Request {
    let place = |account: &str| Place {
        account: account.to_owned(),
        region: "eu-central-1".to_owned(),
    };
    Request {
        nth: 1,
        asset: AssetSource {
            asset: AssetRecord {
                asset_id: "asset-1".to_owned(),
                project_id: "proj-1".to_owned(),
                domain_id: "dom-1".to_owned(),
                asset_name: "Transactions".to_owned(),
                columns: ["id", "amount", "iban"]
                    .map(|name| Column {
                        name: name.to_owned(),
                        ..Column::default()
                    })
                    .to_vec(),
                publish_status: PublishStatus::Published,
                listing_id: Some("listing1".to_owned()),
                ..AssetRecord::default()
            },
            place: place("123456789012"),
            owner_groups: vec!["finance-owners".to_owned()],
            data_zone_domain_id: "dzd_1".to_owned(),
        },
        project: ProjectSource {
            project: ProjectRecord {
                project_id: "proj-2".to_owned(),
                status: Status::Active,
                data_zone_project_id: Some("dzp2".to_owned()),
                ..ProjectRecord::default()
            },
            place: place("210987654321"),
            data_zone_domain_id: "dzd_2".to_owned(),
            ..ProjectSource::default()
        },
        consumer: place("210987654321"),
        principal: ROLE.to_owned(),
        scope: columns(&["id", "amount"]),
        window: Window {
            from_ms: 0,
            until_ms: Some(now_ms + 30 * DAY),
        },
        reason: "campaign".to_owned(),
        by: person("ann"),
    }
}

pub(super) fn new() -> Core<Subscription> {
    Core::new(&subscription_id("asset-1", ROLE, 1))
}

fn asked() -> Core<Subscription> {
    let mut core = new();
    let request = request(core.now_ms);
    core.tell(Command::Request(Box::new(request))).unwrap();
    core.settle("OpenApproval", Ok(Outcome::ApprovalOpened));
    core
}

fn decide(core: &mut Core<Subscription>, end: TaskEnd) {
    let token = core.state.asking.as_ref().unwrap().token.clone();
    core.tell(Command::Decided(Decided { token, end })).unwrap();
}

fn yes(answer: serde_json::Value) -> TaskEnd {
    let mut output = json!({"approved": true, "approvedBy": ["bob@example.com"], "asked": {}});
    if let (Some(output), Some(answer)) = (output.as_object_mut(), answer.as_object()) {
        output.extend(answer.clone());
    }
    TaskEnd::Succeeded { output }
}

fn no() -> TaskEnd {
    TaskEnd::Failed {
        error: "Approval.Rejected".to_owned(),
        cause: "rejected by bob@example.com".to_owned(),
    }
}

fn share_ends(core: &mut Core<Subscription>, result: ShareResult) {
    let number = core.state.order.as_ref().unwrap().number;
    share_ends_order(core, number, result);
}

fn share_ends_order(core: &mut Core<Subscription>, number: u64, result: ShareResult) {
    let record = core.reply();
    let end = ShareEnd {
        share_id: record.share_id,
        subscription_id: core.id.clone(),
        number,
        result,
    };
    core.tell(Command::ShareEnded(ShareEnded { end })).unwrap();
}

fn taken() -> ShareResult {
    ShareResult::Taken {
        certificate: "c1".to_owned(),
    }
}

fn live() -> Core<Subscription> {
    let mut core = asked();
    decide(&mut core, yes(json!({})));
    core.settle("OrderShare", Ok(Outcome::OrderTaken));
    share_ends(&mut core, ShareResult::Given);
    core
}

fn revoke() -> Command {
    Command::Revoke(Revoke {
        by: person("bob"),
        reason: "the campaign is over".to_owned(),
    })
}

fn renew(until_ms: i64) -> Command {
    Command::Renew(Renew {
        until_ms: Some(until_ms),
        scope: None,
        reason: "more campaign".to_owned(),
        by: person("ann"),
    })
}

fn orders(core: &Core<Subscription>) -> Vec<ShareOrder> {
    let orders = core.pending.iter().filter_map(|effect| match effect {
        SubscriptionEffect::OrderShare(order) => Some(order.order.clone()),
        _ => None,
    });
    orders.collect()
}

fn told(core: &mut Core<Subscription>) -> Vec<String> {
    core.told().into_iter().map(|(name, _)| name).collect()
}

fn refused(core: &mut Core<Subscription>, command: Command) -> String {
    core.tell(command).unwrap_err().reason
}

#[test]
fn a_subscription_is_asked_for_approved_given_and_ends() {
    let mut core = asked();
    let record = core.reply();
    assert_eq!(record.status, AgreementStatus::Pending);
    assert!(record.is_settled());
    let events = core.told();
    assert_eq!(
        events,
        [(
            "SubscriptionRequested".to_owned(),
            json!({
                "requestId": core.id,
                "assetId": "asset-1",
                "requestedBy": "ann@example.com",
                "requestedAt": "2026-01-14T20:30:00Z",
            })
        )]
    );

    decide(&mut core, yes(json!({})));
    assert_eq!(core.reply().fulfilment, Fulfilment::Granting);
    let given = orders(&core);
    let [ShareOrder::Give(give)] = given.as_slice() else {
        panic!("{given:?}")
    };
    assert_eq!(give.scope, columns(&["id", "amount"]));
    assert_eq!(give.approved_by, "bob@example.com");
    core.settle("OrderShare", Ok(Outcome::OrderTaken));
    share_ends(&mut core, ShareResult::Given);
    let record = core.reply();
    assert_eq!(
        (record.status, record.fulfilment),
        (AgreementStatus::Approved, Fulfilment::Granted)
    );
    assert_eq!(
        told(&mut core),
        ["SubscriptionApproved", "SubscriptionGranted"]
    );

    let end = record.window.unwrap().until_ms.unwrap();
    assert_eq!(core.timers.get(TERMS_TIMER), Some(&end));
    core.now_ms = end;
    core.timer(TERMS_TIMER);
    assert_eq!(core.reply().status, AgreementStatus::Expired);
    assert_eq!(core.reply().fulfilment, Fulfilment::Revoking);
    core.settle("OrderShare", Ok(Outcome::OrderTaken));
    share_ends(&mut core, taken());
    let record = core.reply();
    assert_eq!(record.fulfilment, Fulfilment::Revoked);
    assert_eq!(record.certificate.as_deref(), Some("c1"));
    assert!(record.is_settled());
    assert_eq!(told(&mut core), ["SubscriptionExpired"]);
}

#[test]
fn an_approver_gives_less_than_asked_and_never_more() {
    let mut core = asked();
    let until = core.now_ms + 7 * DAY;
    let less = json!({"scope": {"columns": ["id"]}, "until": until});
    let open = core.reply().agreement.open().unwrap().clone();
    Answer::check(&less, &open).unwrap();
    decide(&mut core, yes(less));
    let record = core.reply();
    assert_eq!(record.granted, Some(columns(&["id"])));
    assert_eq!(record.window.unwrap().until_ms, Some(until));

    let mut core = asked();
    let late = core.now_ms + 90 * DAY;
    for more in [json!({"scope": {}}), json!({"until": late})] {
        assert_eq!(
            Answer::check(&more, &open).unwrap_err().reason,
            "INVALID_FIELDS"
        );
    }
    decide(&mut core, yes(json!({"scope": {}, "until": late})));
    let record = core.reply();
    assert_eq!(record.granted, Some(columns(&["id", "amount"])));
    assert_eq!(record.window.unwrap().until_ms, open.window.until_ms);
}

#[test]
fn an_answer_that_cannot_be_read_gives_nothing() {
    let mut core = asked();
    decide(&mut core, yes(json!({"scope": ["id"]})));
    let record = core.reply();
    assert_eq!(record.status, AgreementStatus::Denied);
    assert!(record.status_reason.starts_with("ANSWER_UNREADABLE: "));
    assert_eq!(orders(&core), []);
}

#[test]
fn a_no_an_expired_approval_and_a_cancellation_give_nothing() {
    let expired = TaskEnd::Failed {
        error: "Approval.Expired".to_owned(),
        cause: "the deadline passed".to_owned(),
    };
    for (end, reason) in [(no(), "REJECTED: "), (expired, "APPROVAL_EXPIRED: ")] {
        let mut core = asked();
        told(&mut core);
        decide(&mut core, end);
        assert_eq!(core.reply().status, AgreementStatus::Denied);
        assert!(core.reply().status_reason.starts_with(reason));
        assert_eq!(told(&mut core), ["SubscriptionRejected"]);
        assert_eq!(orders(&core), []);
    }
    let mut core = asked();
    told(&mut core);
    let token = core.state.asking.as_ref().unwrap().token.clone();
    let cancel = |by: &str| {
        Command::Cancel(Cancel {
            by: person(by),
            reason: String::new(),
        })
    };
    assert_eq!(refused(&mut core, cancel("bob")), "NOT_REQUESTER");
    core.tell(cancel("ann")).unwrap();
    assert_eq!(core.reply().status, AgreementStatus::Cancelled);
    assert_eq!(told(&mut core), ["SubscriptionCancelled"]);
    core.settle("CloseApproval", Err(failure("APPROVAL_NOT_FOUND")));
    let late = Command::Decided(Decided {
        token,
        end: yes(json!({})),
    });
    assert_eq!(refused(&mut core, late), "TASK_NOT_FOUND");
    assert_eq!(refused(&mut core, cancel("ann")), "NOTHING_OPEN");
}

#[test]
fn what_cannot_be_asked_is_refused() {
    let now_ms = new().now_ms;
    let with = |change: &dyn Fn(&mut Request)| {
        let mut request = request(now_ms);
        change(&mut request);
        refused(&mut new(), Command::Request(Box::new(request)))
    };
    assert_eq!(
        with(&|r| r.asset.asset.publish_status = PublishStatus::Draft),
        "ASSET_NOT_PUBLISHED"
    );
    assert_eq!(
        with(&|r| r.project.project.status = Status::Creating),
        "PROJECT_NOT_READY"
    );
    assert_eq!(with(&|r| r.nth = 2), "WRONG_ID");
    let fields: [&dyn Fn(&mut Request); 8] = [
        &|r| r.reason.clear(),
        &|r| r.principal = "arn:aws:iam::123456789012:role/other".to_owned(),
        &|r| r.principal = "arn:aws:iam::210987654321:role/".to_owned(),
        &|r| r.scope = columns(&["salary"]),
        &|r| r.scope.excluded = columns(&["iban"]).columns,
        &|r| {
            r.scope = Scope {
                excluded: columns(&["id", "amount", "iban"]).columns,
                ..Scope::default()
            }
        },
        &|r| r.window.until_ms = Some(now_ms),
        &|r| r.consumer.account = "1".to_owned(),
    ];
    for (at, change) in fields.into_iter().enumerate() {
        assert_eq!(with(change), "INVALID_FIELDS", "{at}");
    }
    for command in [revoke(), renew(now_ms + DAY)] {
        assert_eq!(refused(&mut new(), command), "SUBSCRIPTION_NOT_FOUND");
    }
}

#[test]
fn one_is_live_at_a_time_and_the_next_comes_after() {
    let mut core = live();
    let again = Command::Request(Box::new(request(core.now_ms)));
    let second = core.tell(again.clone()).unwrap_err();
    assert_eq!(second.reason, "SUBSCRIPTION_EXISTS");
    assert!(second.message.contains(&core.id));
    core.tell(revoke()).unwrap();
    assert_eq!(refused(&mut core, again), "SUBSCRIPTION_OVER");
}

#[test]
fn a_revoke_overtakes_a_grant_at_every_moment() {
    // While the owners are asked.
    let mut core = asked();
    told(&mut core);
    core.tell(revoke()).unwrap();
    assert_eq!(told(&mut core), ["SubscriptionRevoked"]);
    core.settle("CloseApproval", Ok(Outcome::ApprovalClosed));
    assert_eq!(orders(&core), []);
    assert!(core.reply().is_settled());

    // While the share is told.
    let mut core = asked();
    decide(&mut core, yes(json!({})));
    core.tell(revoke()).unwrap();
    core.settle("OrderShare", Ok(Outcome::OrderTaken));
    assert!(matches!(orders(&core).as_slice(), [ShareOrder::Take(take)] if take.number == 2));
    // The share tells of the grant when the revoke is under way.
    share_ends_order(&mut core, 1, ShareResult::Given);
    assert_eq!(core.reply().fulfilment, Fulfilment::Revoking);
    share_ends(&mut core, taken());
    assert_eq!(core.reply().fulfilment, Fulfilment::Revoked);

    // After the share took it back by itself.
    let mut core = asked();
    decide(&mut core, yes(json!({})));
    core.settle("OrderShare", Ok(Outcome::OrderTaken));
    let half = ShareResult::Failed {
        code: "EntityNotFoundException".to_owned(),
        message: "no such table".to_owned(),
    };
    share_ends(&mut core, half);
    assert_eq!(core.reply().fulfilment, Fulfilment::Failed);
    assert_eq!(core.reply().status, AgreementStatus::Approved);
    core.tell(revoke()).unwrap();
    core.tell(revoke()).unwrap();
    core.settle("OrderShare", Ok(Outcome::OrderTaken));
    share_ends(&mut core, taken());
    assert!(core.reply().is_settled());
    assert_eq!(
        told(&mut core).last().map(String::as_str),
        Some("SubscriptionRevoked")
    );
}

#[test]
fn an_open_or_denied_renewal_never_postpones_the_end() {
    for denied in [false, true] {
        let mut core = live();
        let end = core.reply().window.unwrap().until_ms.unwrap();
        core.tell(renew(end + 30 * DAY)).unwrap();
        assert_eq!(refused(&mut core, renew(end + DAY)), "REQUEST_OPEN");
        core.settle("OpenApproval", Ok(Outcome::ApprovalOpened));
        let token = core.state.asking.as_ref().unwrap().token.clone();
        if denied {
            decide(&mut core, no());
            assert_eq!(core.reply().status, AgreementStatus::Approved);
        }
        assert_eq!(core.timers.get(TERMS_TIMER), Some(&end));
        core.now_ms = end;
        core.timer(TERMS_TIMER);
        assert_eq!(core.reply().status, AgreementStatus::Expired);
        assert!(matches!(orders(&core).as_slice(), [ShareOrder::Take(_)]));
        if !denied {
            core.settle("CloseApproval", Ok(Outcome::ApprovalClosed));
        }
        let late = Command::Decided(Decided {
            token,
            end: yes(json!({})),
        });
        assert_eq!(refused(&mut core, late), "TASK_NOT_FOUND");
        assert_eq!(refused(&mut core, renew(end + DAY)), "NOT_LIVE");
    }
}

#[test]
fn a_yes_after_the_end_does_not_bring_access_back() {
    let mut core = live();
    let end = core.reply().window.unwrap().until_ms.unwrap();
    core.tell(renew(end + 30 * DAY)).unwrap();
    core.settle("OpenApproval", Ok(Outcome::ApprovalOpened));
    // The timer is late.
    core.now_ms = end + 1;
    decide(&mut core, yes(json!({})));
    assert_eq!(core.reply().status, AgreementStatus::Expired);
    assert!(matches!(orders(&core).as_slice(), [ShareOrder::Take(_)]));
}

#[test]
fn an_approved_renewal_goes_on_without_a_gap() {
    let mut core = live();
    let end = core.reply().window.unwrap().until_ms.unwrap();
    core.tell(renew(end + 30 * DAY)).unwrap();
    core.settle("OpenApproval", Ok(Outcome::ApprovalOpened));
    told(&mut core);
    decide(&mut core, yes(json!({})));
    assert_eq!(told(&mut core), ["SubscriptionRenewed"]);
    let record = core.reply();
    assert_eq!(record.window.unwrap().until_ms, Some(end + 30 * DAY));
    assert_eq!(record.fulfilment, Fulfilment::Granted);
    core.settle("OrderShare", Ok(Outcome::OrderTaken));
    // A change that fails leaves what is given.
    let half = ShareResult::Failed {
        code: "ThrottlingException".to_owned(),
        message: String::new(),
    };
    share_ends(&mut core, half);
    assert_eq!(core.reply().fulfilment, Fulfilment::Granted);
    core.now_ms = end;
    core.timer(TERMS_TIMER);
    assert_eq!(core.reply().status, AgreementStatus::Approved);
    assert!(matches!(orders(&core).as_slice(), [ShareOrder::Give(_)]));
}

#[test]
fn a_share_that_refuses_to_take_back_is_told_again() {
    let mut core = live();
    core.tell(revoke()).unwrap();
    core.settle("OrderShare", Err(failure("AccessDeniedException")));
    let record = core.reply();
    assert_eq!(record.fulfilment, Fulfilment::Revoking);
    assert!(!record.is_settled());
    let due = core.timers[TERMS_TIMER];
    assert_eq!(due, core.now_ms + 60_000);
    core.now_ms = due;
    core.timer(TERMS_TIMER);
    core.settle("OrderShare", Ok(Outcome::OrderTaken));
    let gone = ShareResult::Unreachable {
        code: "AccountClosed".to_owned(),
        message: "the account is closed".to_owned(),
        remains: vec!["resource link".to_owned()],
    };
    share_ends(&mut core, gone);
    assert_eq!(core.reply().fulfilment, Fulfilment::Unreachable);
    assert!(core.reply().status_reason.contains("resource link"));
    // The proof comes late.
    share_ends(&mut core, taken());
    assert_eq!(core.reply().fulfilment, Fulfilment::Revoked);
}

#[test]
fn data_zone_is_kept_in_step() {
    let mut core = live();
    let fact = |fact| Ok(Outcome::InDataZone(fact));
    core.settle("RequestInDataZone", fact(ZoneFact::Requested("r1".into())));
    core.settle("AcceptInDataZone", fact(ZoneFact::Accepted("s1".into())));
    core.settle(
        "GrantInDataZone",
        fact(ZoneFact::Granted(Some("g1".into()))),
    );
    assert_eq!(core.reply().data_zone.status, DataZoneStatus::Granted);
    core.tell(revoke()).unwrap();
    assert!(!core.names().contains(&"UngrantInDataZone"));
    share_ends(&mut core, taken());
    core.settle("UngrantInDataZone", fact(ZoneFact::Ungranted));
    core.settle("RevokeInDataZone", fact(ZoneFact::Revoked));
    assert_eq!(core.reply().data_zone.status, DataZoneStatus::Revoked);
    let other_domain = &core.state.home.as_ref().unwrap().zone;
    assert_eq!(other_domain.as_ref().unwrap().project_id, None);
}

#[test]
fn a_data_zone_that_refuses_holds_nothing_up() {
    let mut core = live();
    core.settle("RequestInDataZone", Err(failure("AccessDeniedException")));
    let record = core.reply();
    assert_eq!(record.data_zone.status, DataZoneStatus::None);
    assert!(record.data_zone.reason.starts_with("AccessDeniedException"));
    assert_eq!(record.fulfilment, Fulfilment::Granted);
    for _ in 1..plan::REQUEST_TRIES {
        core.now_ms = core.timers[TERMS_TIMER];
        core.timer(TERMS_TIMER);
        core.settle("RequestInDataZone", Err(failure("AccessDeniedException")));
    }
    assert_eq!(
        core.timers.get(TERMS_TIMER),
        core.reply().window.unwrap().until_ms.as_ref()
    );
    core.tell(revoke()).unwrap();
    core.settle("OrderShare", Ok(Outcome::OrderTaken));
    share_ends(&mut core, taken());
    assert!(core.reply().is_settled());
}

fn covered() -> Result<Outcome, datamesh_actor::Failure> {
    covered_after(false)
}

/// Another has the place; whether an earlier try of ours was without an answer.
fn covered_after(may_come: bool) -> Result<Outcome, datamesh_actor::Failure> {
    Ok(Outcome::CoveredInDataZone {
        holder: "the subscription s0".to_owned(),
        may_come,
    })
}

/// Looks again whether DataZone has a place, when it is time to; the answer. How long it was till then.
fn look(core: &mut Core<Subscription>, answer: Result<Outcome, datamesh_actor::Failure>) -> i64 {
    let pause_ms = core.timers[TERMS_TIMER] - core.now_ms;
    core.now_ms += pause_ms;
    core.timer(TERMS_TIMER);
    core.settle("RequestInDataZone", answer);
    pause_ms
}

/// Live, without an end, and another has its place in DataZone.
fn live_and_covered() -> Core<Subscription> {
    let mut core = new();
    let mut request = request(core.now_ms);
    request.window.until_ms = None;
    core.tell(Command::Request(Box::new(request))).unwrap();
    core.settle("OpenApproval", Ok(Outcome::ApprovalOpened));
    core.settle("RequestInDataZone", covered());
    decide(&mut core, yes(json!({})));
    core.settle("OrderShare", Ok(Outcome::OrderTaken));
    share_ends(&mut core, ShareResult::Given);
    core
}

#[test]
fn who_is_covered_in_data_zone_asks_again_until_the_place_is_free() {
    let mut core = live_and_covered();
    let record = core.reply();
    assert_eq!(record.fulfilment, Fulfilment::Granted);
    assert_eq!(record.data_zone.status, DataZoneStatus::Covered);
    let reason =
        "COVERED: DataZone has the subscription s0 of the same subscriber, and takes one only";
    assert_eq!(record.data_zone.reason, reason);

    let pauses: Vec<i64> = (0..40).map(|_| look(&mut core, covered())).collect();
    assert_eq!(pauses[..3], [5_000, 10_000, 20_000]);
    assert_eq!(pauses[20..], [600_000; 20]);
    assert_eq!(core.reply(), record, "to look is no change");

    let fact = |fact| Ok(Outcome::InDataZone(fact));
    look(&mut core, fact(ZoneFact::Requested("r1".into())));
    core.settle("AcceptInDataZone", fact(ZoneFact::Accepted("s1".into())));
    core.settle("GrantInDataZone", fact(ZoneFact::Granted(None)));
    let zone = core.reply().data_zone;
    assert_eq!(
        (zone.status, zone.reason.as_str()),
        (DataZoneStatus::Granted, "")
    );
    assert_eq!(core.timers.get(TERMS_TIMER), None);
}

#[test]
fn nothing_is_taken_back_in_data_zone_of_who_is_covered() {
    let mut core = live_and_covered();
    core.now_ms = core.timers[TERMS_TIMER];
    core.timer(TERMS_TIMER);
    // It looks just when it is revoked.
    core.tell(revoke()).unwrap();
    core.settle("RequestInDataZone", covered());
    core.settle("OrderShare", Ok(Outcome::OrderTaken));
    share_ends(&mut core, taken());
    assert!(core.reply().is_settled());
    assert!(!core.names().iter().any(|name| name.ends_with("InDataZone")));
    assert_eq!(core.timers.get(TERMS_TIMER), None);
    assert_eq!(core.reply().data_zone, DataZoneRecord::default());

    // It was told before, and does not show it when all is over.
    let mut core = live_and_covered();
    core.tell(revoke()).unwrap();
    assert_eq!(core.reply().data_zone, DataZoneRecord::default());

    // The place was free at that moment: the request is taken back.
    let mut core = live_and_covered();
    core.now_ms = core.timers[TERMS_TIMER];
    core.timer(TERMS_TIMER);
    core.tell(revoke()).unwrap();
    let requested = ZoneFact::Requested("r1".to_owned());
    core.settle("RequestInDataZone", Ok(Outcome::InDataZone(requested)));
    core.settle(
        "RejectInDataZone",
        Ok(Outcome::InDataZone(ZoneFact::Rejected)),
    );
    assert_eq!(core.reply().data_zone.status, DataZoneStatus::Rejected);
}

#[test]
fn a_request_that_may_still_come_is_asked_for_and_taken_back() {
    let requested = || Ok(Outcome::InDataZone(ZoneFact::Requested("r1".to_owned())));
    for landed in [true, false] {
        let mut core = live_and_covered();
        look(&mut core, covered_after(true));
        core.tell(revoke()).unwrap();
        core.settle("OrderShare", Ok(Outcome::OrderTaken));
        share_ends(&mut core, taken());
        assert_eq!(core.reply().data_zone.status, DataZoneStatus::Covered);
        if landed {
            look(&mut core, requested());
            let rejected = Ok(Outcome::InDataZone(ZoneFact::Rejected));
            core.settle("RejectInDataZone", rejected);
            assert_eq!(core.reply().data_zone.status, DataZoneStatus::Rejected);
        } else {
            look(&mut core, covered());
            assert_eq!(core.reply().data_zone, DataZoneRecord::default());
        }
        assert_eq!(core.timers.get(TERMS_TIMER), None);
        assert!(!core.names().iter().any(|name| name.ends_with("InDataZone")));
    }
}

#[test]
fn a_request_that_an_older_version_gave_up_is_asked_once_more() {
    let mut core = live();
    core.state.zone_again = Some(ZoneRetry {
        step: ZoneStep::Request,
        refused: plan::ZONE_TRIES,
        due_ms: None,
        covered: false,
        may_come: false,
    });
    core.pending
        .retain(|effect| effect.name() != "RequestInDataZone");
    core.state.busy.remove(&Lane::DataZone);
    core.timer(TERMS_TIMER);
    core.settle("RequestInDataZone", Err(failure("AccessDeniedException")));
    core.timer(TERMS_TIMER);
    assert!(!core.names().contains(&"RequestInDataZone"), "once");
}

#[test]
fn a_place_that_another_has_uses_up_no_try() {
    let mut core = live_and_covered();
    for _ in 0..20 {
        look(&mut core, covered());
    }
    let refused = || Err(failure("AccessDeniedException"));
    look(&mut core, refused());
    for pause_ms in [60_000, 120_000] {
        assert_eq!(look(&mut core, refused()), pause_ms);
    }
    assert!(core.reply().data_zone.reason.starts_with("AccessDenied"));
    look(&mut core, covered());
    assert_eq!(look(&mut core, refused()), 5_000);
    for _ in 1..plan::REQUEST_TRIES {
        look(&mut core, refused());
    }
    assert_eq!(core.timers.get(TERMS_TIMER), None);
}

#[test]
fn what_was_stored_before_places_were_known_loads() {
    let mut core = live();
    core.settle("RequestInDataZone", Err(failure("AccessDeniedException")));
    let mut stored = serde_json::to_value(&core.state).unwrap();
    let again = stored["zone_again"].as_object_mut().unwrap();
    for name in ["covered", "may_come"] {
        assert_eq!(again.remove(name), Some(json!(false)));
    }
    let loaded: State = serde_json::from_value(stored).unwrap();
    assert_eq!(loaded, core.state);
}

#[test]
fn owners_that_cannot_be_asked_deny() {
    let mut core = new();
    let request = request(core.now_ms);
    core.tell(Command::Request(Box::new(request))).unwrap();
    core.settle("OpenApproval", Err(failure("INVALID_FIELDS")));
    let record = core.reply();
    assert_eq!(record.status, AgreementStatus::Denied);
    assert!(record.status_reason.starts_with("INVALID_FIELDS: "));
}

#[test]
fn a_request_whose_time_is_over_before_anybody_decides_is_denied() {
    let mut core = asked();
    core.now_ms += 30 * DAY;
    core.timer(TERMS_TIMER);
    assert_eq!(core.reply().status, AgreementStatus::Denied);
    assert!(core.reply().status_reason.starts_with("WINDOW_OVER: "));
    assert!(core.names().contains(&"CloseApproval"));
}

#[test]
fn access_that_begins_later_is_given_then() {
    let mut core = new();
    let mut request = request(core.now_ms);
    request.window.from_ms = core.now_ms + DAY;
    core.tell(Command::Request(Box::new(request))).unwrap();
    core.settle("OpenApproval", Ok(Outcome::ApprovalOpened));
    decide(&mut core, yes(json!({})));
    let record = core.reply();
    assert_eq!(record.status, AgreementStatus::Approved);
    assert_eq!(record.fulfilment, Fulfilment::Pending);
    assert!(record.is_settled());
    assert_eq!(orders(&core), []);
    core.now_ms = core.timers[TERMS_TIMER];
    core.timer(TERMS_TIMER);
    assert!(matches!(orders(&core).as_slice(), [ShareOrder::Give(_)]));
}

#[test]
fn every_request_decision_and_end_is_in_the_audit_chain() {
    let mut core = live();
    core.tell(revoke()).unwrap();
    core.settle("OrderShare", Ok(Outcome::OrderTaken));
    share_ends(&mut core, taken());
    let rows = core.rows.iter();
    let chain: Vec<AuditEntry> = rows
        .filter(|((collection, _), _)| collection == AUDIT_ENTRIES)
        .map(|(_, row)| serde_json::from_value(row.clone()).unwrap())
        .collect();
    let actions: Vec<&str> = chain.iter().map(|entry| entry.action.as_str()).collect();
    assert_eq!(
        actions,
        [
            "GRANT_REQUESTED",
            "APPROVED",
            "GRANTED",
            "REVOKED",
            "CERTIFIED"
        ]
    );
    assert_eq!(broken_at(&chain), None);
}

#[test]
fn no_token_is_shown() {
    let core = asked();
    let token = core.state.asking.as_ref().unwrap().token.clone();
    let shown = format!("{:?} {:?} {:?}", core.rows, core.state, core.pending);
    assert!(!shown.contains(&token));
    let decided = Decided {
        token: token.clone(),
        end: no(),
    };
    assert!(!format!("{decided:?}").contains(&token));
}
