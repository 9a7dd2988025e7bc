//! A table of actors, and what is said of each.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use datamesh_actor::Idempotency;
use datamesh_journal::EntityKey;
use serde_json::json;

use super::super::json::timestamp;
use super::*;

const NOW_MS: i64 = 1_000_000_000;
const SECOND: i64 = 1_000;

fn at_rest() -> ActorDetail {
    ActorDetail {
        status: ActorStatus::Resident,
        reason: None,
        cause: None,
        stopped_ms: None,
        seq: 4,
        state: None,
        mailbox: 0,
        in_flight: 0,
        full: false,
        effects: Vec::new(),
        timers: Vec::new(),
        last_error: None,
    }
}

fn effect(name: &str, state: EffectState, attempts: u32, error: &str) -> EffectDetail {
    EffectDetail {
        key: EntityKey::new("project", "proj-1"),
        effect_id: format!("2.0-{name}"),
        name: name.to_owned(),
        idempotency: Idempotency::Token,
        state,
        attempts,
        asked_ms: NOW_MS - 40 * SECOND,
        next_ms: None,
        last_error: (!error.is_empty()).then(|| error.to_owned()),
        alone: false,
        input: serde_json::value::RawValue::NULL.to_owned(),
    }
}

fn with(effects: Vec<EffectDetail>) -> ActorDetail {
    ActorDetail {
        effects,
        ..at_rest()
    }
}

fn retry(name: &str, attempts: u32, in_s: i64, error: &str) -> ActorDetail {
    with(vec![EffectDetail {
        next_ms: Some(NOW_MS + in_s * SECOND),
        ..effect(name, EffectState::Waiting, attempts, error)
    }])
}

fn state(json: serde_json::Value) -> ActorDetail {
    ActorDetail {
        state: Some(serde_json::value::to_raw_value(&json).unwrap()),
        ..at_rest()
    }
}

fn open(waiting: u32) -> v1::Pool {
    v1::Pool {
        service: "datazone".to_owned(),
        account: "111122223333".to_owned(),
        region: "eu-central-1".to_owned(),
        circuit: "OPEN".to_owned(),
        circuit_since: Some(timestamp(NOW_MS - 300 * SECOND)),
        operations: vec![v1::PoolOperation {
            waiting,
            ..v1::PoolOperation::default()
        }],
        ..v1::Pool::default()
    }
}

#[track_caller]
fn said(kind: &str, actor: &ActorDetail, pools: &[v1::Pool], sentence: &str) {
    assert_eq!(stuck(kind, actor, pools, NOW_MS), sentence);
}

#[test]
fn an_actor_that_is_stopped_says_since_when_and_why() {
    let quarantined = ActorDetail {
        status: ActorStatus::Quarantined,
        reason: Some("5 panics within 60 s, the last one: index out of bounds".to_owned()),
        cause: Some("command PublishAsset by ann".to_owned()),
        stopped_ms: Some(NOW_MS - 3 * 3_600 * SECOND),
        effects: vec![effect("Tell", EffectState::Paused, 3, "Down: no")],
        ..at_rest()
    };
    said(
        "asset",
        &quarantined,
        &[],
        "it has been quarantined for 3 h (5 panics within 60 s, the last one: index out of bounds), over \
         `command PublishAsset by ann`: resume it once the cause is mended",
    );
    let paused = ActorDetail {
        status: ActorStatus::Paused,
        reason: Some("paused by ann: an audit".to_owned()),
        stopped_ms: Some(NOW_MS - 90 * SECOND),
        effects: vec![effect("Tell", EffectState::Waiting, 0, "")],
        ..at_rest()
    };
    said(
        "asset",
        &paused,
        &[],
        "it has been paused for 90 s (paused by ann: an audit), and 1 effect waits with it: resume it",
    );
}

#[test]
fn an_actor_that_is_not_in_memory_says_what_waits_for_it() {
    let loading = ActorDetail {
        status: ActorStatus::Loading,
        mailbox: 128,
        full: true,
        ..at_rest()
    };
    said(
        "asset",
        &loading,
        &[],
        "it is being read from the journal; its mailbox is full (128 commands)",
    );
    let backing_off = ActorDetail {
        status: ActorStatus::BackingOff,
        mailbox: 1,
        last_error: Some("panic: no such row".to_owned()),
        ..at_rest()
    };
    said(
        "asset",
        &backing_off,
        &[],
        "it is read again in a moment, because panic: no such row; 1 command waits",
    );
}

#[test]
fn an_effect_says_what_it_waits_for() {
    let denied = "AccessDenied: datazone:CreateProject: no";
    let paused = with(vec![
        effect("CreateDataZoneProject", EffectState::Paused, 12, denied),
        effect("PutEvent", EffectState::Paused, 12, "Down: no"),
        effect("Look", EffectState::Running, 1, ""),
    ]);
    said(
        "project",
        &paused,
        &[],
        "CreateDataZoneProject (and 1 effect more) waits for an operator: 12 tries failed, because \
         AccessDenied: datazone:CreateProject: no; retry it once that is mended, or cancel it",
    );
    said(
        "project",
        &with(vec![effect("PutEvent", EffectState::Paused, 0, "Down: no")]),
        &[],
        "PutEvent waits for an operator: its retries ran out, because Down: no; retry it once that is \
         mended, or cancel it",
    );
    said(
        "project",
        &retry(
            "CreateProject",
            4,
            12,
            "ThrottlingException: Rate exceeded.",
        ),
        &[],
        "it tries CreateProject again in 12 s, attempt 4, because ThrottlingException: Rate exceeded",
    );
    said(
        "project",
        &retry(
            "AdmitToDomain",
            2,
            1,
            "ActorPaused: the actor is paused: an audit",
        ),
        &[],
        "it waits for another actor: AdmitToDomain is tried again in 1 s, attempt 2, because ActorPaused: \
         the actor is paused: an audit",
    );
    said(
        "project",
        &with(vec![effect(
            "CreateProject",
            EffectState::Running,
            2,
            "Down: no",
        )]),
        &[],
        "CreateProject is under way, attempt 2, asked for 40 s ago; the try before failed: Down: no",
    );
}

#[test]
fn an_effect_that_is_tried_alone_says_why() {
    let alone = EffectDetail {
        alone: true,
        ..effect("CreateProject", EffectState::Running, 0, "")
    };
    said(
        "project",
        &with(vec![alone]),
        &[],
        "CreateProject is tried alone, or waits for its turn to be: it was under way the last times that the process \
         died",
    );
}

#[test]
fn an_open_circuit_is_named() {
    let refused = "CircuitOpen: datazone:CreateProject: the circuit is open";
    said(
        "project",
        &retry("CreateProject", 3, 30, refused),
        &[open(0)],
        "the circuit of datazone in 111122223333/eu-central-1 has been open for 5 min: CreateProject is tried \
         again in 30 s, attempt 3",
    );
    said(
        "project",
        &retry("CreateProject", 3, 30, refused),
        &[],
        "the circuit of datazone was open: CreateProject is tried again in 30 s, attempt 3",
    );
    let running = with(vec![effect("CreateProject", EffectState::Running, 1, "")]);
    said(
        "project",
        &running,
        &[open(2)],
        "CreateProject is under way, attempt 1, asked for 40 s ago; the circuit of datazone in \
         111122223333/eu-central-1 has been open for 5 min and calls wait for it",
    );
    said(
        "project",
        &running,
        &[open(0)],
        "CreateProject is under way, attempt 1, asked for 40 s ago",
    );
}

#[test]
fn without_effects_it_waits_for_others() {
    let full = ActorDetail {
        in_flight: 128,
        full: true,
        ..at_rest()
    };
    said(
        "asset",
        &full,
        &[],
        "it takes no more commands until some of its 128 commits are durable",
    );
    said(
        "approval",
        &state(json!({"record": {"status": "PENDING"}})),
        &[],
        "it waits for people: its open stage has not enough yeses",
    );
    said(
        "subscription",
        &state(json!({"asking": {"approval_id": "apr-1", "token": "secret"}})),
        &[],
        "it waits for approval/apr-1",
    );
    let requests = json!([{"decision": {"by": "ann"}}, {"approvalId": "apr-2", "decision": null}]);
    said(
        "share",
        &state(json!({"agreement": {"requests": requests}})),
        &[],
        "it waits for approval/apr-2",
    );
    let execution = |approvals| {
        state(json!({
            "record": {"status": "RUNNING", "currentStates": ["Deploy"]},
            "approvals": approvals,
        }))
    };
    said(
        "execution",
        &execution(json!({"apr-3": {"opened": true, "close": null}})),
        &[],
        "it waits for approval/apr-3",
    );
    said(
        "execution",
        &execution(json!({})),
        &[],
        "its workflow is in Deploy",
    );
    let record = json!({"executionId": "exec-1", "currentState": "Approve"});
    said(
        "promotion",
        &state(json!({"workflow": "Running", "record": record})),
        &[],
        "it waits for execution/exec-1, which is in Approve",
    );
}

#[test]
fn it_waits_for_a_timer_or_for_nothing() {
    let timers = |due_ms| ActorDetail {
        timers: vec![
            ("later".to_owned(), NOW_MS + 9_000 * SECOND),
            ("setup-overdue".to_owned(), due_ms),
        ],
        ..state(json!({"record": {"status": "ACTIVE"}}))
    };
    said(
        "project",
        &timers(NOW_MS + 600 * SECOND),
        &[],
        "it waits for its timer setup-overdue, due in 10 min",
    );
    said(
        "project",
        &timers(NOW_MS - 3 * SECOND),
        &[],
        "its timer setup-overdue was due 3 s ago and is not told yet",
    );
    said(
        "project",
        &at_rest(),
        &[],
        "it is not stuck: it has nothing to do",
    );
}

#[test]
fn a_long_error_is_cut() {
    let long = format!("Refused: {}\nand more", "x".repeat(500));
    let sentence = stuck("project", &retry("Put", 2, 1, &long), &[], NOW_MS);
    assert!(sentence.chars().count() < 270, "{sentence}");
    assert!(!sentence.contains('\n'));
    assert!(sentence.ends_with('…'));
}
