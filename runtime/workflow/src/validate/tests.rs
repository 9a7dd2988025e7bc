//! Documents, and what is said of them.

use serde_json::{Value, json};

use super::*;

/// What Step Functions would say, one `CODE: message at location` for each diagnostic.
fn said(document: &Value, machine_type: MachineType) -> Vec<String> {
    validate(&document.to_string(), machine_type)
        .iter()
        .map(|found| {
            let location = found.location.as_deref().unwrap_or("null");
            format!("{}: {} at {location}", found.code.as_str(), found.message)
        })
        .collect()
}

#[track_caller]
fn check(document: Value, expected: &[&str]) {
    assert_eq!(said(&document, MachineType::Standard), expected);
}

/// A document of one state, `S`.
#[track_caller]
fn check_state(state: Value, expected: &[&str]) {
    check(json!({"StartAt": "S", "States": {"S": state}}), expected);
}

/// A document of one state and of `End`, which it leads to.
#[track_caller]
fn check_choice(rules: Value, expected: &[&str]) {
    let choice = json!({"Type": "Choice", "Choices": rules, "Default": "E"});
    let document = json!({"StartAt": "S", "States": {"S": choice, "E": {"Type": "Succeed"}}});
    check(document, expected);
}

#[test]
fn a_person_reads_all_faults_with_state_field_and_remedy() {
    let text = json!({
        "StartAt": "Begin",
        "States": {
            "Begin": {"Type": "Wait", "Timestamp": "tomorrow", "Next": "deploy"},
            "Deploy": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.sync", "Catch": [{"Next": "Gone"}], "End": true}
        }
    });
    let lines: Vec<String> = validate(&text.to_string(), MachineType::Standard)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        lines,
        [
            "error in state \"Begin\", field Timestamp: String does not match RFC3339 timestamp. \
             Write it as 2016-03-14T01:59:00Z. [SCHEMA_VALIDATION_FAILED]",
            "error in state \"Deploy\", field Resource: The resource provided \
             arn:aws:states:::sqs:sendMessage.sync is not recognized. The value is not a valid \
             resource ARN, or the resource is not available in this region. sqs:sendMessage is called \
             without a pattern, or with .waitForTaskToken. [SCHEMA_VALIDATION_FAILED]",
            "error in state \"Deploy\", field Catch[0]: These fields are required: [ErrorEquals]. \
             Add ErrorEquals. [SCHEMA_VALIDATION_FAILED]",
            "error in state \"Begin\", field Next: Missing 'Next' target: deploy. \"Deploy\" was \
             perhaps meant; names match exactly. [MISSING_TRANSITION_TARGET]",
            "error in state \"Deploy\", field Catch[0]/Next: Missing 'Next' target: Gone. Name a \
             state of the same machine, or add this one. [MISSING_TRANSITION_TARGET]",
            "error in state \"Deploy\": State \"Deploy\" is not reachable. Lead a Next, Default, \
             choice or Catch to it, or take it out. [MISSING_TRANSITION_TARGET]",
        ]
    );
}

#[test]
fn create_state_machine_names_every_error_in_one_message() {
    let text = r#"{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"Nope"}}}"#;
    let diagnostics = validate(text, MachineType::Standard);
    assert_eq!(
        creation_error(&diagnostics).unwrap(),
        "Invalid State Machine Definition: 'MISSING_TRANSITION_TARGET: Missing 'Next' target: Nope \
         at /States/A/Next, MISSING_END_STATE: Workflow has no terminal state at null'"
    );
    assert_eq!(creation_error(&[]), None);
}

#[test]
fn a_text_that_is_no_document() {
    let codes = |text: &str| -> Vec<Code> {
        validate(text, MachineType::Standard)
            .iter()
            .map(|found| found.code)
            .collect()
    };
    assert_eq!(codes(""), [Code::MissingDescription]);
    for text in [" ", "null", "[]", "1", "\"{}\""] {
        assert_eq!(codes(text), [Code::SchemaValidationFailed], "{text}");
    }
    assert_eq!(codes("{"), [Code::InvalidJsonDescription]);
    assert_eq!(
        codes(r#"{"States":{"A":1,"A":2}}"#),
        [Code::InvalidJsonDescription]
    );
    assert_eq!(codes(&"[".repeat(1_000)), [Code::TooDeeplyNested]);
    assert_eq!(
        codes(&" ".repeat(MAX_DEFINITION_CHARS + 1)),
        [Code::SchemaValidationFailed]
    );
}

#[test]
fn a_person_reads_where_the_json_is_wrong_and_not_the_whole_document() {
    for (text, expected) in [
        (
            "{\n  \"StartAt\": \"A\",\n}",
            "error: Unexpected character ('}' (code 125)): was expecting double-quote to start \
             field name. Correct the JSON at line 3, column 2. [INVALID_JSON_DESCRIPTION]",
        ),
        (
            "{\n  \"StartAt\": [",
            "error: Unexpected end-of-input: expected close marker for Array (start marker at \
             line: 2, column: 14). Correct the JSON at line 2, column 15. \
             [INVALID_JSON_DESCRIPTION]",
        ),
    ] {
        let found = validate(text, MachineType::Standard);
        assert_eq!(found[0].to_string(), expected);
    }
}

#[test]
fn a_document_needs_states_and_a_start() {
    check(
        json!({}),
        &["SCHEMA_VALIDATION_FAILED: These fields are required: [States, StartAt] at /"],
    );
    check(
        json!({"StartAt": "A", "States": {}, "Extra": 1}),
        &[
            "SCHEMA_VALIDATION_FAILED: Field 'Extra' is not supported at /",
            "SCHEMA_VALIDATION_FAILED: Object must have at least 1 properties at /States",
        ],
    );
}

#[test]
fn states_need_a_type_that_is_known() {
    check_state(
        json!({"End": true}),
        &["SCHEMA_VALIDATION_FAILED: These fields are required: [Type] at /States/S"],
    );
    check_state(
        json!({"Type": "pass", "End": true}),
        &[
            "SCHEMA_VALIDATION_FAILED: Value is not one of: [Pass, Task, Choice, Wait, Succeed, \
           Fail, Parallel, Map] at /States/S/Type",
        ],
    );
}

#[test]
fn only_fields_of_the_type_and_language() {
    check_state(
        json!({"Type": "Pass", "Catch": [], "Output": 1, "End": true}),
        &[
            "SCHEMA_VALIDATION_FAILED: Field 'Catch' is not supported at /States/S",
            "SCHEMA_VALIDATION_FAILED: The QueryLanguage is set to 'JSONPath', but field 'Output' \
             is only supported for the 'JSONata' QueryLanguage at /States/S",
        ],
    );
    check_state(
        json!({"Type": "Succeed", "QueryLanguage": "JSONata", "InputPath": "$"}),
        &[
            "SCHEMA_VALIDATION_FAILED: The QueryLanguage is set to 'JSONata', but field 'InputPath' \
           is only supported for the 'JSONPath' QueryLanguage at /States/S",
        ],
    );
}

#[test]
fn next_or_end() {
    check_state(
        json!({"Type": "Pass"}),
        &[
            "SCHEMA_VALIDATION_FAILED: One of these fields is required: [Next, End] at /States/S",
            "MISSING_END_STATE: Workflow has no terminal state at null",
        ],
    );
    check_state(
        json!({"Type": "Pass", "Next": "S", "End": true}),
        &[
            "SCHEMA_VALIDATION_FAILED: Only one of these fields is allowed: [Next, End] at /States/S",
        ],
    );
    check_state(json!({"Type": "Fail"}), &[]);
}

#[test]
fn transitions() {
    check(
        json!({"StartAt": "A", "States": {
            "A": {"Type": "Pass", "Next": "B"},
            "B": {"Type": "Pass", "Next": "A"},
            "C": {"Type": "Pass", "End": true}}}),
        &["MISSING_TRANSITION_TARGET: State \"C\" is not reachable. at /States/C"],
    );
    check(
        json!({"StartAt": "No", "States": {
            "A": {"Type": "Pass", "Next": "B"},
            "B": {"Type": "Succeed"}}}),
        &[
            "MISSING_TRANSITION_TARGET: Missing 'Next' target: No at /StartAt",
            "MISSING_TRANSITION_TARGET: State \"A\" is not reachable. at /States/A",
        ],
    );
    check_choice(
        json!([{"Variable": "$.a", "IsNull": true, "Next": "No"}]),
        &["MISSING_TRANSITION_TARGET: Missing 'Next' target: No at /States/S/Choices[0]/Next"],
    );
}

#[test]
fn a_transition_does_not_leave_its_branch() {
    check(
        json!({"StartAt": "P", "States": {
            "P": {"Type": "Parallel", "End": true, "Branches": [
                {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "P"}}},
                {"StartAt": "B", "States": {"B": {"Type": "Succeed"}}}]}}}),
        &[
            "MISSING_TRANSITION_TARGET: Missing 'Next' target: P at /States/P/Branches[0]/States/A/Next",
            "MISSING_END_STATE: Workflow has no terminal state at /States/P/Branches[0]",
        ],
    );
}

#[test]
fn names_are_unique_in_the_whole_document() {
    check(
        json!({"StartAt": "M", "States": {
            "M": {"Type": "Map", "End": true, "ItemProcessor":
                {"StartAt": "M", "States": {"M": {"Type": "Succeed"}}}}}}),
        &["DUPLICATE_STATE_NAME: Duplicate State name: M at /States/M/ItemProcessor/States/M"],
    );
    let name = "n".repeat(81);
    check(
        json!({"StartAt": name, "States": {&name: {"Type": "Succeed"}}}),
        &[&format!(
            "INVALID_STATE_NAME: State name must have between 1 and 80 characters at /States/{name}"
        )],
    );
}

#[test]
fn choice_rules() {
    check_choice(
        json!([]),
        &["SCHEMA_VALIDATION_FAILED: Array must have at least 1 items at /States/S/Choices"],
    );
    check_choice(
        json!([
            {"Variable": "$.a", "StringEquals": 1, "Next": "E"},
            {"Variable": "$.a", "Next": "E"},
            {"StringEquals": "a"},
            {"Variable": "$.a", "IsNull": true, "IsString": true, "Next": "E"},
            {"Variable": "$.a", "StringEqual": "a", "IsNull": true, "Next": "E"},
            {"And": [{"Variable": "$.a", "TimestampEquals": "now", "Next": "E"}], "Next": "E"},
            {"Not": {"Variable": "a", "NumericLessThanPath": 1}, "Next": "E"},
        ]),
        &[
            "SCHEMA_VALIDATION_FAILED: Value must be a string at /States/S/Choices[0]/StringEquals",
            "SCHEMA_VALIDATION_FAILED: Exactly one comparison operator is required at /States/S/Choices[1]",
            "SCHEMA_VALIDATION_FAILED: These fields are required: [Next] at /States/S/Choices[2]",
            "SCHEMA_VALIDATION_FAILED: These fields are required: [Variable] at /States/S/Choices[2]",
            "SCHEMA_VALIDATION_FAILED: Only one comparison operator is allowed: [IsNull, IsString] at /States/S/Choices[3]",
            "SCHEMA_VALIDATION_FAILED: Field 'StringEqual' is not supported at /States/S/Choices[4]",
            "SCHEMA_VALIDATION_FAILED: String does not match RFC3339 timestamp at /States/S/Choices[5]/And[0]/TimestampEquals",
            "SCHEMA_VALIDATION_FAILED: Field 'Next' is not supported at /States/S/Choices[5]/And[0]",
            "SCHEMA_VALIDATION_FAILED: Value is not a valid JSONPath at /States/S/Choices[6]/Not/Variable",
            "SCHEMA_VALIDATION_FAILED: Value must be a string at /States/S/Choices[6]/Not/NumericLessThanPath",
        ],
    );
}

#[test]
fn choice_rules_in_jsonata() {
    check(
        json!({"QueryLanguage": "JSONata", "StartAt": "S", "States": {
            "S": {"Type": "Choice", "Default": "E", "Choices": [
                {"Condition": "{% $states.input.a = 1 %}", "Output": {"a": "{% $b %}"}, "Next": "E"},
                {"Condition": "yes", "Next": "E"},
                {"Variable": "$.a", "IsNull": true, "Next": "E"}]},
            "E": {"Type": "Succeed"}}}),
        &[
            "SCHEMA_VALIDATION_FAILED: Value must be a boolean or a JSONata expression at /States/S/Choices[1]/Condition",
            "SCHEMA_VALIDATION_FAILED: The QueryLanguage is set to 'JSONata', but field 'Variable' is only supported for the 'JSONPath' QueryLanguage at /States/S/Choices[2]",
            "SCHEMA_VALIDATION_FAILED: The QueryLanguage is set to 'JSONata', but field 'IsNull' is only supported for the 'JSONPath' QueryLanguage at /States/S/Choices[2]",
            "SCHEMA_VALIDATION_FAILED: These fields are required: [Condition] at /States/S/Choices[2]",
        ],
    );
}

#[test]
fn retry_and_catch() {
    check_state(
        json!({"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true,
            "Retry": [
                {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 0, "BackoffRate": 0.5},
                {"ErrorEquals": ["A", "States.ALL"], "MaxAttempts": -1, "JitterStrategy": "SOME"}],
            "Catch": [{"ErrorEquals": [], "Next": "S", "Output": 1}]}),
        &[
            "SCHEMA_VALIDATION_FAILED: States.ALL must be in the last element at /States/S/Retry[0]/ErrorEquals",
            "SCHEMA_VALIDATION_FAILED: Value must be an integer between 1 and 99999999 at /States/S/Retry[0]/IntervalSeconds",
            "SCHEMA_VALIDATION_FAILED: Value must be a number of at least 1 at /States/S/Retry[0]/BackoffRate",
            "SCHEMA_VALIDATION_FAILED: States.ALL must appear alone at /States/S/Retry[1]/ErrorEquals",
            "SCHEMA_VALIDATION_FAILED: Value must be an integer between 0 and 99999999 at /States/S/Retry[1]/MaxAttempts",
            "SCHEMA_VALIDATION_FAILED: Value is not one of: [FULL, NONE] at /States/S/Retry[1]/JitterStrategy",
            "SCHEMA_VALIDATION_FAILED: Array must have at least 1 items at /States/S/Catch[0]/ErrorEquals",
            "SCHEMA_VALIDATION_FAILED: The QueryLanguage is set to 'JSONPath', but field 'Output' is only supported for the 'JSONata' QueryLanguage at /States/S/Catch[0]",
        ],
    );
}

#[test]
fn a_result_goes_into_the_input_and_nowhere_else() {
    for path in ["$$.a", "$variable.a"] {
        check_state(
            json!({"Type": "Pass", "End": true, "ResultPath": path}),
            &["SCHEMA_VALIDATION_FAILED: Value is not a Reference Path at /States/S/ResultPath"],
        );
    }
}

#[test]
fn paths_and_templates() {
    check_state(
        json!({"Type": "Pass", "End": true, "InputPath": null, "OutputPath": 1,
            "ResultPath": "$.a[*]", "Parameters": {"a.$": "b", "c": [{"d.$": 1}]}}),
        &[
            "SCHEMA_VALIDATION_FAILED: Value must be a string at /States/S/OutputPath",
            "SCHEMA_VALIDATION_FAILED: Value is not a Reference Path at /States/S/ResultPath",
            "SCHEMA_VALIDATION_FAILED: The value for the field 'a.$' must be a valid JSONPath or a valid intrinsic function call at /States/S/Parameters",
            "SCHEMA_VALIDATION_FAILED: The value for the field 'd.$' must be a valid JSONPath or a valid intrinsic function call at /States/S/Parameters/c[0]",
        ],
    );
}

#[test]
fn variables() {
    check_state(
        json!({"Type": "Pass", "End": true, "Assign": {"ok.$": "$.a", "states": 1, "2nd": 1, "a-b": 1}}),
        &[
            "SCHEMA_VALIDATION_FAILED: Variable name 'states' is reserved at /States/S/Assign/states",
            "SCHEMA_VALIDATION_FAILED: Variable name '2nd' is not a valid identifier at /States/S/Assign/2nd",
            "SCHEMA_VALIDATION_FAILED: Variable name 'a-b' is not a valid identifier at /States/S/Assign/a-b",
        ],
    );
}

#[test]
fn expressions() {
    check(
        json!({"QueryLanguage": "JSONata", "StartAt": "S", "States": {
            "S": {"Type": "Pass", "End": true, "Output":
                {"v": "{% phone %}", "w": ["{% 1 + %}"], "x": " {% no expression %}"}}}}),
        &[
            "UNSUPPORTED_JSONATA_EXPRESSION: Reference to 'phone' at the top level is not supported. at /States/S/Output/v",
            "INVALID_JSONATA_EXPRESSION: Unexpected end of expression at /States/S/Output/w[0]",
        ],
    );
}

#[test]
fn waits_fails_and_tasks() {
    check_state(
        json!({"Type": "Wait", "Seconds": 1, "SecondsPath": "$.s", "End": true}),
        &[
            "SCHEMA_VALIDATION_FAILED: Exactly one of these fields is required: [Seconds, \
           SecondsPath, Timestamp, TimestampPath] at /States/S",
        ],
    );
    check_state(
        json!({"Type": "Fail", "Error": "E", "ErrorPath": "$.e", "CausePath": "States.UUID()"}),
        &[
            "SCHEMA_VALIDATION_FAILED: Only one of these fields is allowed: [Error, ErrorPath] at /States/S",
        ],
    );
    check_state(
        json!({"Type": "Task", "Resource": "arn:aws:states:::http:invoke", "End": true,
            "TimeoutSeconds": 10, "HeartbeatSeconds": 10}),
        &[
            "SCHEMA_VALIDATION_FAILED: HeartbeatSeconds must be smaller than TimeoutSeconds at /States/S/HeartbeatSeconds",
        ],
    );
}

#[test]
fn maps() {
    let processor =
        json!({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}, "QueryLanguage": "JSONata"});
    check_state(
        json!({"Type": "Map", "End": true, "ItemProcessor": processor, "ItemReader": {},
            "MaxConcurrency": -1, "ToleratedFailurePercentage": 101, "Label": "a b"}),
        &[
            "SCHEMA_VALIDATION_FAILED: Value must be an integer between 0 and 100000000 at /States/S/MaxConcurrency",
            "SCHEMA_VALIDATION_FAILED: Value must be a number between 0 and 100 at /States/S/ToleratedFailurePercentage",
            "INVALID_LABEL_NAME: Label contains invalid character: ' ' at /States/S/Label",
            "SCHEMA_VALIDATION_FAILED: Field 'QueryLanguage' is not supported at /States/S/ItemProcessor",
            "SCHEMA_VALIDATION_FAILED: Field 'ItemReader' is not supported at /States/S",
            "SCHEMA_VALIDATION_FAILED: These fields are required: [Resource] at /States/S/ItemReader",
        ],
    );
    check_state(
        json!({"Type": "Map", "End": true}),
        &["SCHEMA_VALIDATION_FAILED: These fields are required: [ItemProcessor] at /States/S"],
    );
}

#[test]
fn express_state_machines_do_not_wait_for_others() {
    let document = |resource: &str| json!({"StartAt": "S", "States": {"S": {"Type": "Task", "Resource": resource, "End": true}}});
    for (resource, expected) in [
        ("arn:aws:states:::sqs:sendMessage", None),
        (
            "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            Some("'.waitForTaskToken' service integration "),
        ),
        (
            "arn:aws:states:::states:startExecution.sync:2",
            Some("'.sync' service integration "),
        ),
        (
            "arn:aws:states:us-east-1:111111111111:activity:a",
            Some("Activity"),
        ),
    ] {
        let expected: Vec<String> = expected
            .map(|what| format!("SCHEMA_VALIDATION_FAILED: Express state machine does not support {what} at /States/S/Resource"))
            .into_iter()
            .collect();
        assert_eq!(said(&document(resource), MachineType::Express), expected);
        assert!(said(&document(resource), MachineType::Standard).is_empty());
    }
}

#[test]
fn what_a_distributed_map_starts_may_be_express() {
    let document = |execution_type: &str| {
        json!({"StartAt": "M", "States": {"M": {"Type": "Map", "End": true, "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": execution_type},
            "StartAt": "T", "States": {"T": {
                "Type": "Task", "Resource": "arn:aws:states:::batch:submitJob.sync", "End": true}}}}}})
    };
    check(document("STANDARD"), &[]);
    check(
        document("EXPRESS"),
        &[
            "SCHEMA_VALIDATION_FAILED: Express state machine does not support '.sync' service integration  at /States/M/ItemProcessor/States/T/Resource",
        ],
    );
}

#[test]
fn warnings_do_not_refuse() {
    let document = json!({"StartAt": "S", "States": {
        "S": {"Type": "Pass", "Parameters": {"a": "$.b"}, "Next": "R"},
        "R": {"Type": "Pass", "Result": {"a.$": "$.b"}, "Next": "F"},
        "F": {"Type": "Fail", "Error": "$.e"}}});
    let diagnostics = validate(&document.to_string(), MachineType::Standard);
    let codes: Vec<&str> = diagnostics
        .iter()
        .map(|found| found.code.as_str())
        .collect();
    assert_eq!(codes, ["NO_DOLLAR", "PASS_RESULT_IS_STATIC", "NO_PATH"]);
    assert_eq!(Report::new(diagnostics.clone()).result, Outcome::Ok);
    assert_eq!(creation_error(&diagnostics), None);
}

#[test]
fn one_state_by_itself_may_lead_anywhere() {
    let state = json!({"Type": "Pass", "Next": "Elsewhere"});
    assert_eq!(validate_state(&state, MachineType::Standard), []);
    let state = json!({"Type": "Task", "End": true});
    assert_eq!(
        creation_error(&validate_state(&state, MachineType::Standard)).unwrap(),
        "Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: These fields are required: \
         [Resource] at /'"
    );
}

#[test]
fn deeply_nested_expressions_are_refused_and_do_no_harm() {
    let nested = format!("{}1{}", "(".repeat(100_000), ")".repeat(100_000));
    for state in [
        json!({"Type": "Pass", "QueryLanguage": "JSONata", "Output": format!("{{% {nested} %}}"), "End": true}),
        json!({"Type": "Pass", "Parameters": {"a.$": format!("$.a[?{nested}]")}, "End": true}),
        json!({"Type": "Pass", "Parameters": {"a.$": "States.Array(".repeat(100_000)}, "End": true}),
    ] {
        assert!(!validate_state(&state, MachineType::Standard).is_empty());
    }
}

proptest::proptest! {
    #[test]
    fn any_text_gets_an_answer(text in "\\PC*") {
        validate(&text, MachineType::Standard);
    }

    #[test]
    fn any_value_in_any_field_gets_an_answer(
        state_type in "Pass|Task|Choice|Wait|Succeed|Fail|Parallel|Map",
        field in "Next|End|Assign|Choices|Retry|Catch|Output|Branches|ItemProcessor|Resource|Items|InputPath|Parameters",
        value in "[{}\\[\\]\":,.$%a-z0-9 ]{0,40}",
        as_json in "\\{\"ErrorEquals\":\\[[12]?\\]\\}|\\[\\{\"And\":[{}1]*\\}\\]|[0-9]{1,20}|null",
    ) {
        for value in [format!("{value:?}"), as_json] {
            let text = format!("{{\"StartAt\":\"S\",\"States\":{{\"S\":{{\"Type\":\"{state_type}\",\"{field}\":{value}}}}}}}");
            validate(&text, MachineType::Express);
        }
    }
}
