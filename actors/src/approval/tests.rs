#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use datamesh_actor::{Failure, Rejection, RejectionKind};
use serde_json::{Value, json};

use super::*;
use crate::task_end::TaskEnd;
use crate::testing::{Core, failure};

const HOUR_MS: i64 = 3_600_000;

/// Somebody with this name as their user id and an address made of it.
fn person(name: &str, groups: &[&str]) -> Person {
    Person {
        user: format!("u-{name}"),
        email: format!("{name}@example.com"),
        groups: groups.iter().map(|&group| group.to_owned()).collect(),
        admin: groups.contains(&"admins"),
    }
}

fn stage(name: &str, groups: &[&str], users: &[&str], threshold: u32) -> StagePolicy {
    let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    StagePolicy {
        name: name.to_owned(),
        groups: owned(groups),
        users: owned(users),
        threshold,
    }
}

fn open(stages: Vec<StagePolicy>) -> Open {
    Open {
        task_token: "token-1".to_owned(),
        execution_id: "exec-1".to_owned(),
        project_id: "proj-1".to_owned(),
        subject: "Promote Orders to prod".to_owned(),
        message: "Ready to promote to production?".to_owned(),
        requested_by: person("ann", &["owners"]),
        digest: "d1".to_owned(),
        details: json!({"targetEnvironment": "prod", "approved": "no", "projectId": "other"}),
        policy: Policy {
            stages,
            deadline_seconds: 24 * 3_600,
            escalation: None,
            allow_requester: false,
        },
    }
}

fn opened(open: Open) -> Core<Approval> {
    let mut core = Core::new("apr-1");
    core.tell(Command::Open(Box::new(open))).unwrap();
    core
}

/// An approval that two of the group `owners` must give.
fn two_owners() -> Core<Approval> {
    opened(open(vec![stage("owners", &["owners"], &[], 2)]))
}

fn owner(name: &str) -> Person {
    person(name, &["owners"])
}

fn approve(by: Person) -> Command {
    Command::Approve(Approve {
        by,
        comment: "looks good".to_owned(),
        ..Approve::default()
    })
}

fn reject(by: Person) -> Command {
    let comment = "not on a Friday".to_owned();
    Command::Reject(Reject { by, comment })
}

fn delegate(by: Person, to: &str) -> Command {
    Command::Delegate(Delegate {
        by,
        to: to.to_owned(),
        comment: String::new(),
    })
}

fn withdraw(by: Person) -> Command {
    let comment = String::new();
    Command::Withdraw(Withdraw { by, comment })
}

fn comment(by: Person, text: &str) -> Command {
    let comment = text.to_owned();
    Command::Comment(Comment { by, comment })
}

fn cancel(by: Person) -> Command {
    let reason = String::new();
    Command::Cancel(Cancel { by, reason })
}

fn void(digest: &str) -> Command {
    Command::Void(Void {
        reason: "SOURCE_CHANGED: dev runs something else".to_owned(),
        digest: digest.to_owned(),
    })
}

#[track_caller]
fn refused(core: &mut Core<Approval>, command: Command) -> String {
    core.tell(command).unwrap_err().reason
}

fn history(core: &Core<Approval>) -> Vec<Entry> {
    let rows = core.rows.iter();
    rows.filter(|((collection, _), _)| collection == APPROVAL_ENTRIES)
        .map(|(_, doc)| serde_json::from_value(doc.clone()).unwrap())
        .collect()
}

fn actions(core: &Core<Approval>) -> Vec<&'static str> {
    history(core)
        .iter()
        .map(|entry| entry.action.as_str())
        .collect()
}

/// What the execution was told.
fn end(core: &Core<Approval>) -> Option<&TaskEnd> {
    core.pending.iter().find_map(|effect| match effect {
        ApprovalEffect::TellExecution(tell) => Some(&tell.end),
        ApprovalEffect::PutEvent(_) => None,
    })
}

#[track_caller]
fn failed_with(core: &Core<Approval>) -> (&str, &str) {
    match end(core) {
        Some(TaskEnd::Failed { error, cause }) => (error, cause),
        other => panic!("the task ended with {other:?}"),
    }
}

/// The names in the inbox as the list has them.
fn inbox(core: &Core<Approval>) -> Vec<String> {
    let row = Approval::views(&core.id, &core.state).into_iter().next();
    let Some(ViewChange::Put { fields, .. }) = row else {
        panic!("an approval keeps its row");
    };
    let inbox = fields.into_iter().filter(|(name, _)| name == "inbox");
    inbox.map(|(_, value)| value).collect()
}

fn steps(core: &Core<Approval>) -> Vec<(String, String)> {
    let rows = core.rows.iter();
    rows.filter(|((collection, _), _)| collection == APPROVAL_STEPS)
        .map(|(_, doc)| {
            let step: StepRecord = serde_json::from_value(doc.clone()).unwrap();
            (step.status, step.approver)
        })
        .collect()
}

#[test]
fn two_of_a_group_say_yes_and_the_task_goes_on() {
    let mut core = two_owners();
    assert_eq!(core.reply().status, Status::Pending);
    let after_one = core.tell(approve(owner("bob"))).unwrap();
    assert_eq!(after_one.status, Status::InProgress);
    let after_two = core.tell(approve(owner("cay"))).unwrap();
    assert_eq!(after_two.status, Status::Approved);
    assert_eq!(after_two.open_stage(), None);
    let told = TaskEnd::Succeeded {
        output: json!({
            "targetEnvironment": "prod",
            "approved": true,
            "projectId": "proj-1",
            "digest": "d1",
            "approvalId": "apr-1",
            "approvedBy": ["bob@example.com", "cay@example.com"],
            "approvalReason": "looks good",
        }),
    };
    assert_eq!(end(&core), Some(&told));
    assert_eq!(
        actions(&core),
        [
            "OPENED",
            "STAGE_OPENED",
            "APPROVED",
            "APPROVED",
            "COMPLETED"
        ]
    );
    assert_eq!(core.timers.len(), 0);
    core.settle("TellExecution", Ok(Outcome::ExecutionTold));
    assert!(core.state.told);
    assert_eq!(core.reply(), after_two, "that cannot be seen");
}

#[test]
fn who_asked_cannot_decide_under_any_name() {
    let mut core = two_owners();
    let ann = owner("ann");
    let aliases = [
        ann.clone(),
        Person {
            email: String::new(),
            ..ann.clone()
        },
        Person {
            user: "another account".to_owned(),
            email: "ANN@EXAMPLE.COM".to_owned(),
            ..ann.clone()
        },
    ];
    for alias in aliases {
        let denied = core.tell(approve(alias.clone())).unwrap_err();
        assert_eq!(
            (denied.kind, denied.reason.as_str()),
            (RejectionKind::Denied, "SELF_APPROVAL")
        );
        assert_eq!(refused(&mut core, reject(alias.clone())), "SELF_APPROVAL");
        assert_eq!(
            refused(&mut core, delegate(alias, "bob@example.com")),
            "SELF_APPROVAL"
        );
    }
    for name in ["Ann@example.com", "u-ann"] {
        assert_eq!(
            refused(&mut core, delegate(owner("bob"), name)),
            "SELF_APPROVAL"
        );
    }
}

#[test]
fn who_asked_decides_where_the_policy_lets_them() {
    let mut question = open(vec![stage("owners", &["owners"], &[], 1)]);
    question.policy.allow_requester = true;
    let mut core = opened(question);
    let record = core.tell(approve(owner("ann"))).unwrap();
    assert_eq!(record.status, Status::Approved);
}

#[test]
fn an_account_without_an_address_that_asked_is_known_when_it_has_one() {
    let mut question = open(vec![stage(
        "named",
        &[],
        &["ann@example.com", "bob@example.com"],
        1,
    )]);
    question.requested_by.email.clear();
    let mut core = opened(question);
    assert_eq!(
        refused(&mut core, approve(person("ann", &[]))),
        "SELF_APPROVAL"
    );
    core.tell(delegate(person("bob", &[]), "ann@example.com"))
        .unwrap();
    assert_eq!(
        refused(&mut core, approve(person("ann", &[]))),
        "SELF_APPROVAL"
    );
}

#[test]
fn only_members_of_the_groups_and_the_named_decide() {
    let mut core = opened(open(vec![stage(
        "named",
        &["owners"],
        &["U-Dan", "eve@example.com"],
        3,
    )]));
    assert_eq!(
        refused(&mut core, approve(person("cay", &["sales"]))),
        "NOT_APPROVER"
    );
    let denied = core.tell(reject(person("root", &["admins"]))).unwrap_err();
    assert_eq!(
        denied.message,
        "in the stage 'named' only these can decide: U-Dan, eve@example.com, group:owners"
    );
    assert_eq!(
        refused(&mut core, approve(person("dan", &[]))),
        "NOT_APPROVER"
    );
    core.tell(approve(person("eve", &[]))).unwrap();
    core.tell(approve(owner("bob"))).unwrap();
}

#[test]
fn nobody_counts_twice_in_a_stage() {
    let mut core = two_owners();
    core.tell(approve(owner("bob"))).unwrap();
    assert_eq!(
        refused(&mut core, approve(owner("bob"))),
        "ALREADY_APPROVED"
    );
    let other_account = Person {
        user: "u-bob-2".to_owned(),
        ..owner("bob")
    };
    assert_eq!(
        refused(&mut core, approve(other_account)),
        "ALREADY_APPROVED"
    );
    assert_eq!(core.reply().status, Status::InProgress);
}

#[test]
fn a_delegate_decides_in_the_delegators_place() {
    let mut core = two_owners();
    core.tell(delegate(owner("bob"), "Zoe@example.com"))
        .unwrap();
    core.tell(approve(person("zoe", &[]))).unwrap();
    let entry = history(&core).pop().unwrap();
    assert_eq!(
        (entry.actor.as_str(), entry.on_behalf_of.as_str()),
        ("zoe@example.com", "bob@example.com")
    );
    assert_eq!(
        refused(&mut core, approve(owner("bob"))),
        "ALREADY_APPROVED"
    );
    let record = core.tell(approve(owner("cay"))).unwrap();
    assert_eq!(record.approved_by(), ["zoe@example.com", "cay@example.com"]);
}

#[test]
fn one_delegate_of_two_counts_once() {
    let mut core = two_owners();
    core.tell(delegate(owner("bob"), "u-zoe")).unwrap();
    core.tell(delegate(owner("cay"), "zoe@example.com"))
        .unwrap();
    core.tell(approve(person("zoe", &[]))).unwrap();
    assert_eq!(
        refused(&mut core, approve(person("zoe", &[]))),
        "ALREADY_APPROVED"
    );
    assert_eq!(core.reply().status, Status::InProgress);
    let record = core.tell(approve(owner("cay"))).unwrap();
    assert_eq!(record.status, Status::Approved);
}

#[test]
fn a_delegate_with_a_place_of_their_own_takes_that_one() {
    let mut core = two_owners();
    core.tell(delegate(owner("bob"), "cay@example.com"))
        .unwrap();
    core.tell(approve(owner("cay"))).unwrap();
    let record = core.tell(approve(owner("bob"))).unwrap();
    assert_eq!(record.status, Status::Approved);
}

#[test]
fn a_delegate_can_say_no_and_cannot_delegate_on() {
    let mut core = two_owners();
    core.tell(delegate(owner("bob"), "zoe@example.com"))
        .unwrap();
    let on = delegate(person("zoe", &[]), "yan@example.com");
    assert_eq!(refused(&mut core, on), "NOT_APPROVER");
    let record = core.tell(reject(person("zoe", &[]))).unwrap();
    assert_eq!(record.status, Status::Rejected);
    let no = history(&core).pop().unwrap();
    assert_eq!(no.on_behalf_of, "bob@example.com");
}

#[test]
fn one_delegates_to_one_and_never_in_a_circle() {
    let mut core = two_owners();
    core.tell(delegate(owner("bob"), "cay@example.com"))
        .unwrap();
    let entries = core.reply().entries;
    core.tell(delegate(owner("bob"), "Cay@example.com"))
        .unwrap();
    assert_eq!(
        core.reply().entries,
        entries,
        "the same again changes nothing"
    );
    assert_eq!(
        refused(&mut core, delegate(owner("bob"), "u-dan")),
        "ALREADY_DELEGATED"
    );
    assert_eq!(
        refused(&mut core, delegate(owner("cay"), "u-bob")),
        "DELEGATION_CYCLE"
    );
    core.tell(delegate(owner("cay"), "u-dan")).unwrap();
    assert_eq!(
        refused(&mut core, delegate(owner("dan"), "bob@example.com")),
        "DELEGATION_CYCLE"
    );
    assert_eq!(
        refused(&mut core, delegate(owner("eve"), "u-eve")),
        "DELEGATION_CYCLE"
    );
}

#[test]
fn a_place_that_is_taken_is_not_delegated() {
    let mut core = two_owners();
    core.tell(approve(owner("bob"))).unwrap();
    assert_eq!(
        refused(&mut core, delegate(owner("bob"), "u-zoe")),
        "ALREADY_APPROVED"
    );
}

#[test]
fn stages_open_in_order() {
    let mut core = opened(open(vec![
        stage("owners", &["owners"], &[], 1),
        stage("security", &["security"], &[], 1),
    ]));
    let secure = || person("sam", &["security"]);
    assert_eq!(refused(&mut core, approve(secure())), "NOT_APPROVER");
    assert_eq!(inbox(&core), ["group:owners"]);
    core.tell(approve(owner("bob"))).unwrap();
    assert_eq!(core.reply().open_stage(), Some(1));
    assert_eq!(inbox(&core), ["group:security"]);
    assert_eq!(
        steps(&core),
        [
            ("APPROVED".to_owned(), "bob@example.com".to_owned()),
            ("IN_PROGRESS".to_owned(), "group:security".to_owned())
        ]
    );
    assert_eq!(refused(&mut core, reject(owner("cay"))), "NOT_APPROVER");
    core.tell(approve(secure())).unwrap();
    assert_eq!(core.reply().status, Status::Approved);
    assert!(inbox(&core).is_empty());
}

#[test]
fn one_person_in_two_stages_says_yes_in_each() {
    let mut core = opened(open(vec![
        stage("first", &["owners"], &[], 1),
        stage("second", &["owners"], &[], 1),
    ]));
    core.tell(approve(owner("bob"))).unwrap();
    let record = core.tell(approve(owner("bob"))).unwrap();
    assert_eq!(record.status, Status::Approved);
    assert_eq!(record.approved_by(), ["bob@example.com"]);
}

#[test]
fn one_no_ends_it_even_of_who_said_yes() {
    let mut core = two_owners();
    core.tell(approve(owner("bob"))).unwrap();
    let record = core.tell(reject(owner("bob"))).unwrap();
    assert_eq!(record.status, Status::Rejected);
    assert_eq!(
        failed_with(&core),
        (
            "Approval.Rejected",
            "rejected by bob@example.com: not on a Friday"
        )
    );
    assert_eq!(refused(&mut core, approve(owner("cay"))), "APPROVAL_ENDED");
    assert_eq!(steps(&core)[0].0, "REJECTED");
}

#[test]
fn a_yes_is_taken_back_while_it_is_open() {
    let mut core = two_owners();
    assert_eq!(refused(&mut core, withdraw(owner("bob"))), "NOT_APPROVED");
    core.tell(approve(owner("bob"))).unwrap();
    let record = core.tell(withdraw(owner("bob"))).unwrap();
    assert_eq!(record.status, Status::Pending);
    core.tell(approve(owner("cay"))).unwrap();
    core.tell(approve(owner("bob"))).unwrap();
    assert_eq!(refused(&mut core, withdraw(owner("bob"))), "APPROVAL_ENDED");
}

#[test]
fn a_yes_taken_back_in_an_earlier_stage_opens_it_again() {
    let mut core = opened(open(vec![
        stage("owners", &["owners"], &[], 1),
        stage("security", &["security"], &[], 2),
    ]));
    let secure = |name| person(name, &["security"]);
    core.tell(approve(owner("bob"))).unwrap();
    core.tell(approve(secure("sam"))).unwrap();
    core.tell(withdraw(owner("bob"))).unwrap();
    assert_eq!(core.reply().open_stage(), Some(0));
    assert_eq!(refused(&mut core, approve(secure("sue"))), "NOT_APPROVER");
    core.tell(approve(owner("cay"))).unwrap();
    assert_eq!(core.reply().open_stage(), Some(1));
    let record = core.tell(approve(secure("sue"))).unwrap();
    assert_eq!(record.status, Status::Approved);
    assert_eq!(broken_at(&history(&core)), None);
}

#[test]
fn a_decision_after_the_deadline_is_the_expiry() {
    let late: [fn() -> Command; 6] = [
        || approve(owner("bob")),
        || reject(owner("bob")),
        || delegate(owner("bob"), "u-zoe"),
        || withdraw(owner("bob")),
        || comment(owner("bob"), "too late?"),
        || cancel(owner("ann")),
    ];
    for command in late {
        let mut core = two_owners();
        core.now_ms += 24 * HOUR_MS;
        let record = core.tell(command()).unwrap();
        assert_eq!(record.status, Status::Expired);
        assert_eq!(
            record.clone().in_time().unwrap_err().reason,
            "APPROVAL_EXPIRED"
        );
        assert_eq!(
            failed_with(&core),
            ("Approval.Expired", "the deadline passed")
        );
        assert_eq!(refused(&mut core, command()), "APPROVAL_EXPIRED");
        core.timer(DEADLINE_TIMER);
        assert_eq!(
            core.names()
                .iter()
                .filter(|n| **n == "TellExecution")
                .count(),
            1
        );
    }
}

#[test]
fn the_last_millisecond_still_counts() {
    let mut core = opened(open(vec![stage("owners", &["owners"], &[], 1)]));
    core.now_ms += 24 * HOUR_MS - 1;
    let record = core.tell(approve(owner("bob"))).unwrap();
    assert_eq!(record.status, Status::Approved);
}

#[test]
fn the_timer_ends_it_at_the_deadline_and_not_before() {
    let mut core = two_owners();
    core.timer(DEADLINE_TIMER);
    assert_eq!(core.reply().status, Status::Pending);
    core.now_ms = core.timers[DEADLINE_TIMER];
    core.timer(DEADLINE_TIMER);
    assert_eq!(core.reply().status, Status::Expired);
    let told: Vec<String> = core.told().into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(told, ["ApprovalRequested", "ApprovalExpired"]);
}

fn escalating() -> Core<Approval> {
    let mut question = open(vec![
        stage("owners", &["owners"], &[], 1),
        stage("security", &["security"], &[], 1),
    ]);
    question.policy.escalation = Some(Escalation {
        after_seconds: 3_600,
        groups: vec!["heads".to_owned(), "owners".to_owned()],
        users: vec!["zoe@example.com".to_owned()],
    });
    opened(question)
}

#[test]
fn an_escalation_brings_more_people_into_the_open_stage() {
    let mut core = escalating();
    let head = || person("hal", &["heads"]);
    assert_eq!(refused(&mut core, approve(head())), "NOT_APPROVER");
    core.timer(ESCALATION_TIMER);
    assert!(!core.reply().escalated, "it is too early");
    core.now_ms = core.timers[ESCALATION_TIMER];
    core.told();
    core.timer(ESCALATION_TIMER);
    let (kind, detail) = core.told().remove(0);
    assert_eq!(kind, "ApprovalEscalated");
    assert_eq!(detail["groups"], json!(["owners", "heads"]));
    assert_eq!(
        inbox(&core),
        ["group:heads", "group:owners", "user:zoe@example.com"]
    );
    core.timer(ESCALATION_TIMER);
    assert_eq!(core.told(), []);
    core.tell(approve(head())).unwrap();
    assert_eq!(
        inbox(&core),
        ["group:security"],
        "the next stage is as it was"
    );
}

#[test]
fn an_escalation_that_is_later_than_the_deadline_is_none() {
    let mut core = escalating();
    core.now_ms += 48 * HOUR_MS;
    core.timer(ESCALATION_TIMER);
    assert!(!core.reply().escalated);
    core.timer(DEADLINE_TIMER);
    assert_eq!(core.reply().status, Status::Expired);
    core.timer(ESCALATION_TIMER);
    assert!(!core.reply().escalated);
}

#[test]
fn a_yes_is_for_what_was_looked_at() {
    let mut core = two_owners();
    let looked_at = |digest: &str| {
        Command::Approve(Approve {
            by: owner("bob"),
            digest: digest.to_owned(),
            ..Approve::default()
        })
    };
    assert_eq!(refused(&mut core, looked_at("d2")), "DIGEST_MISMATCH");
    core.tell(looked_at("d1")).unwrap();
}

#[test]
fn what_has_changed_voids_it() {
    let mut core = two_owners();
    core.tell(void("d1")).unwrap();
    assert_eq!(core.reply().status, Status::Pending, "it is the same");
    core.tell(void("d2")).unwrap();
    assert_eq!(
        failed_with(&core),
        ("Approval.Voided", "SOURCE_CHANGED: dev runs something else")
    );
    let version = core.reply().version;
    core.tell(void("d3")).unwrap();
    assert_eq!(core.reply().version, version);
}

#[test]
fn only_who_asked_and_admins_cancel_it() {
    let mut core = two_owners();
    assert_eq!(refused(&mut core, cancel(owner("bob"))), "NOT_REQUESTER");
    core.tell(cancel(owner("ann"))).unwrap();
    assert_eq!(
        failed_with(&core),
        ("Approval.Cancelled", "cancelled by ann@example.com")
    );
    let mut core = two_owners();
    core.tell(cancel(person("root", &["admins"]))).unwrap();
    assert_eq!(core.reply().status, Status::Cancelled);
}

#[test]
fn an_execution_that_has_ended_the_task_is_not_told() {
    for (expired, status) in [(true, Status::Expired), (false, Status::Cancelled)] {
        let mut core = two_owners();
        let close = Command::Close(Close {
            reason: "States.Timeout".to_owned(),
            expired,
        });
        let record = core.tell(close.clone()).unwrap();
        assert_eq!(record.status, status);
        assert_eq!(end(&core), None);
        core.tell(close).unwrap();
        assert_eq!(broken_at(&history(&core)), None);
    }
}

#[test]
fn an_execution_that_will_not_hear_of_it_is_noted() {
    let mut core = two_owners();
    core.tell(cancel(owner("ann"))).unwrap();
    core.settle("TellExecution", Err(failure("EXECUTION_BROKEN")));
    let record = core.reply();
    assert_eq!(record.status, Status::Cancelled);
    assert!(
        record.status_reason.contains("EXECUTION_BROKEN"),
        "{}",
        record.status_reason
    );
}

#[test]
fn opening_it_again_for_the_same_task_changes_nothing() {
    let mut core = two_owners();
    let again = || open(vec![stage("owners", &["owners"], &[], 2)]);
    core.tell(Command::Open(Box::new(again()))).unwrap();
    assert_eq!(core.seq, 1);
    let other = Open {
        task_token: "token-2".to_owned(),
        ..again()
    };
    assert_eq!(
        refused(&mut core, Command::Open(Box::new(other))),
        "APPROVAL_EXISTS"
    );
}

#[test]
fn what_is_not_there_cannot_be_decided() {
    for command in [
        approve(owner("bob")),
        void(""),
        Command::Close(Close::default()),
    ] {
        let mut core = Core::<Approval>::new("apr-none");
        assert_eq!(refused(&mut core, command), "APPROVAL_NOT_FOUND");
    }
}

#[test]
fn the_token_is_in_no_list_no_event_and_no_reply() {
    let mut core = two_owners();
    core.tell(reject(owner("bob"))).unwrap();
    let told = core.told();
    let shown = format!("{:?}{:?}", core.rows, told) + &json!(core.reply()).to_string();
    assert!(!shown.contains("token-1"));
    let rows = Approval::views(&core.id, &core.state);
    let shown: String = rows.iter().map(|row| json!(row).to_string()).collect();
    assert!(!shown.contains("token-1"));
    assert!(shown.contains(&token_digest("token-1")));
}

#[test]
fn a_full_history_takes_decisions_only() {
    let mut core = two_owners();
    core.tell(approve(owner("dan"))).unwrap();
    while core.reply().entries < MAX_ENTRIES {
        core.tell(comment(owner("bob"), "hm")).unwrap();
    }
    assert_eq!(
        refused(&mut core, comment(owner("bob"), "hm")),
        "HISTORY_FULL"
    );
    assert_eq!(
        refused(&mut core, delegate(owner("bob"), "u-zoe")),
        "HISTORY_FULL"
    );
    assert_eq!(refused(&mut core, withdraw(owner("dan"))), "HISTORY_FULL");
    let record = core.tell(approve(owner("cay"))).unwrap();
    assert_eq!(record.status, Status::Approved);
    assert_eq!(broken_at(&history(&core)), None);
}

fn fields(rejection: &Rejection) -> Vec<&str> {
    let violations = rejection.violations.iter();
    violations
        .map(|violation| violation.field.as_str())
        .collect()
}

#[test]
fn wrong_fields_are_refused_by_name() {
    let mut core = Core::<Approval>::new("apr-1");
    let mut wrong = open(vec![stage("", &["a b"], &[], 0), stage("x", &[], &[], 1)]);
    wrong.subject.clear();
    wrong.details = json!([1]);
    wrong.policy.deadline_seconds = 0;
    wrong.policy.escalation = Some(Escalation::default());
    let rejection = core.tell(Command::Open(Box::new(wrong))).unwrap_err();
    assert_eq!(
        fields(&rejection),
        [
            "subject",
            "details",
            "policy.stages[0].name",
            "policy.stages[0].groups[0]",
            "policy.stages[0].threshold",
            "policy.stages[1]",
            "policy.deadlineSeconds",
            "policy.escalation.afterSeconds",
            "policy.escalation",
            "policy.stages[1].threshold",
        ]
    );
    let none = open(Vec::new());
    let rejection = core.tell(Command::Open(Box::new(none))).unwrap_err();
    assert_eq!(fields(&rejection), ["policy.stages"]);
}

/// Who asked is no second pair of eyes.
#[test]
fn a_threshold_that_nobody_can_reach_is_refused() {
    let mut core = Core::<Approval>::new("apr-1");
    let two = open(vec![stage(
        "named",
        &[],
        &["bob@example.com", "ANN@example.com"],
        2,
    )]);
    let rejection = core.tell(Command::Open(Box::new(two))).unwrap_err();
    assert_eq!(
        rejection.message,
        "policy.stages[0].threshold: asks for 2 people where only 1 may decide"
    );
}

#[test]
fn comments_have_a_limit() {
    let mut core = two_owners();
    let long = "x".repeat(2_049);
    for command in [
        comment(owner("bob"), &long),
        comment(owner("bob"), " "),
        Command::Reject(Reject {
            by: owner("bob"),
            comment: long.clone(),
        }),
    ] {
        let rejection = core.tell(command).unwrap_err();
        assert_eq!(fields(&rejection), ["comment"]);
    }
    core.tell(comment(person("anybody", &[]), &long[1..]))
        .unwrap();
}

#[test]
fn a_late_outcome_of_an_event_changes_nothing() {
    let mut core = two_owners();
    let seq = core.seq;
    core.settle("PutEvent", Ok(Outcome::EventPut));
    let refused: Result<Outcome, Failure> = Err(failure("X"));
    core.tell(reject(owner("bob"))).unwrap();
    core.settle("PutEvent", refused);
    assert_eq!(core.seq, seq + 1);
}

#[test]
fn the_world_is_told_who_can_decide_and_who_did() {
    let mut core = opened(open(vec![stage(
        "owners",
        &["owners"],
        &["eve@example.com"],
        1,
    )]));
    core.tell(approve(owner("bob"))).unwrap();
    let told = core.told();
    let kinds: Vec<&str> = told.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(kinds, ["ApprovalRequested", "ApprovalApproved"]);
    let (_, requested) = &told[0];
    assert_eq!(requested["groups"], json!(["owners"]));
    assert_eq!(requested["users"], json!(["eve@example.com"]));
    assert_eq!(requested["approvalDeadline"], "2026-01-15T20:30:00Z");
    let approved: &Value = &told[1].1;
    assert_eq!(approved["approvedBy"], json!(["bob@example.com"]));
}

#[test]
fn what_is_given_with_a_yes_comes_back_and_changes_nothing_of_the_question() {
    let mut question = open(vec![stage("owners", &["owners"], &[], 1)]);
    question.details = json!({"asked": 1});
    let mut core = opened(question);
    let answering = |answer| {
        Command::Approve(Approve {
            by: owner("bob"),
            answer,
            ..Approve::default()
        })
    };
    let no_object = answering(json!(["all"]));
    assert_eq!(refused(&mut core, no_object), "INVALID_FIELDS");
    let answer = json!({"until": 7, "asked": 2, "approved": false});
    core.tell(answering(answer)).unwrap();
    let output = core.pending.iter().find_map(|effect| match effect {
        ApprovalEffect::TellExecution(TellExecution {
            end: TaskEnd::Succeeded { output },
            ..
        }) => Some(output.clone()),
        _ => None,
    });
    let output = output.unwrap();
    assert_eq!(output["until"], 7);
    assert_eq!(output["asked"], 1);
    assert_eq!(output["approved"], true);
}
