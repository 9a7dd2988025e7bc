//! A run that is written down and read again between any two turns comes out the same.

use proptest::prelude::*;

use super::*;

/// A document with everything that waits: tasks, retries, catchers, branches, iterations, waits.
fn document() -> Value {
    let work = json!({
        "StartAt": "Work",
        "States": {
            "Work": {
                "Type": "Task", "Resource": FUNCTION, "TimeoutSeconds": 60,
                "Retry": [{"ErrorEquals": ["E"], "MaxAttempts": 2, "JitterStrategy": "FULL"}],
                "Catch": [{"ErrorEquals": ["F"], "ResultPath": "$.error", "Next": "Rest"}],
                "ResultPath": "$.result", "Next": "Rest"
            },
            "Rest": {"Type": "Wait", "Seconds": 2, "End": true}
        }
    });
    json!({
        "StartAt": "Split",
        "TimeoutSeconds": 1000,
        "States": {
            "Split": {
                "Type": "Parallel",
                "Branches": [
                    {"StartAt": "Each", "States": {"Each": {
                        "Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 2,
                        "ItemSelector": {"item.$": "$$.Map.Item.Value", "id.$": "States.UUID()"},
                        "ItemProcessor": work, "End": true
                    }}},
                    {"StartAt": "Pause", "States": {
                        "Pause": {"Type": "Wait", "Seconds": 3, "Next": "Note"},
                        "Note": {"Type": "Pass", "Assign": {"noted": true}, "End": true}
                    }}
                ],
                "Assign": {"both.$": "$"},
                "Next": "Last"
            },
            "Last": {"Type": "Pass", "Parameters": {"both.$": "$both"}, "End": true}
        }
    })
}

/// What happens outside, one step after the other.
#[derive(Debug, Clone)]
enum Outside {
    Succeeds(usize),
    Fails(usize, &'static str),
    TimePasses,
    Again,
}

fn outside() -> impl Strategy<Value = Outside> {
    prop_oneof![
        3 => (0usize..4).prop_map(Outside::Succeeds),
        2 => ((0usize..4), prop_oneof![Just("E"), Just("F"), Just("G")])
            .prop_map(|(which, error)| Outside::Fails(which, error)),
        4 => Just(Outside::TimePasses),
        1 => Just(Outside::Again),
    ]
}

/// Plays the steps; with `written`, the execution is written down and read before each turn. A turn
/// enters few states, so that it is interrupted in the middle of things as well.
fn play(steps: &[Outside], written: bool) -> Run {
    let mut run = Run::new(document(), json!({"items": [1, 2, 3]}));
    run.max_transitions = 2;
    let mut calls: Vec<TaskId> = Vec::new();
    let mut last = Signal::Begin;
    let give = |run: &mut Run, signal: Signal, calls: &mut Vec<TaskId>| {
        if written {
            let text = serde_json::to_string(&run.execution).unwrap();
            run.execution = serde_json::from_str(&text).unwrap();
        }
        run.give(signal);
        calls.extend(run.last.calls.iter().map(|call| call.task));
    };
    give(&mut run, Signal::Begin, &mut calls);
    for step in steps {
        let signal = match step {
            Outside::Again => last.clone(),
            Outside::TimePasses => {
                run.now_ms = run.last.wake_at_ms.unwrap_or(run.now_ms);
                Signal::Time
            }
            Outside::Succeeds(which) => match calls.get(calls.len().wrapping_sub(1 + which)) {
                Some(&task) => Signal::TaskSucceeded {
                    task,
                    output: Arc::new(json!(which)),
                },
                None => Signal::Continue,
            },
            Outside::Fails(which, error) => match calls.get(calls.len().wrapping_sub(1 + which)) {
                Some(&task) => Signal::TaskFailed {
                    task,
                    error: Some((*error).to_owned()),
                    cause: None,
                },
                None => Signal::Continue,
            },
        };
        last = signal.clone();
        give(&mut run, signal, &mut calls);
    }
    run
}

proptest! {
    #[test]
    fn writing_down_makes_no_difference(steps in prop::collection::vec(outside(), 0..40)) {
        let (plain, written) = (play(&steps, false), play(&steps, true));
        prop_assert_eq!(&plain.history, &written.history);
        prop_assert_eq!(&plain.execution, &written.execution);
        prop_assert_eq!(&plain.last, &written.last);
    }

    #[test]
    fn ids_have_no_gaps_and_nothing_is_waited_for_twice(
        steps in prop::collection::vec(outside(), 0..40)
    ) {
        let run = play(&steps, false);
        let ids: Vec<i64> = run.history.iter().map(|event| event.id).collect();
        prop_assert_eq!(ids, (1..=run.execution.events()).collect::<Vec<_>>());
        prop_assert!(run.history.iter().all(|event| event.previous_event_id < event.id));
        if run.execution.status().has_ended() {
            prop_assert!(run.execution.tasks.is_empty() && run.execution.branches.is_empty());
            prop_assert_eq!(run.last.wake_at_ms, None);
        }
    }
}
