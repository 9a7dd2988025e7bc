use super::*;

fn pass() -> Value {
    json!({"Type": "Pass", "End": true})
}

fn task() -> Value {
    json!({"Type": "Task", "Resource": FUNCTION, "End": true})
}

fn flow(name: &str, state: Value) -> Value {
    json!({"StartAt": name, "States": {name: state}})
}

fn map(more: Value) -> Value {
    let mut map = json!({"Type": "Map", "ItemProcessor": flow("I", task()), "End": true});
    for (field, value) in more.as_object().unwrap() {
        map[field] = value.clone();
    }
    flow("M", map)
}

#[test]
fn results_stand_in_the_order_of_the_branches_whichever_ends_first() {
    let branches = [flow("A", task()), flow("B", task()), flow("C", pass())];
    let document = flow(
        "P",
        json!({"Type": "Parallel", "Branches": branches, "End": true}),
    );
    let mut run = Run::begun(document, json!("in"));
    let (a, b) = (run.last.calls[0].task, run.last.calls[1].task);
    assert_eq!(run.execution.current_states(&run.machine), ["P", "A", "B"]);
    assert_eq!(run.execution.tasks().collect::<Vec<_>>(), [a, b]);
    run.succeed(b, json!("b"));
    run.succeed(a, json!("a"));
    run.succeeded(json!(["a", "b", "in"]));
}

#[test]
fn a_failed_branch_cancels_the_others_and_the_state_may_catch_it() {
    let branches = [flow("A", task()), flow("B", task())];
    let mut document = flow(
        "P",
        json!({
            "Type": "Parallel", "Branches": branches, "End": true,
            "Catch": [{"ErrorEquals": ["E"], "Next": "Caught"}]
        }),
    );
    document["States"]["Caught"] = pass();
    let mut run = Run::begun(document, json!({}));
    let (a, b) = (run.last.calls[0].task, run.last.calls[1].task);
    run.fail(a, "E");
    assert_eq!(run.last.cancelled, [b]);
    run.succeeded(json!({"Error": "E", "Cause": "because"}));
    run.succeed(b, json!("late"));
    run.succeeded(json!({"Error": "E", "Cause": "because"}));
}

#[test]
fn a_parallel_state_runs_all_its_branches_again_when_it_is_retried() {
    let branches = [flow("A", task()), flow("B", task())];
    let parallel = json!({
        "Type": "Parallel", "Branches": branches, "End": true, "Retry": [{"ErrorEquals": ["E"]}]
    });
    let mut run = Run::begun(flow("P", parallel), json!({}));
    let a = run.task();
    run.fail(a, "E");
    run.sleep();
    let tasks: Vec<TaskId> = run.last.calls.iter().map(|call| call.task).collect();
    assert_eq!(tasks.len(), 2);
    for task in tasks {
        run.succeed(task, json!(1));
    }
    run.succeeded(json!([1, 1]));
}

#[test]
fn a_map_runs_no_more_iterations_beside_each_other_than_it_may() {
    let mut run = Run::begun(map(json!({"MaxConcurrency": 2})), json!([0, 1, 2, 3]));
    assert_eq!(run.last.calls.len(), 2);
    let mut open: VecDeque<TaskId> = run.last.calls.iter().map(|call| call.task).collect();
    let mut answered = 0;
    while let Some(task) = open.pop_back() {
        run.succeed(task, json!(answered));
        answered += 1;
        open.extend(run.last.calls.iter().map(|call| call.task));
        assert!(open.len() <= 2);
    }
    // The second item was answered first, then those that took its place, and the first at last.
    run.succeeded(json!([3, 0, 1, 2]));
}

#[test]
fn a_failed_iteration_ends_the_map() {
    let mut run = Run::begun(map(json!({})), json!([0, 1, 2]));
    let tasks: Vec<TaskId> = run.last.calls.iter().map(|call| call.task).collect();
    run.fail(tasks[1], "E");
    assert_eq!(run.failed("E"), "because");
    assert_eq!(run.last.cancelled, [tasks[0], tasks[2]]);
    let ends: Vec<&str> = run
        .events()
        .into_iter()
        .filter(|name| name.starts_with("Map"))
        .collect();
    assert_eq!(
        ends[5..],
        [
            "MapIterationFailed",
            "MapIterationAborted",
            "MapIterationAborted",
            "MapStateFailed"
        ]
    );
}

#[test]
fn an_empty_map_gives_an_empty_array() {
    Run::begun(map(json!({})), json!([])).succeeded(json!([]));
}

#[test]
fn a_distributed_map_tolerates_failures_up_to_its_threshold() {
    let document = |count: u32| {
        let mut processor = flow("I", task());
        processor["ProcessorConfig"] = json!({"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"});
        map(json!({"ItemProcessor": processor, "ToleratedFailureCount": count}))
    };
    let outcomes = |count| {
        let mut run = Run::begun(document(count), json!([0, 1, 2]));
        let tasks: Vec<TaskId> = run.last.calls.iter().map(|call| call.task).collect();
        run.fail(tasks[0], "E");
        run.fail(tasks[1], "E");
        run.succeed(tasks[2], json!(2));
        run
    };
    let error = json!({"Error": "E", "Cause": "because"});
    outcomes(2).succeeded(json!([error, error, 2]));
    let run = outcomes(1);
    let cause = run.failed("States.ExceedToleratedFailureThreshold");
    assert_eq!(
        cause,
        "The specified tolerated failure threshold was exceeded"
    );
    let inner = |name: &&str| name.starts_with("MapIteration") || name.starts_with("Task");
    assert!(
        !run.events().iter().any(inner),
        "executions of their own do not show"
    );
}

#[test]
fn an_inner_branch_sees_outer_variables_and_keeps_its_own() {
    let inner = json!({
        "StartAt": "Set",
        "States": {
            "Set": {"Type": "Pass", "Assign": {"own.$": "$"}, "Next": "Show"},
            "Show": {"Type": "Pass", "Parameters": {"x.$": "$outer", "y.$": "$own"}, "End": true}
        }
    });
    let document = json!({
        "StartAt": "Set outer",
        "States": {
            "Set outer": {"Type": "Pass", "Assign": {"outer": 7}, "Next": "M"},
            "M": {"Type": "Map", "ItemProcessor": inner, "End": true}
        }
    });
    let run = Run::begun(document, json!([1, 2]));
    run.succeeded(json!([{"x": 7, "y": 1}, {"x": 7, "y": 2}]));
}

#[test]
fn a_distributed_map_takes_the_fields_of_an_object_for_its_items() {
    let processor = |mode: &str| {
        let mut processor = flow("I", pass());
        processor["ProcessorConfig"] = json!({"Mode": mode});
        if mode == "DISTRIBUTED" {
            processor["ProcessorConfig"]["ExecutionType"] = json!("STANDARD");
        }
        flow(
            "M",
            json!({"Type": "Map", "ItemProcessor": processor, "End": true}),
        )
    };
    let input = json!({"a": 1, "b": [2]});
    let run = Run::begun(processor("DISTRIBUTED"), input.clone());
    run.succeeded(json!([{"Key": "a", "Value": 1}, {"Key": "b", "Value": [2]}]));
    let cause = Run::begun(processor("INLINE"), input).failed("States.Runtime");
    assert!(cause.ends_with("Reference path \"$\" must point to array."));
}

#[test]
fn a_parallel_state_without_branches_ends_at_once() {
    let parallel = json!({"Type": "Parallel", "Branches": [], "End": true});
    Run::begun(flow("P", parallel), json!({})).succeeded(json!([]));
}

#[test]
fn an_item_selector_sees_the_input_the_context_and_the_variables() {
    let mut document = map(json!({
        "ItemProcessor": flow("I", pass()), "InputPath": "$.in", "ItemsPath": "$.items",
        "ItemSelector": {
            "value.$": "$$.Map.Item.Value", "input.$": "$.more", "variable.$": "$v",
            "whole.$": "$$.Execution.Input.in.more", "name.$": "$$.Execution.Name"
        }
    }));
    document["States"]["First"] = json!({"Type": "Pass", "Assign": {"v": 7}, "Next": "M"});
    document["StartAt"] = json!("First");
    let run = Run::begun(document, json!({"in": {"items": [1], "more": "m"}}));
    run.succeeded(json!([
        {"value": 1, "input": "m", "variable": 7, "whole": "m", "name": "e"}
    ]));
}

#[test]
fn batches_are_made_of_what_the_item_selector_gives() {
    let mut processor = flow("I", pass());
    processor["ProcessorConfig"] = json!({"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"});
    let document = map(json!({
        "ItemProcessor": processor, "ItemBatcher": {"MaxItemsPerBatch": 2},
        "ItemSelector": {"n.$": "$$.Map.Item.Value"}
    }));
    Run::begun(document, json!([1, 2, 3])).succeeded(json!([
        {"Items": [{"n": 1}, {"n": 2}]}, {"Items": [{"n": 3}]}
    ]));
}

#[test]
fn iterations_and_branches_take_no_more_than_a_state_may() {
    let twice = json!({"a.$": "$.text", "b.$": "$.text"});
    let text = json!({"items": [1], "text": "x".repeat(200_000)});
    let maps = map(json!({"ItemsPath": "$.items", "ItemSelector": twice}));
    Run::begun(maps, text.clone()).failed("States.DataLimitExceeded");
    let parallel = json!({
        "Type": "Parallel", "Parameters": twice, "Branches": [flow("A", pass())], "End": true
    });
    Run::begun(flow("P", parallel), text).failed("States.DataLimitExceeded");
}

#[test]
fn an_item_reader_is_a_call_and_its_text_becomes_items() {
    let mut processor = flow("I", pass());
    processor["ProcessorConfig"] = json!({"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"});
    let reader = json!({
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW", "MaxItems": 2},
        "Parameters": {"Bucket": "b", "Key.$": "$.key"}
    });
    let document = map(json!({"ItemProcessor": processor, "ItemReader": reader}));
    let mut run = Run::begun(document, json!({"key": "k"}));
    let call = run.last.calls[0].clone();
    assert_eq!(call.resource, "arn:aws:states:::s3:getObject");
    assert_eq!(*call.parameters, json!({"Bucket": "b", "Key": "k"}));
    run.succeed(call.task, json!({"Body": "a,b\n1,2\n3\n5,6\n"}));
    run.succeeded(json!([{"a": "1", "b": "2"}, {"a": "3", "b": ""}]));
}

#[test]
fn an_item_batcher_gives_each_iteration_several_items() {
    let mut processor = flow("I", pass());
    processor["ProcessorConfig"] = json!({"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"});
    let batcher = json!({"MaxItemsPerBatch": 2, "BatchInput": {"n.$": "$.n"}});
    let document = map(json!({
        "ItemProcessor": processor, "ItemsPath": "$.items", "ItemBatcher": batcher
    }));
    Run::begun(document, json!({"n": 7, "items": [1, 2, 3]})).succeeded(json!([
        {"BatchInput": {"n": 7}, "Items": [1, 2]},
        {"BatchInput": {"n": 7}, "Items": [3]}
    ]));
}
