//! Cases and their answers.

use serde_json::{Value, json};

use crate::eval::answer;

fn task(state: &str, more: Value) -> Value {
    let mut task = json!({"Type": "Task", "Resource": "arn:aws:states:::http:invoke", "End": true});
    for (name, value) in more.as_object().into_iter().flatten() {
        task[name] = value.clone();
    }
    json!({"StartAt": state, "States": {state: task}})
}

#[test]
fn a_task_is_answered_from_its_mocks_in_order() {
    let retry = json!({"Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 3600}]});
    let case = json!({
        "name": "busy once",
        "definition": task("Call", retry),
        "input": {"a": 1},
        "mocks": {"Call": [{"error": "Busy", "cause": "later"}, {"result": {"done": true}}]},
    });
    let expected = json!({
        "name": "busy once", "status": "SUCCEEDED", "output": {"done": true}, "states": ["Call"],
    });
    assert_eq!(answer(&case), expected);
}

#[test]
fn calls_and_trace_are_told_when_asked_for() {
    let case = json!({
        "definition": task("Call", json!({"Parameters": {"x.$": "$.a"}})),
        "input": {"a": 1},
        "mocks": {"Call": [{"result": 2}]},
        "trace": true,
    });
    let answer = answer(&case);
    assert_eq!(answer["calls"][0]["parameters"], json!({"x": 1}));
    assert_eq!(
        answer["trace"][0],
        json!({"entered": "Call", "type": "Task", "input": {"a": 1}})
    );
}

#[test]
fn waiting_costs_no_time() {
    let states = json!({"Year": {"Type": "Wait", "Seconds": 31_536_000, "End": true}});
    let case = json!({"definition": {"StartAt": "Year", "States": states}, "input": 1});
    let expected = json!({"status": "SUCCEEDED", "output": 1, "states": ["Year"]});
    assert_eq!(answer(&case), expected);
}

#[test]
fn a_call_without_a_mock_says_what_to_add() {
    let answer = answer(&json!({"definition": task("Call", json!({})), "mocks": {}}));
    assert_eq!(answer["status"], "FAILED");
    assert!(
        answer["cause"].as_str().unwrap().contains("\"Call\""),
        "{answer}"
    );
}

#[test]
fn a_document_is_refused_in_words() {
    let answer = answer(&json!({"name": "bad", "definition": {"StartAt": "A", "States": {}}}));
    assert_eq!(answer["name"], "bad");
    assert!(
        answer["problem"].as_str().unwrap().contains("Add a state."),
        "{answer}"
    );
}

#[test]
fn a_text_is_validated_for_its_type_of_state_machine() {
    let document = task(
        "Send",
        json!({"Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken"}),
    );
    let case = |kind: &str| json!({"definition_text": document.to_string(), "type": kind});
    let standard = json!({"result": "OK", "diagnostics": [], "truncated": false});
    assert_eq!(answer(&case("STANDARD")), standard);
    let express = answer(&case("EXPRESS"));
    assert_eq!(express["result"], "FAIL");
    assert_eq!(express["error"], "InvalidDefinition");
}

#[test]
fn a_reader_that_may_take_no_items_fails_before_it_reads() {
    let states = json!({"Each": {
        "Type": "Map",
        "ItemReader": {
            "Resource": "arn:aws:states:::s3:getObject",
            "ReaderConfig": {"InputType": "JSON", "MaxItemsPath": "$.most"},
            "Parameters": {"Bucket": "b", "Key": "k"},
        },
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "One", "States": {"One": {"Type": "Pass", "End": true}},
        },
        "End": true,
    }});
    let case = json!({"definition": {"StartAt": "Each", "States": states}, "input": {"most": -1}});
    let answer = answer(&case);
    assert_eq!(answer["error"], "States.ItemReaderFailed");
    assert_eq!(answer["cause"], "field MaxItems must be positive");
}
