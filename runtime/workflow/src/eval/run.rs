//! One execution from begin to end.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::mocks::{Mocks, Outcome};
use super::seeded::Seeded;
use crate::document::Pattern;
use crate::execution::{Call, Env, Execution, Signal, Start, Status};
use crate::history::{Event, HistoryEvent};
use crate::machine::Machine;

/// How many states one turn enters.
const TRANSITIONS_PER_TURN: u32 = 10_000;

/// How to run.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// What the execution is started with.
    pub start: Start,
    /// What the random numbers come from.
    pub seed: u64,
}

impl Options {
    /// An execution with this input in an account that does not exist.
    pub fn of_input(input: Value) -> Self {
        let arn = |kind, rest| format!("arn:aws:states:us-east-1:111111111111:{kind}:{rest}");
        Self {
            start: Start {
                execution_arn: arn("execution", "offline:offline"),
                name: "offline".to_owned(),
                role_arn: "arn:aws:iam::111111111111:role/offline".to_owned(),
                machine_arn: arn("stateMachine", "offline"),
                machine_name: "offline".to_owned(),
                input: Arc::new(input),
                // 2026-11-23T08:00:00Z: always the same, so that a run can be repeated.
                started_ms: 1_795_420_800_000,
            },
            seed: 0,
        }
    }
}

impl Options {
    /// The same as an express execution.
    pub fn express(mut self) -> Self {
        let arn = self
            .start
            .execution_arn
            .replacen(":execution:", ":express:", 1);
        self.start.execution_arn = arn;
        self
    }
}

/// What an execution came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// Its end.
    pub status: Status,
    /// All its events.
    pub history: Vec<HistoryEvent>,
    /// The tasks that were called, in order.
    pub calls: Vec<Call>,
}

impl Evaluation {
    /// The states entered, in order.
    pub fn states(&self) -> impl Iterator<Item = &str> {
        self.history.iter().filter_map(|event| match &event.event {
            Event::StateEntered { name, .. } => Some(name.as_str()),
            _ => None,
        })
    }

    /// The states entered and left, with their data.
    pub fn trace(&self) -> Value {
        let steps = self.history.iter().filter_map(|event| match &event.event {
            Event::StateEntered {
                name,
                state_type,
                input,
            } => Some(json!({"entered": name, "type": state_type.name(), "input": input})),
            Event::StateExited {
                name,
                state_type,
                output,
                assigned,
            } => {
                let mut step = json!({"exited": name, "type": state_type.name(), "output": output});
                if !assigned.is_empty() {
                    step["assigned"] = Value::Object(assigned.clone());
                }
                Some(step)
            }
            Event::TaskScheduled {
                resource,
                parameters,
                ..
            } => Some(json!({"called": resource, "parameters": parameters})),
            _ => None,
        });
        steps.collect()
    }

    /// The tasks that were called, with their parameters.
    pub fn calls_made(&self) -> Value {
        let call = |call: &Call| {
            json!({
                "state": call.state, "resource": call.resource, "parameters": call.parameters
            })
        };
        self.calls.iter().map(call).collect()
    }

    /// `{"status", "output" | "error", "cause", "states"}`.
    pub fn to_json(&self) -> Map<String, Value> {
        let mut answer = Map::new();
        answer.insert("status".to_owned(), self.status.name().into());
        match &self.status {
            Status::Succeeded { output } => {
                answer.insert("output".to_owned(), Value::clone(output));
            }
            Status::Failed { error, cause }
            | Status::TimedOut { error, cause }
            | Status::Aborted { error, cause } => {
                for (key, text) in [("error", error), ("cause", cause)] {
                    if let Some(text) = text {
                        answer.insert(key.to_owned(), text.as_str().into());
                    }
                }
            }
            Status::Running | Status::Busy => {}
        }
        answer.insert("states".to_owned(), self.states().collect());
        answer
    }
}

/// Runs an execution to its end. Where nothing but time can happen, the time of the next event
/// comes at once. A call without an outcome runs into its time limit; where there is none, it fails
/// with the error `MockMissing`.
pub fn evaluate(machine: &Machine, options: Options, mocks: &Mocks) -> Evaluation {
    let mut now_ms = options.start.started_ms;
    let mut random = Seeded::new(options.seed);
    let mut execution = Execution::start(machine, options.start);
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut signals = VecDeque::from([Signal::Begin]);
    let mut evaluation = Evaluation {
        status: Status::Running,
        history: Vec::new(),
        calls: Vec::new(),
    };
    while let Some(signal) = signals.pop_front() {
        let mut env = Env {
            now_ms,
            random: &mut random,
            max_transitions: TRANSITIONS_PER_TURN,
        };
        let turn = execution.advance(machine, signal, &mut env);
        evaluation.history.extend(turn.history);
        evaluation.status = turn.status;
        for call in turn.calls {
            let limited = call.timeout_seconds.is_some()
                || call.heartbeat_seconds.is_some()
                || machine.timeout_seconds().is_some();
            answer(&call, &mut counts, mocks, limited, &mut signals);
            evaluation.calls.push(call);
        }
        if evaluation.status == Status::Busy {
            signals.push_front(Signal::Continue);
        }
        if signals.is_empty()
            && !evaluation.status.has_ended()
            && let Some(wake_at_ms) = turn.wake_at_ms
        {
            now_ms = now_ms.max(wake_at_ms);
            signals.push_back(Signal::Time);
        }
    }
    evaluation
}

/// What happens to a call. One that has no outcome in the mocks, and nobody answers, runs into its
/// time limit; without one it fails.
fn answer(
    call: &Call,
    counts: &mut BTreeMap<String, usize>,
    mocks: &Mocks,
    limited: bool,
    signals: &mut VecDeque<Signal>,
) {
    let task = call.task;
    let count = counts.entry(call.state.clone()).or_insert(0);
    let outcome = mocks.outcome(&call.state, *count);
    *count += 1;
    if call.pattern != Pattern::RequestResponse && outcome.is_some() {
        let output = Arc::new(Value::Null);
        signals.push_back(Signal::TaskSubmitted { task, output });
    }
    match outcome {
        Some(Outcome::Result(output)) => {
            let output = output.clone();
            signals.push_back(Signal::TaskSucceeded { task, output });
        }
        Some(Outcome::Error { error, cause }) => {
            let (error, cause) = (error.clone(), cause.clone());
            signals.push_back(Signal::TaskFailed { task, error, cause });
        }
        Some(Outcome::Silence) | None if limited => {}
        Some(Outcome::Silence) | None => signals.push_back(Signal::TaskFailed {
            task,
            error: Some("MockMissing".to_owned()),
            cause: Some(format!(
                "The mocks have no outcome for call {count} of the state '{state}', which has no \
                 time limit. Add one: {{\"{state}\": [… {{\"result\": …}}]}}.",
                state = call.state
            )),
        }),
    }
}
