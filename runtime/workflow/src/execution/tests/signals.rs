use super::*;

#[test]
fn a_task_is_asked_for_once_and_its_result_is_the_output() {
    let mut run = Run::begun(lone_task(json!({"ResultPath": "$.r"})), json!({"a": 1}));
    let call = &run.last.calls[0];
    assert_eq!(
        (call.state.as_str(), call.resource.as_str()),
        ("T", FUNCTION)
    );
    assert_eq!(*call.parameters, json!({"a": 1}));
    let task = run.task();
    run.succeed(task, json!(2));
    run.succeeded(json!({"a": 1, "r": 2}));
    assert_eq!(
        run.events(),
        [
            "ExecutionStarted",
            "TaskStateEntered",
            "LambdaFunctionScheduled",
            "LambdaFunctionStarted",
            "LambdaFunctionSucceeded",
            "TaskStateExited",
            "ExecutionSucceeded",
        ]
    );
    let ids: Vec<(i64, i64)> = run
        .history
        .iter()
        .map(|e| (e.id, e.previous_event_id))
        .collect();
    assert_eq!(ids, (1..=7).map(|id| (id, id - 1)).collect::<Vec<_>>());
}

#[test]
fn late_and_repeated_signals_change_nothing() {
    let mut run = Run::begun(
        lone_task(json!({"Retry": [{"ErrorEquals": ["E"]}]})),
        json!({}),
    );
    let first = run.task();
    let check = |run: &mut Run, signal: Signal| {
        let before = run.execution.clone();
        let turn = run.give(signal);
        assert!(turn.history.is_empty() && turn.calls.is_empty() && turn.cancelled.is_empty());
        assert_eq!(run.execution, before);
    };
    check(&mut run, Signal::Begin);
    run.fail(first, "E");
    check(
        &mut run,
        Signal::TaskSucceeded {
            task: first,
            output: Arc::new(json!(1)),
        },
    );
    check(&mut run, Signal::Time);
    run.sleep();
    let second = run.task();
    assert_ne!(first, second);
    assert_eq!(run.last.calls[0].attempt, 1);
    let failed = Signal::TaskFailed {
        task: first,
        error: None,
        cause: None,
    };
    check(&mut run, failed);
    run.succeed(second, json!(2));
    check(
        &mut run,
        Signal::TaskSucceeded {
            task: second,
            output: Arc::new(json!(3)),
        },
    );
    check(
        &mut run,
        Signal::Abort {
            error: None,
            cause: None,
        },
    );
    run.succeeded(json!(2));
}

#[test]
fn a_retry_waits_longer_each_time_and_then_the_catcher_comes() {
    let mut run = Run::begun(
        one_task(json!({
            "Retry": [{"ErrorEquals": ["E"], "MaxAttempts": 2, "BackoffRate": 3}],
            "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.e", "Next": "Caught"}]
        })),
        json!({"a": 1}),
    );
    for seconds in [1, 3] {
        let task = run.task();
        run.fail(task, "E");
        assert_eq!(run.last.wake_at_ms, Some(run.now_ms + seconds * 1000));
        run.sleep();
    }
    let task = run.task();
    run.fail(task, "E");
    run.succeeded(json!({"a": 1, "e": {"Error": "E", "Cause": "because"}}));
}

#[test]
fn a_task_that_takes_too_long_times_out_and_is_cancelled() {
    let mut run = Run::begun(lone_task(json!({"TimeoutSeconds": 5})), json!({}));
    let task = run.task();
    assert_eq!(run.last.wake_at_ms, Some(STARTED_MS + 5_000));
    run.sleep();
    assert_eq!(run.last.cancelled, [task]);
    run.failed("States.Timeout");
    assert!(run.events().contains(&"LambdaFunctionTimedOut"));
}

#[test]
fn a_heartbeat_puts_its_timeout_off_but_not_the_tasks() {
    let mut run = Run::begun(
        one_task(json!({
            "TimeoutSeconds": 25, "HeartbeatSeconds": 10,
            "Catch": [{"ErrorEquals": ["States.HeartbeatTimeout"], "Next": "Caught"}]
        })),
        json!({}),
    );
    let task = run.task();
    run.now_ms += 8_000;
    run.give(Signal::Heartbeat { task });
    assert_eq!(run.last.wake_at_ms, Some(STARTED_MS + 18_000));
    run.now_ms += 8_000;
    run.give(Signal::Heartbeat { task });
    assert_eq!(run.last.wake_at_ms, Some(STARTED_MS + 25_000));
    run.sleep();
    run.failed("States.Timeout");
}

#[test]
fn a_missing_heartbeat_can_be_caught_by_its_name() {
    let mut run = Run::begun(
        one_task(json!({
            "HeartbeatSeconds": 10,
            "Catch": [{"ErrorEquals": ["States.HeartbeatTimeout"], "Next": "Caught"}]
        })),
        json!({}),
    );
    run.sleep();
    run.succeeded(json!({"Error": "States.Timeout", "Cause": ""}));
}

#[test]
fn the_whole_execution_times_out() {
    let mut document = lone_task(json!({}));
    document["TimeoutSeconds"] = json!(60);
    let mut run = Run::begun(document, json!({}));
    let task = run.task();
    run.sleep();
    assert!(matches!(run.execution.status(), Status::TimedOut { .. }));
    assert_eq!(run.last.cancelled, [task]);
    assert_eq!(run.last.wake_at_ms, None);
}

#[test]
fn an_abort_cancels_what_is_under_way() {
    let mut run = Run::begun(lone_task(json!({})), json!({}));
    let task = run.task();
    run.give(Signal::Abort {
        error: Some("Stop".to_owned()),
        cause: None,
    });
    assert_eq!(run.last.cancelled, [task]);
    assert_eq!(run.events().last(), Some(&"ExecutionAborted"));
}

#[test]
fn a_token_is_in_the_parameters_and_in_the_call() {
    let document = json!({"StartAt": "T", "States": {"T": {
        "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {"QueueUrl": "q", "MessageBody": {"token.$": "$$.Task.Token"}}, "End": true
    }}});
    let mut run = Run::begun(document, json!({}));
    let call = run.last.calls[0].clone();
    let token = call.token.unwrap();
    assert_eq!(call.parameters["MessageBody"]["token"], json!(token));
    for _ in 0..2 {
        run.give(Signal::TaskSubmitted {
            task: call.task,
            output: Arc::new(json!({})),
        });
    }
    run.succeed(call.task, json!("done"));
    run.succeeded(json!("done"));
    let submitted = run.events();
    let submitted = submitted.iter().filter(|name| **name == "TaskSubmitted");
    assert_eq!(submitted.count(), 1);
}

#[test]
fn another_document_is_refused_and_changes_nothing() {
    let mut run = Run::begun(lone_task(json!({})), json!({}));
    let before = run.execution.clone();
    run.machine = Machine::compile(&lone_task(json!({"Comment": "other"})).to_string()).unwrap();
    let turn = run.give(Signal::Time);
    let Status::Failed {
        cause: Some(cause), ..
    } = &turn.status
    else {
        panic!("{turn:?}")
    };
    assert!(cause.contains("is pinned to the document"), "{cause}");
    assert_eq!(run.execution, before);
}
