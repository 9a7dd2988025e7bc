use serde_json::{Value, json};

use crate::eval::*;
use crate::{Machine, Status};

const DOCUMENT: &str = r#"{"StartAt": "Pause", "States": {
    "Pause": {"Type": "Wait", "Seconds": 86400, "Next": "Ask"},
    "Ask": {"Type": "Task", "Resource": "arn:aws:states:::sns:publish",
            "Retry": [{"ErrorEquals": ["Busy"]}], "End": true}}}"#;

fn run(document: &str, mocks: Value) -> Evaluation {
    let machine = Machine::compile(document).unwrap();
    evaluate(
        &machine,
        Options::of_input(json!({})),
        &Mocks::parse(&mocks).unwrap(),
    )
}

#[test]
fn time_is_driven_and_tasks_are_answered_in_order() {
    let busy = json!({"error": "Busy", "cause": "later"});
    let evaluation = run(
        DOCUMENT,
        json!({"Ask": [busy, busy, {"result": {"id": 7}}]}),
    );
    let expected = json!({
        "status": "SUCCEEDED", "output": {"id": 7}, "states": ["Pause", "Ask"]
    });
    assert_eq!(Value::Object(evaluation.to_json()), expected);
    let attempts: Vec<u32> = evaluation.calls.iter().map(|call| call.attempt).collect();
    assert_eq!(attempts, [0, 1, 2]);
    let times = evaluation.history.iter().map(|event| event.timestamp_ms);
    assert_eq!(
        times.clone().max().unwrap() - times.min().unwrap(),
        (86_400 + 1 + 2) * 1000
    );
}

#[test]
fn the_same_run_comes_out_the_same() {
    let mocks = json!({"Ask": {"result": 1}});
    assert_eq!(run(DOCUMENT, mocks.clone()), run(DOCUMENT, mocks));
}

#[test]
fn a_missing_mock_names_the_state_unless_a_time_limit_ends_the_call() {
    let missing = run(DOCUMENT, json!({}));
    let Status::Failed { error, cause } = missing.status else {
        panic!("{missing:?}")
    };
    assert_eq!(error.as_deref(), Some("MockMissing"));
    assert!(cause.unwrap().contains("call 1 of the state 'Ask'"));

    let limited = DOCUMENT.replace("\"Retry\"", "\"TimeoutSeconds\": 9, \"Retry\"");
    let Status::Failed { error, .. } = run(&limited, json!({})).status else {
        panic!()
    };
    assert_eq!(error.as_deref(), Some("States.Timeout"));
}

#[test]
fn a_batch_answers_every_kind_of_case_and_says_what_it_cannot_read() {
    let pass = json!({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}});
    assert_eq!(
        answer(&json!({"name": "a", "definition": pass, "input": 1})),
        json!({"name": "a", "status": "SUCCEEDED", "output": 1, "states": ["P"]})
    );
    let request = json!({"definition": {"Type": "Succeed"}, "input": "[1]"});
    assert_eq!(
        answer(&json!({"name": "b", "request": request})),
        json!({"name": "b", "output": [1], "status": "SUCCEEDED"})
    );
    let checked = answer(&json!({"name": "c", "definition_text": "{}"}));
    assert_eq!(checked["result"], "FAIL");
    assert_eq!(checked["error"], "InvalidDefinition");
    assert!(answer(&json!({"name": "d"}))["problem"].is_string());
    assert!(answer_line("nonsense").contains("This line is no JSON"));
}
