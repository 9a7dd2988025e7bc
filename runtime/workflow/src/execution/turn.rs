//! What comes out of one turn.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::document::Pattern;
use crate::history::HistoryEvent;

/// A task of one execution. No two tasks of it have the same number, nor have two attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TaskId(pub u64);

/// How an execution stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Status {
    /// It waits: for a task, or for a time.
    Running,
    /// More is due at once: give [`super::Signal::Continue`].
    Busy,
    /// It ended with this output.
    Succeeded {
        /// The output.
        output: Arc<Value>,
    },
    /// It ended with an error, as `Fail` or as a state that nobody caught.
    Failed {
        /// The error's name; a `Fail` may have none.
        error: Option<String>,
        /// What led to it.
        cause: Option<String>,
    },
    /// It took longer than the document's `TimeoutSeconds`.
    TimedOut {
        /// `States.Timeout`.
        error: Option<String>,
        /// What led to it.
        cause: Option<String>,
    },
    /// It was stopped.
    Aborted {
        /// The error that was given.
        error: Option<String>,
        /// The cause that was given.
        cause: Option<String>,
    },
}

impl Status {
    /// Whether nothing will happen any more.
    pub fn has_ended(&self) -> bool {
        !matches!(self, Status::Running | Status::Busy)
    }

    /// The status as the API names it.
    pub fn name(&self) -> &'static str {
        match self {
            Status::Running | Status::Busy => "RUNNING",
            Status::Succeeded { .. } => "SUCCEEDED",
            Status::Failed { .. } => "FAILED",
            Status::TimedOut { .. } => "TIMED_OUT",
            Status::Aborted { .. } => "ABORTED",
        }
    }
}

/// A task to be done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// To be named in the signals about it.
    pub task: TaskId,
    /// The state's name.
    pub state: String,
    /// The `Resource`.
    pub resource: String,
    /// What it is called with.
    pub parameters: Arc<Value>,
    /// `Credentials`, where the state has them.
    pub credentials: Option<Value>,
    /// What its result is.
    pub pattern: Pattern,
    /// What `$$.Task.Token` was while the parameters were made.
    pub token: Option<String>,
    /// How many seconds it may take. The execution itself watches over it.
    pub timeout_seconds: Option<i64>,
    /// How many seconds may lie between two heartbeats. The execution itself watches over it.
    pub heartbeat_seconds: Option<i64>,
    /// How often the state was retried before: 0 for the first attempt.
    pub attempt: u32,
}

/// What one turn did, and what it asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Turn {
    /// What happened, in order.
    pub history: Vec<HistoryEvent>,
    /// Tasks to be done.
    pub calls: Vec<Call>,
    /// Tasks that nobody waits for any more.
    pub cancelled: Vec<TaskId>,
    /// When [`super::Signal::Time`] is due, in milliseconds since 1970. Each turn tells it anew.
    pub wake_at_ms: Option<i64>,
    /// How the execution stands now.
    pub status: Status,
}

impl Turn {
    pub(super) fn still(status: Status) -> Self {
        Self {
            history: Vec::new(),
            calls: Vec::new(),
            cancelled: Vec::new(),
            wake_at_ms: None,
            status,
        }
    }
}
