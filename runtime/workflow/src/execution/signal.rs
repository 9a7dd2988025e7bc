//! What an execution can be told.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::step::Stepper;
use super::{Status, TRUNK, TaskId};
use crate::fault::Failure;
use crate::history::Event;
use crate::retry::names;
use crate::size::{MAX_DEPTH, nests_too_deep};

/// What happened outside.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Signal {
    /// The execution may begin. Given again, it changes nothing.
    Begin,
    /// The execution may go on after [`super::Status::Busy`].
    Continue,
    /// A `.sync` or `.waitForTaskToken` request was accepted, and this is its answer.
    TaskSubmitted {
        /// Which task.
        task: TaskId,
        /// What the service answered.
        output: Arc<Value>,
    },
    /// A task gave its result.
    TaskSucceeded {
        /// Which task.
        task: TaskId,
        /// The result.
        output: Arc<Value>,
    },
    /// A task failed.
    TaskFailed {
        /// Which task.
        task: TaskId,
        /// The error's name.
        error: Option<String>,
        /// What led to it.
        cause: Option<String>,
    },
    /// A task is alive.
    Heartbeat {
        /// Which task.
        task: TaskId,
    },
    /// Time has passed: whatever is due by now happens.
    Time,
    /// The execution is to stop (API `StopExecution`).
    Abort {
        /// The error to show.
        error: Option<String>,
        /// The cause to show.
        cause: Option<String>,
    },
}

impl Stepper<'_, '_> {
    /// Takes a signal, without going on yet. Whatever it is, it comes too late after the execution's
    /// own time limit.
    pub(super) fn take(&mut self, signal: Signal) {
        let goes_on = !matches!(signal, Signal::Begin | Signal::Abort { .. });
        if goes_on && self.times_out() {
            return;
        }
        match signal {
            Signal::Begin => {
                if self.execution.events == 0 {
                    self.begin();
                }
            }
            Signal::Continue => {}
            Signal::TaskSubmitted { task, output } => self.task_submitted(task, output),
            Signal::TaskSucceeded { task, output } => self.task_succeeded(task, output),
            Signal::TaskFailed { task, error, cause } => {
                self.task_failed(task, Failure::given(error, cause));
            }
            Signal::Heartbeat { task } => self.task_beats(task),
            Signal::Time => self.time(),
            Signal::Abort { error, cause } => {
                let Failure { error, cause, .. } = Failure::given(error, cause);
                self.end(Status::Aborted { error, cause });
            }
        }
    }

    fn begin(&mut self) {
        let start = &self.execution.start;
        let event = Event::ExecutionStarted {
            input: start.input.clone(),
            role_arn: start.role_arn.clone(),
        };
        self.emit(TRUNK, event);
        if nests_too_deep(&self.execution.start.input) {
            let cause = format!("The input nests more than {MAX_DEPTH} levels deep.");
            let error = Some(names::DATA_LIMIT_EXCEEDED.to_owned());
            self.execution.start.input = Arc::new(Value::Null);
            self.end(Status::Failed {
                error,
                cause: Some(cause),
            });
            return;
        }
        self.execution.ready.push_back(TRUNK);
    }
}
