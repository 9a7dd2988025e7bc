use serde_json::{Value, json};

use super::*;

fn test(request: Value) -> Value {
    Value::Object(TestState::parse(&request).unwrap().run().unwrap().to_json())
}

#[test]
fn a_choice_tells_the_next_state() {
    let answer = test(json!({
        "definition": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.n", "NumericGreaterThan": 1, "Next": "Many"}],
            "Default": "Few"
        },
        "input": "{\"n\": 1}"
    }));
    assert_eq!(
        answer,
        json!({"nextState": "Few", "output": {"n": 1}, "status": "SUCCEEDED"})
    );
}

#[test]
fn retries_come_before_catchers_until_they_are_used_up() {
    let request = |retries| {
        json!({
            "definition": {
                "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true,
                "Retry": [{"ErrorEquals": ["E"], "MaxAttempts": 2, "IntervalSeconds": 3}],
                "Catch": [{"ErrorEquals": ["E"], "ResultPath": "$.error", "Next": "Caught"}]
            },
            "input": {"a": 1},
            "mock": {"errorOutput": {"error": "E", "cause": "c"}},
            "stateConfiguration": {"retrierRetryCount": retries},
            "inspectionLevel": "DEBUG"
        })
    };
    let first = test(request(1));
    assert_eq!(first["status"], "RETRIABLE");
    let details = &first["inspectionData"]["errorDetails"];
    assert_eq!(
        *details,
        json!({"retryBackoffIntervalSeconds": 6, "retryIndex": 0})
    );
    let last = test(request(2));
    assert_eq!(last["status"], "CAUGHT_ERROR");
    assert_eq!(last["nextState"], "Caught");
    assert_eq!(
        last["output"],
        json!({"a": 1, "error": {"Error": "E", "Cause": "c"}})
    );
}

#[test]
fn a_task_without_a_mock_is_refused() {
    let request = json!({
        "definition": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true}
    });
    let error = TestState::parse(&request).unwrap().run().unwrap_err();
    assert!(error.to_string().contains("'mock'"), "{error}");
}
