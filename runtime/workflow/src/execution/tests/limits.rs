use super::*;

/// A loop that never ends.
fn endless() -> Value {
    json!({"StartAt": "A", "States": {
        "A": {"Type": "Pass", "Next": "B"},
        "B": {"Type": "Choice", "Choices": [
            {"Variable": "$.never", "IsPresent": true, "Next": "C"}
        ], "Default": "A"},
        "C": {"Type": "Succeed"}
    }})
}

#[test]
fn a_turn_ends_after_so_many_states() {
    let mut run = Run::new(endless(), json!({}));
    run.max_transitions = 10;
    run.give(Signal::Begin);
    assert_eq!(run.last.status, Status::Busy);
    assert_eq!(run.history.len(), 1 + 10 * 2);
    run.give(Signal::Continue);
    assert_eq!(run.history.len(), 1 + 20 * 2);
}

#[test]
fn an_endless_loop_ends_at_the_limit_of_the_history() {
    let mut run = Run::begun(endless(), json!({}));
    while run.last.status == Status::Busy {
        run.give(Signal::Continue);
    }
    let cause = run.failed("States.Runtime");
    assert_eq!(
        cause,
        "The execution reached the maximum number of history events (25000)."
    );
    assert_eq!(run.history.last().map(|event| event.id), Some(25_000));
}

#[test]
fn a_result_that_is_too_large_is_a_clear_end() {
    let mut run = Run::begun(
        one_task(json!({"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]})),
        json!({}),
    );
    let task = run.task();
    run.succeed(task, "x".repeat(10_000_000).into());
    assert_eq!(
        run.failed("States.DataLimitExceeded"),
        "The state/task 'T' returned a result with a size exceeding the maximum number of bytes \
         service limit."
    );
    let state = serde_json::to_string(&run.execution).unwrap();
    assert!(state.len() < 2_000, "nothing of it is kept");
}

#[test]
fn a_wait_ends_at_its_time_and_not_before() {
    let document =
        json!({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 90, "End": true}}});
    let mut run = Run::begun(document, json!(1));
    assert_eq!(run.last.wake_at_ms, Some(STARTED_MS + 90_000));
    run.now_ms += 89_999;
    run.give(Signal::Time);
    assert_eq!(run.last.status, Status::Running);
    run.sleep();
    run.succeeded(json!(1));
}

#[test]
fn failures_name_the_state_and_its_event() {
    let document = |state: Value| {
        let next = state["Choices"].is_array();
        let mut document = json!({"StartAt": "S", "States": {"S": state}});
        if next {
            document["States"]["E"] = json!({"Type": "Succeed"});
        }
        document
    };
    let check = |state: Value, input: Value, error: &str, cause: &str| {
        let whole = format!(
            "An error occurred while executing the state 'S' (entered at the event id #2). {cause}"
        );
        assert_eq!(Run::begun(document(state), input).failed(error), whole);
    };
    let seconds = |value: Value| {
        (
            json!({"Type": "Wait", "SecondsPath": "$.s", "End": true}),
            json!({"s": value}),
        )
    };
    let (state, input) = seconds(json!(-1));
    let cause = "The SecondsPath parameter references a negative value: $.s == -1";
    check(state, input, "States.Runtime", cause);
    for (at, found) in [(json!("soon"), "soon"), (json!(1), "1")] {
        let state = json!({"Type": "Wait", "TimestampPath": "$.at", "End": true});
        let cause = format!(
            "The TimestampPath parameter does not reference a valid ISO-8601 extended offset \
             date-time format string: $.at == {found}"
        );
        check(state, json!({"at": at}), "States.Runtime", &cause);
    }
    let processor = json!({
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "I", "States": {"I": {"Type": "Succeed"}}
    });
    let tolerant = json!({
        "Type": "Map", "ItemsPath": "$.items", "ToleratedFailurePercentagePath": "$.share",
        "ItemProcessor": processor, "End": true
    });
    let cause = "The ToleratedFailurePercentagePath field refers to value \"many\" which is not a \
                 valid float: $.share";
    let input = json!({"items": [], "share": "many"});
    check(tolerant, input, "States.Runtime", cause);
    let task = json!({
        "Type": "Task", "Resource": FUNCTION, "TimeoutSecondsPath": "$.s", "End": true
    });
    let cause = "The TimeoutSecondsPath field refers to value \"0\" which is not a valid positive \
                 integer: $.s";
    check(task, json!({"s": 0}), "States.Runtime", cause);
    let (state, input) = seconds(json!("soon"));
    let cause = "The SecondsPath parameter cannot be parsed as a long value: $.s == soon";
    check(state, input, "States.Runtime", cause);
    check(
        json!({"Type": "Pass", "ResultPath": "$.a.b", "End": true}),
        json!({"a": "text"}),
        "States.ReferencePathConflict",
        "Unable to apply step \"b\" to input {\"a\":\"text\"}",
    );
    let choice = json!({"Type": "Choice", "Choices": [
        {"Variable": "$.a", "StringEquals": "x", "Next": "E"}
    ]});
    check(
        choice,
        json!({"a": "y"}),
        "States.Runtime",
        "Failed to transition out of the state. The state does not point to a next state.",
    );
}

#[test]
fn no_signal_goes_on_with_an_execution_whose_time_is_over() {
    let mut document = lone_task(json!({}));
    document["TimeoutSeconds"] = json!(10);
    let mut run = Run::begun(document, json!({}));
    let task = run.task();
    run.now_ms += 10_000;
    run.succeed(task, json!("late"));
    assert_eq!(run.execution.status().name(), "TIMED_OUT");
}

#[test]
fn data_that_grows_deeper_in_a_loop_ends_before_it_can_not_be_read_back() {
    let document = json!({"StartAt": "A", "States": {
        "A": {"Type": "Pass", "Parameters": {"a.$": "$"}, "Next": "B"},
        "B": {"Type": "Choice", "Choices": [
            {"Variable": "$.never", "IsPresent": true, "Next": "C"}
        ], "Default": "A"},
        "C": {"Type": "Succeed"}
    }});
    let mut run = Run::new(document, json!({}));
    run.max_transitions = 1;
    run.give(Signal::Begin);
    while run.last.status == Status::Busy {
        let text = serde_json::to_string(&run.execution).unwrap();
        run.execution = serde_json::from_str(&text).unwrap();
        run.give(Signal::Continue);
    }
    assert!(
        run.failed("States.DataLimitExceeded")
            .contains("more than 100 levels deep")
    );
}

#[test]
fn a_map_ends_as_soon_as_its_results_are_too_large_together() {
    let task = json!({"Type": "Task", "Resource": FUNCTION, "End": true});
    let document = json!({"StartAt": "M", "States": {"M": {
        "Type": "Map", "MaxConcurrency": 1, "End": true,
        "ItemProcessor": {"StartAt": "I", "States": {"I": task}}
    }}});
    let mut run = Run::begun(document, json!([0, 1, 2, 3, 4, 5]));
    let mut answered = 0;
    while run.last.status == Status::Running {
        let task = run.task();
        run.succeed(task, "x".repeat(100_000).into());
        answered += 1;
    }
    run.failed("States.DataLimitExceeded");
    assert_eq!(answered, 3);
}

#[test]
fn an_endless_iteration_of_a_distributed_map_ends_at_its_own_limit() {
    let mut processor = endless();
    processor["ProcessorConfig"] = json!({"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"});
    let document = json!({"StartAt": "M", "States": {"M": {
        "Type": "Map", "ItemProcessor": processor, "ToleratedFailureCount": 1, "End": true
    }}});
    let mut run = Run::begun(document, json!([{}]));
    while run.last.status == Status::Busy {
        run.give(Signal::Continue);
    }
    let Status::Succeeded { output } = run.execution.status() else {
        panic!("{:?}", run.last)
    };
    assert_eq!(output[0]["Error"], "States.Runtime");
}

#[test]
fn the_iterations_of_a_map_begin_over_several_turns() {
    let document = json!({"StartAt": "M", "States": {"M": {
        "Type": "Map", "End": true,
        "ItemProcessor": {"StartAt": "I", "States": {"I": {"Type": "Pass", "End": true}}}
    }}});
    let items: Vec<i32> = (0..30).collect();
    let mut run = Run::new(document, json!(items));
    run.max_transitions = 4;
    run.give(Signal::Begin);
    let mut turns = 1;
    while run.last.status == Status::Busy {
        assert!(run.last.history.len() <= 4 * 4, "{:?}", run.last.history);
        run.give(Signal::Continue);
        turns += 1;
    }
    run.succeeded(json!(items));
    assert!(turns >= 15, "{turns}");
}

#[test]
fn a_cause_is_no_longer_than_it_may_be() {
    let state = json!({"Type": "Pass", "Parameters": {"a.$": "$.missing"}, "End": true});
    let document = json!({"StartAt": "S", "States": {"S": state}});
    let run = Run::begun(document, json!({"text": "ä".repeat(100_000)}));
    assert_eq!(run.failed("States.Runtime").chars().count(), 32_768);
}

#[test]
fn all_variables_together_have_ten_mebibytes_at_most() {
    let text = "x".repeat(200_000);
    let document = |count: usize| {
        let mut states = serde_json::Map::new();
        for at in 0..count {
            let (name, next) = (format!("S{at}"), format!("S{}", at + 1));
            // Each variable is assigned twice, and counts once.
            let again = json!({
                "Type": "Pass", "Assign": {format!("v{at}"): "short"}, "Next": format!("{name}b")
            });
            let assign = json!({format!("v{at}.$"): "$"});
            let state = json!({"Type": "Pass", "Assign": assign, "Next": next});
            states.insert(format!("{name}b"), state);
            states.insert(name, again);
        }
        states.insert(format!("S{count}"), json!({"Type": "Succeed"}));
        json!({"StartAt": "S0", "States": states})
    };
    let fit = 10 * 1024 * 1024 / 200_002;
    Run::begun(document(fit), json!(text)).succeeded(json!(text));
    Run::begun(document(fit + 1), json!(text)).failed("States.DataLimitExceeded");
}

#[test]
fn an_expression_whose_value_its_field_may_not_have_can_be_caught() {
    let processor = json!({"StartAt": "I", "States": {"I": {"Type": "Succeed"}}});
    let map = json!({
        "Type": "Map", "Items": [], "MaxConcurrency": "{% -1 %}", "ItemProcessor": processor,
        "End": true, "Catch": [{"ErrorEquals": ["States.QueryEvaluationError"], "Next": "Caught"}]
    });
    let caught = json!({"Type": "Pass", "Output": "caught", "End": true});
    let document = json!({
        "QueryLanguage": "JSONata", "StartAt": "M", "States": {"M": map, "Caught": caught}
    });
    Run::begun(document, json!({})).succeeded(json!("caught"));
    for (field, expression) in [("Seconds", "{% -1 %}"), ("Timestamp", "{% 'soon' %}")] {
        let wait = json!({"Type": "Wait", field: expression, "End": true});
        let document = json!({"QueryLanguage": "JSONata", "StartAt": "W", "States": {"W": wait}});
        Run::begun(document, json!({})).failed("States.QueryEvaluationError");
    }
}
