//! The history of an execution, in Step Functions' event types (API `GetExecutionHistory`).

mod details;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use details::service_and_action;

/// How many events an execution's history may have. The event that ends it is the last of them.
pub const MAX_EVENTS: i64 = 25_000;

/// One event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HistoryEvent {
    /// From 1, without gaps.
    pub id: i64,
    /// The event that led to this one; 0 for the first.
    pub previous_event_id: i64,
    /// When, in milliseconds since 1970.
    pub timestamp_ms: i64,
    /// What happened.
    pub event: Event,
}

/// Which resource a task calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TaskKind {
    /// A service integration (`arn:aws:states:::…`).
    Service,
    /// A Lambda function by its ARN.
    Lambda,
    /// An activity by its ARN.
    Activity,
}

/// What can happen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// The execution began.
    ExecutionStarted { input: Arc<Value>, role_arn: String },
    /// It ended with an output.
    ExecutionSucceeded { output: Arc<Value> },
    /// It ended with an error.
    ExecutionFailed {
        error: Option<String>,
        cause: Option<String>,
    },
    /// It took longer than its `TimeoutSeconds`.
    ExecutionTimedOut {
        error: Option<String>,
        cause: Option<String>,
    },
    /// It was stopped from outside.
    ExecutionAborted {
        error: Option<String>,
        cause: Option<String>,
    },
    /// A state was entered.
    StateEntered {
        state_type: StateType,
        name: String,
        input: Arc<Value>,
    },
    /// A state was left.
    StateExited {
        state_type: StateType,
        name: String,
        output: Arc<Value>,
        #[serde(default, skip_serializing_if = "Map::is_empty")]
        assigned: Map<String, Value>,
    },
    /// A JSONata expression has no value.
    EvaluationFailed {
        state: String,
        error: String,
        cause: String,
    },
    /// The branches of a parallel state began.
    ParallelStateStarted,
    /// All branches ended.
    ParallelStateSucceeded,
    /// A branch failed.
    ParallelStateFailed {
        error: Option<String>,
        cause: Option<String>,
    },
    /// The iterations of a map began.
    MapStateStarted { length: u64 },
    /// All iterations ended.
    MapStateSucceeded,
    /// An iteration failed.
    MapStateFailed {
        error: Option<String>,
        cause: Option<String>,
    },
    /// An iteration began.
    MapIterationStarted { name: String, index: u64 },
    /// An iteration ended.
    MapIterationSucceeded { name: String, index: u64 },
    /// An iteration failed.
    MapIterationFailed { name: String, index: u64 },
    /// An iteration was stopped since another failed.
    MapIterationAborted { name: String, index: u64 },
    /// The executions of a distributed map began.
    MapRunStarted { map_run_arn: String },
    /// They ended, with no more failures than are tolerated.
    MapRunSucceeded,
    /// More of them failed than are tolerated.
    MapRunFailed {
        error: Option<String>,
        cause: Option<String>,
    },
    /// A task is due.
    TaskScheduled {
        kind: TaskKind,
        resource: String,
        parameters: Arc<Value>,
        timeout_seconds: Option<i64>,
        heartbeat_seconds: Option<i64>,
    },
    /// The task was taken up.
    TaskStarted { kind: TaskKind, resource: String },
    /// A `.sync` or `.waitForTaskToken` request was accepted.
    TaskSubmitted {
        resource: String,
        output: Arc<Value>,
    },
    /// The task gave its result.
    TaskSucceeded {
        kind: TaskKind,
        resource: String,
        output: Arc<Value>,
    },
    /// The task failed.
    TaskFailed {
        kind: TaskKind,
        resource: String,
        error: Option<String>,
        cause: Option<String>,
    },
    /// The task took too long, or its heartbeat stayed away.
    TaskTimedOut {
        kind: TaskKind,
        resource: String,
        error: Option<String>,
        cause: Option<String>,
    },
}

/// A state's `Type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum StateType {
    Pass,
    Task,
    Choice,
    Wait,
    Succeed,
    Fail,
    Parallel,
    Map,
}

impl StateType {
    /// The type as documents write it.
    pub fn name(self) -> &'static str {
        match self {
            StateType::Pass => "Pass",
            StateType::Task => "Task",
            StateType::Choice => "Choice",
            StateType::Wait => "Wait",
            StateType::Succeed => "Succeed",
            StateType::Fail => "Fail",
            StateType::Parallel => "Parallel",
            StateType::Map => "Map",
        }
    }
}
