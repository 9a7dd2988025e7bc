use std::sync::Arc;

use datamesh_actor::Named;
use datamesh_workflow::{Execution, TaskId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::record::ExecutionRecord;
use super::report::{Approved, Report};
use super::state::Task;
use super::status::ExecutionStatus;
use crate::person::Person;

/// What can happen to an execution. Times are in milliseconds since the Unix epoch. What the history of the
/// document shows is not here but in a list of its own.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Event {
    /// It was asked for.
    Started(Box<Started>),
    /// The interpreter went on.
    Advanced {
        /// When.
        at_ms: i64,
        /// What the interpreter remembers now; none once it has ended.
        execution: Option<Box<Execution>>,
        /// What can be seen of it.
        progress: Progress,
    },
    /// A task is under way.
    TaskBegan {
        /// The interpreter's name for it.
        id: TaskId,
        /// What is done.
        task: Box<Task>,
    },
    /// A task is not under way any more.
    TaskOver {
        /// Which.
        id: TaskId,
    },
    /// What a task asked for goes on: it asks again later.
    AskedAgain {
        /// Which task.
        id: TaskId,
        /// The deployment that goes on, if it is one.
        deployment_id: Option<String>,
    },
    /// A deployment was made.
    Deployed {
        /// Which.
        deployment_id: String,
    },
    /// People are asked.
    ApprovalOpened {
        /// The approval.
        approval_id: String,
    },
    /// Nobody waits for the approval any more.
    ApprovalUnwanted {
        /// The approval.
        approval_id: String,
        /// Whether it was for time.
        expired: bool,
        /// Why.
        cause: String,
    },
    /// The approval has ended, or will, without us.
    ApprovalOver {
        /// The approval.
        approval_id: String,
    },
    /// Everybody who is needed said yes.
    Approved(Approved),
    /// The promotion is being told.
    Reported {
        /// What.
        report: Report,
    },
}

/// How an execution starts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Started {
    /// The record as it starts.
    pub record: ExecutionRecord,
    /// The document's text.
    pub document: Arc<str>,
    /// What the interpreter remembers.
    pub execution: Execution,
    /// In whose name it acts.
    pub run_as: Person,
    /// The promotion that it belongs to.
    pub promotion_id: Option<String>,
}

/// What can be seen of an execution.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// How it stands.
    pub status: ExecutionStatus,
    /// The states that it is in.
    pub current_states: Vec<String>,
    /// How many events its history has.
    pub event_count: i64,
    /// What came out.
    pub output: Option<Value>,
    /// The error's name; empty if there is none.
    pub error: String,
    /// What happened; empty if nothing is said.
    pub cause: String,
}

impl Named for Event {
    fn name(&self) -> &'static str {
        match self {
            Self::Started(_) => "ExecutionStarted",
            Self::Advanced { .. } => "Advanced",
            Self::TaskBegan { .. } => "TaskBegan",
            Self::TaskOver { .. } => "TaskOver",
            Self::AskedAgain { .. } => "AskedAgain",
            Self::Deployed { .. } => "Deployed",
            Self::ApprovalOpened { .. } => "ApprovalOpened",
            Self::ApprovalUnwanted { .. } => "ApprovalUnwanted",
            Self::ApprovalOver { .. } => "ApprovalOver",
            Self::Approved(_) => "Approved",
            Self::Reported { .. } => "Reported",
        }
    }
}
