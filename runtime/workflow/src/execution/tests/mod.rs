//! Executions, driven by hand.

mod concurrency;
mod limits;
mod recovery;
mod signals;

use serde_json::{Value, json};

use super::*;
use crate::eval::Seeded;
use crate::history::HistoryEvent;

/// An execution, its clock, and what it said so far.
struct Run {
    machine: Machine,
    execution: Execution,
    now_ms: i64,
    random: Seeded,
    max_transitions: u32,
    history: Vec<HistoryEvent>,
    last: Turn,
}

const STARTED_MS: i64 = 1_700_000_000_000;

impl Run {
    fn new(definition: Value, input: Value) -> Self {
        let machine = Machine::compile(&definition.to_string()).unwrap();
        let start = Start {
            execution_arn: "arn:aws:states:eu-west-1:111111111111:execution:m:e".to_owned(),
            name: "e".to_owned(),
            role_arn: "arn:aws:iam::111111111111:role/r".to_owned(),
            machine_arn: "arn:aws:states:eu-west-1:111111111111:stateMachine:m".to_owned(),
            machine_name: "m".to_owned(),
            input: Arc::new(input),
            started_ms: STARTED_MS,
        };
        Self {
            execution: Execution::start(&machine, start),
            machine,
            now_ms: STARTED_MS,
            random: Seeded::new(1),
            max_transitions: 1_000,
            history: Vec::new(),
            last: Turn::still(Status::Running),
        }
    }

    /// A run that has begun.
    fn begun(definition: Value, input: Value) -> Self {
        let mut run = Self::new(definition, input);
        run.give(Signal::Begin);
        run
    }

    fn give(&mut self, signal: Signal) -> &Turn {
        let mut env = Env {
            now_ms: self.now_ms,
            random: &mut self.random,
            max_transitions: self.max_transitions,
        };
        self.last = self.execution.advance(&self.machine, signal, &mut env);
        self.history.extend(self.last.history.iter().cloned());
        &self.last
    }

    /// Lets the time of the next wake-up come.
    fn sleep(&mut self) -> &Turn {
        self.now_ms = self
            .last
            .wake_at_ms
            .expect("the execution waits for a time");
        self.give(Signal::Time)
    }

    fn succeed(&mut self, task: TaskId, output: Value) -> &Turn {
        self.give(Signal::TaskSucceeded {
            task,
            output: Arc::new(output),
        })
    }

    fn fail(&mut self, task: TaskId, error: &str) -> &Turn {
        let error = Some(error.to_owned());
        self.give(Signal::TaskFailed {
            task,
            error,
            cause: Some("because".to_owned()),
        })
    }

    fn task(&self) -> TaskId {
        self.last.calls[0].task
    }

    fn events(&self) -> Vec<&'static str> {
        self.history
            .iter()
            .map(|event| event.event.type_name())
            .collect()
    }

    #[track_caller]
    fn succeeded(&self, output: Value) {
        assert_eq!(
            *self.execution.status(),
            Status::Succeeded {
                output: Arc::new(output)
            }
        );
    }

    #[track_caller]
    fn failed(&self, expected: &str) -> String {
        match self.execution.status() {
            Status::Failed { error, cause } => {
                assert_eq!(error.as_deref(), Some(expected), "{cause:?}");
                cause.clone().unwrap_or_default()
            }
            other => panic!("{other:?}"),
        }
    }
}

const FUNCTION: &str = "arn:aws:lambda:eu-west-1:111111111111:function:f";

/// A document of one task state `T` with these further fields.
fn one_task(more: Value) -> Value {
    let mut task = json!({"Type": "Task", "Resource": FUNCTION, "End": true});
    for (field, value) in more.as_object().unwrap() {
        task[field] = value.clone();
    }
    json!({"StartAt": "T", "States": {"T": task, "Caught": {"Type": "Pass", "End": true}}})
}

/// As [`one_task`], where nothing leads to a catcher's state.
fn lone_task(more: Value) -> Value {
    let mut document = one_task(more);
    document["States"].as_object_mut().unwrap().remove("Caught");
    document
}
