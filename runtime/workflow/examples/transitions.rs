//! Measures how long a state takes and how large an idle execution is:
//! `cargo run --release -p datamesh-workflow --example transitions`.

use std::time::Instant;

use anyhow::{Result, anyhow};
use datamesh_workflow::eval::{Options, Seeded};
use datamesh_workflow::{Env, Execution, Machine, Signal, Status};
use serde_json::json;

/// A loop of a choice and a pass that counts down from its input.
const LOOP: &str = r#"{"StartAt": "More?", "States": {
    "More?": {"Type": "Choice", "Default": "Done",
              "Choices": [{"Variable": "$.n", "NumericGreaterThan": 0, "Next": "Count"}]},
    "Count": {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, -1)"}, "Next": "More?"},
    "Done": {"Type": "Succeed"}}}"#;

/// A task that is waited for.
const IDLE: &str = r#"{"StartAt": "T", "States": {"T": {"Type": "Task", "TimeoutSeconds": 3600,
    "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
    "Parameters": {"QueueUrl": "q", "MessageBody.$": "$$.Task.Token"}, "End": true}}}"#;

fn main() -> Result<()> {
    let machine = compile(LOOP)?;
    let (runs, turns) = (50, 5_000);
    let begun = Instant::now();
    let mut states = 0;
    for _ in 0..runs {
        let mut execution = start(&machine, json!({"n": turns}));
        let mut random = Seeded::new(0);
        let mut signal = Signal::Begin;
        loop {
            let mut env = Env {
                now_ms: 0,
                random: &mut random,
                max_transitions: 1_000,
            };
            let turn = execution.advance(&machine, signal, &mut env);
            states += turn.history.len() / 2;
            signal = Signal::Continue;
            if turn.status != Status::Busy {
                break;
            }
        }
    }
    let taken = begun.elapsed();
    println!(
        "{states} states in {taken:?}: {:.2} µs a state",
        taken.as_secs_f64() * 1e6 / states as f64
    );

    let machine = compile(IDLE)?;
    let mut execution = start(&machine, json!({"order": 12345, "customer": "c-678"}));
    let mut random = Seeded::new(0);
    let mut env = Env {
        now_ms: 0,
        random: &mut random,
        max_transitions: 10,
    };
    execution.advance(&machine, Signal::Begin, &mut env);
    println!(
        "an execution that waits for a task: {} bytes",
        serde_json::to_vec(&execution)?.len()
    );
    Ok(())
}

fn compile(text: &str) -> Result<Machine> {
    Machine::compile(text).map_err(|diagnostics| anyhow!("{diagnostics:?}"))
}

fn start(machine: &Machine, input: serde_json::Value) -> Execution {
    Execution::start(machine, Options::of_input(input).start)
}
