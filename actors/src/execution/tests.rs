#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use datamesh_actor::{Failure, RejectionKind};
use serde_json::{Value, json};

use super::*;
use crate::person::Person;
use crate::task_end::TaskEnd;
use crate::testing::Core;
use crate::workflow::compile;

type Run = Core<WorkflowExecution>;

fn ann() -> Person {
    Person {
        user: "u-ann".into(),
        email: "ann@example.com".into(),
        groups: vec!["sales".into()],
        admin: false,
    }
}

fn start(document: &Value, input: Value) -> Start {
    let document = document.to_string();
    let digest = compile(&document).map_or_else(|_| String::new(), |m| m.digest().to_owned());
    Start {
        workflow: "w".into(),
        document,
        digest,
        input,
        run_as: ann(),
        promotion_id: Some("prom-req-1".into()),
        account: "123456789012".into(),
        region: "eu-central-1".into(),
    }
}

fn run(document: &Value, input: Value) -> Run {
    let mut core = Run::new("exec-1");
    core.tell(Command::Start(Box::new(start(document, input))))
        .unwrap();
    core
}

fn call(path: &str) -> Value {
    json!({
        "Type": "Task",
        "Resource": "arn:aws:states:::http:invoke",
        "Parameters": {
            "ApiEndpoint": format!("https://localhost{path}"),
            "Method": "POST",
            "RequestBody": {"projectId.$": "$.projectId"}
        },
        "End": true
    })
}

fn gate() -> Value {
    json!({
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {
            "QueueUrl": "https://sqs.eu-central-1.amazonaws.com/1/q",
            "MessageBody": {
                "approvalToken.$": "$$.Task.Token",
                "projectId.$": "$.projectId",
                "message": "Ready?"
            }
        },
        "TimeoutSeconds": 60,
        "End": true
    })
}

fn only(state: Value) -> Value {
    json!({"StartAt": "A", "States": {"A": state}})
}

fn input() -> Value {
    json!({"projectId": "proj-1"})
}

/// The last report to the promotion.
fn last_report(core: &Run) -> Report {
    let reports = core.pending.iter().filter_map(|effect| match effect {
        ExecutionEffect::TellPromotion(tell) => Some(tell.report.clone()),
        _ => None,
    });
    reports.max_by_key(|report| report.number).unwrap()
}

fn token(core: &Run) -> String {
    let mut tokens = core.state.tasks.values().filter_map(|t| t.token.clone());
    tokens.next().unwrap()
}

fn answered(output: Value) -> Outcome {
    Outcome::Answered {
        output,
        deployment_id: None,
    }
}

fn approval_id(core: &Run) -> String {
    core.state.approval_id.clone().unwrap()
}

fn opened(core: &mut Run) {
    let approval_id = approval_id(core);
    core.settle("OpenApproval", Ok(Outcome::ApprovalOpened { approval_id }));
}

fn yes() -> TaskEnd {
    TaskEnd::Succeeded {
        output: json!({
            "approved": true,
            "approvedBy": ["bob@example.com"],
            "approvalReason": "fine",
            "projectId": "proj-1",
        }),
    }
}

fn task_ended(token: String, end: TaskEnd) -> Command {
    Command::TaskEnded(TaskEnded { token, end })
}

#[test]
fn a_document_without_tasks_runs_in_one_commit() {
    let document = json!({"StartAt": "A", "States": {
        "A": {"Type": "Pass", "Result": 1, "ResultPath": "$.one", "Next": "B"},
        "B": {"Type": "Succeed"}
    }});
    let core = run(&document, json!({"two": 2}));
    let record = core.reply();
    assert_eq!(record.status, ExecutionStatus::Succeeded);
    assert_eq!(record.output, Some(json!({"two": 2, "one": 1})));
    assert_eq!(core.seq, 1);
    let types: Vec<&str> = core
        .rows
        .iter()
        .filter(|((list, _), _)| list == EXECUTION_EVENTS)
        .map(|(_, row)| row["eventType"].as_str().unwrap())
        .collect();
    assert_eq!(
        types,
        [
            "ExecutionStarted",
            "PassStateEntered",
            "PassStateExited",
            "SucceedStateEntered",
            "SucceedStateExited",
            "ExecutionSucceeded"
        ]
    );
    assert_eq!(record.event_count, 6);
}

#[test]
fn a_start_is_one_and_another_start_of_the_same_id_is_refused() {
    let document = only(call("/api/v1/deployments"));
    let mut core = run(&document, input());
    let pending = core.pending.clone();
    core.tell(Command::Start(Box::new(start(&document, input()))))
        .unwrap();
    assert_eq!(core.pending, pending);
    let other = start(&document, json!({"projectId": "proj-2"}));
    let refused = core.tell(Command::Start(Box::new(other))).unwrap_err();
    assert_eq!(refused.reason, "EXECUTION_EXISTS");
}

#[test]
fn all_that_is_wrong_with_a_document_is_told_and_nothing_begins() {
    let wrong = json!({"StartAt": "A", "States": {
        "A": {"Type": "Pass", "Next": "Nowhere"},
        "B": {"Type": "Wait", "End": true}
    }});
    let mut core = Run::new("exec-1");
    let refused = core
        .tell(Command::Start(Box::new(start(&wrong, input()))))
        .unwrap_err();
    assert_eq!(refused.reason, "INVALID_WORKFLOW");
    assert!(refused.violations.len() >= 2, "{refused:?}");
    let lambda = only(json!({
        "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {}, "End": true
    }));
    let refused = core
        .tell(Command::Start(Box::new(start(&lambda, input()))))
        .unwrap_err();
    assert_eq!(refused.reason, "WORKFLOW_NOT_SUPPORTED");
    assert_eq!(refused.violations[0].field, "/States/A/Resource");
    let large = json!("x".repeat(300_000));
    let refused = core
        .tell(Command::Start(Box::new(start(&only(gate()), large))))
        .unwrap_err();
    assert_eq!(refused.kind, RejectionKind::Invalid);
    assert_eq!(core.seq, 0);
}

#[test]
fn an_api_that_is_not_done_is_asked_again_with_the_same_key() {
    let mut core = run(&only(call("/api/v1/deployments")), input());
    assert!(core.state.deploying);
    let first = core.pending[0].clone();
    let under_way = || Outcome::StillUnderWay {
        deployment_id: Some("dep-1".into()),
    };
    core.settle("CallApi", Ok(under_way()));
    assert_eq!(last_report(&core).deployment_ids, ["dep-1"]);
    assert!(!core.names().contains(&"CallApi"));
    let name = core.timers.keys().next().unwrap().clone();
    core.timer(&name);
    let again = core.pending.iter().find(|e| e.name() == "CallApi").unwrap();
    assert_eq!(again, &first);
    core.settle("CallApi", Ok(answered(json!({"deploymentId": "dep-1"}))));
    assert_eq!(core.reply().status, ExecutionStatus::Succeeded);
    // The timer fires once more: nobody asks again.
    let seq = core.seq;
    core.timer(&name);
    assert_eq!(core.seq, seq);
}

#[test]
fn each_attempt_of_a_state_has_a_key_of_its_own() {
    let mut state = call("/api/v1/deployments");
    state["Retry"] = json!([{"ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 1}]);
    let mut core = run(&only(state), input());
    let ExecutionEffect::CallApi(first) = core.pending[0].clone() else {
        panic!("no call");
    };
    core.settle("CallApi", Err(crate::testing::failure("States.TaskFailed")));
    core.now_ms += 2_000;
    core.timer(plan::WAKE);
    let second = core.pending.iter().find_map(|effect| match effect {
        ExecutionEffect::CallApi(call) => Some(call.clone()),
        _ => None,
    });
    assert_ne!(second.unwrap().idempotency_key, first.idempotency_key);
}

#[test]
fn an_approval_ends_its_task_and_a_late_or_repeated_end_changes_nothing() {
    let mut core = run(&only(gate()), input());
    let token = token(&core);
    assert_eq!(execution_of(&token), Some("exec-1"));
    opened(&mut core);
    assert_eq!(last_report(&core).approval_id, Some(approval_id(&core)));
    core.tell(task_ended(token.clone(), yes())).unwrap();
    let record = core.reply();
    assert_eq!(record.status, ExecutionStatus::Succeeded);
    let report = last_report(&core);
    assert_eq!(report.approved.unwrap().approved_by, ["bob@example.com"]);
    let (seq, record) = (core.seq, core.reply());
    for end in [
        yes(),
        TaskEnd::Failed {
            error: "E".into(),
            cause: "c".into(),
        },
    ] {
        let refused = core.tell(task_ended(token.clone(), end)).unwrap_err();
        assert_eq!(refused.reason, "TASK_NOT_FOUND");
    }
    let refused = core
        .tell(task_ended("exec-1~wrong".into(), yes()))
        .unwrap_err();
    assert_eq!(refused.reason, "TASK_NOT_FOUND");
    assert!(!refused.message.contains('~'));
    assert_eq!((core.seq, core.reply()), (seq, record));
}

#[test]
fn a_token_is_in_no_list_and_in_no_debug_text() {
    let mut core = run(&only(gate()), input());
    let token = token(&core);
    let secret = token.split_once('~').unwrap().1;
    opened(&mut core);
    core.tell(task_ended(
        token.clone(),
        TaskEnd::Succeeded {
            output: json!({"said": format!("the token was {token}.")}),
        },
    ))
    .unwrap();
    let mut masked = 0;
    for row in core.rows.values() {
        let text = row.to_string();
        assert!(!text.contains(secret), "{text}");
        masked += usize::from(text.contains("exec-1~***"));
    }
    assert!(
        masked >= 2,
        "the parameters and the output show where a token was"
    );
    let command = task_ended(token.clone(), yes());
    assert!(!format!("{command:?}").contains(secret));
}

#[test]
fn a_stop_closes_the_approval_even_if_it_is_only_being_opened() {
    let stop = Command::Stop(Stop {
        error: "Promotion.Cancelled".into(),
        cause: "no".into(),
        unless_deploying: true,
    });
    let mut core = run(&only(gate()), input());
    core.tell(stop.clone()).unwrap();
    assert_eq!(core.reply().status, ExecutionStatus::Aborted);
    assert!(!core.names().contains(&"CloseApproval"));
    opened(&mut core);
    assert!(core.names().contains(&"CloseApproval"));

    let mut core = run(&only(gate()), input());
    opened(&mut core);
    core.tell(stop.clone()).unwrap();
    assert!(core.names().contains(&"CloseApproval"));
    let seq = core.seq;
    core.tell(stop).unwrap();
    assert_eq!(core.seq, seq);
}

#[test]
fn a_stop_that_must_not_leave_a_stack_half_way_is_refused() {
    let stop = |unless_deploying| {
        Command::Stop(Stop {
            error: String::new(),
            cause: String::new(),
            unless_deploying,
        })
    };
    let mut core = run(&only(call("/api/v1/deployments")), input());
    let refused = core.tell(stop(true)).unwrap_err();
    assert_eq!(refused.reason, "EXECUTION_DEPLOYING");
    core.tell(stop(false)).unwrap();
    assert_eq!(core.reply().status, ExecutionStatus::Aborted);
}

#[test]
fn a_gate_whose_time_is_up_closes_its_approval_as_expired() {
    let mut core = run(&only(gate()), input());
    opened(&mut core);
    core.now_ms += 61_000;
    core.timer(plan::WAKE);
    let record = core.reply();
    assert_eq!(
        (record.status, record.error.as_str()),
        (ExecutionStatus::Failed, "States.Timeout")
    );
    let closed = core.pending.iter().find_map(|effect| match effect {
        ExecutionEffect::CloseApproval(close) => Some(close.expired),
        _ => None,
    });
    assert_eq!(closed, Some(true));
}

#[test]
fn a_timer_that_fires_early_changes_nothing() {
    let mut core = run(&only(gate()), input());
    opened(&mut core);
    let before = core.reply();
    core.timer(plan::WAKE);
    let after = core.reply();
    assert_eq!(
        (after.status, after.event_count),
        (before.status, before.event_count)
    );
    assert!(core.timers.contains_key(plan::WAKE));
}

#[test]
fn an_endless_loop_goes_on_in_bounded_turns_until_its_history_is_full() {
    let document = json!({"StartAt": "A", "States": {
        "A": {"Type": "Pass", "Next": "B"},
        "B": {"Type": "Choice", "Choices": [
            {"Variable": "$.projectId", "IsPresent": true, "Next": "A"}
        ], "Default": "C"},
        "C": {"Type": "Succeed"}
    }});
    let mut core = run(&document, input());
    let mut turns = 0;
    while core.timers.contains_key(plan::GO_ON) {
        let (events, rows) = (core.reply().event_count, core.rows.len());
        core.timer(plan::GO_ON);
        turns += 1;
        assert!(
            core.reply().event_count - events <= 1_000,
            "a turn is bounded"
        );
        assert!(core.rows.len() - rows <= 1_000);
        assert!(turns < 1_000, "no end in sight");
    }
    let record = core.reply();
    assert_eq!(record.status, ExecutionStatus::Failed);
    assert_eq!(record.event_count, 25_000);
    assert!(turns > 10);
}

#[test]
fn a_step_that_answers_with_ten_megabytes_has_a_clear_end() {
    let mut core = run(&only(call("/api/v1/validate")), input());
    let large = json!({"status": "PASSED", "text": "x".repeat(10 << 20)});
    core.settle("CallApi", Ok(answered(large)));
    let record = core.reply();
    assert_eq!(
        (record.status, record.error.as_str()),
        (ExecutionStatus::Failed, "States.DataLimitExceeded")
    );
    let state = serde_json::to_string(&core.state).unwrap();
    assert!(state.len() < 100_000, "what was too large is not kept");
    assert!(
        core.rows
            .values()
            .all(|row| row.to_string().len() < 100_000)
    );
}

#[test]
fn an_approval_that_cannot_be_opened_fails_its_task() {
    let mut core = run(&only(gate()), input());
    let failure = Failure {
        code: "Approval.Refused".into(),
        message: "the policy is wrong".into(),
    };
    core.settle("OpenApproval", Err(failure));
    let record = core.reply();
    assert_eq!(
        (record.error.as_str(), record.cause.as_str()),
        ("Approval.Refused", "the policy is wrong")
    );
    assert!(core.state.approvals.is_empty());
}

#[test]
fn an_execution_that_has_ended_keeps_only_what_is_shown() {
    let mut core = run(&only(call("/api/v1/validate")), input());
    core.settle("CallApi", Ok(answered(json!({"status": "PASSED"}))));
    assert!(core.state.execution.is_none());
    assert!(core.state.document.is_empty());
    assert_eq!(core.reply().current_states, [""; 0]);
}

#[test]
fn a_deployment_to_the_promotions_target_is_the_promotions() {
    let mut state = call("/api/deployments");
    state["Parameters"]["RequestBody"]["targetEnvironment"] = json!("staging");
    let body = |input: Value| {
        let core = run(&only(state.clone()), input);
        let ExecutionEffect::CallApi(call) = core.pending[0].clone() else {
            panic!("no call");
        };
        call.parameters["RequestBody"].clone()
    };
    let ours = body(json!({"projectId": "proj-1", "targetEnvironment": "staging"}));
    assert_eq!(ours["promotionId"], "prom-req-1");
    let other = body(json!({"projectId": "proj-1", "targetEnvironment": "prod"}));
    assert_eq!(other.get("promotionId"), None);
}
