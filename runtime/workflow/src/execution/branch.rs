//! One branch of an execution: where it stands, and what it waits for.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::TaskId;
use crate::document::{FlowIndex, StateIndex};
use crate::flow::Assigned;
use crate::size;

/// The number of a branch in its execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct BranchId(pub(super) u64);

/// The history of an execution that a distributed map has started: it has its own event numbers,
/// and does not show in the map's execution. Its number is that of its first branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Book(pub(super) u64);

impl Book {
    pub(super) fn first_branch(self) -> BranchId {
        BranchId(self.0)
    }
}

/// Who waits for a branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Parent {
    pub branch: BranchId,
    /// Which of the parallel state's branches or of the map's iterations this is.
    pub index: usize,
}

/// The item of a map that a branch works on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Item {
    pub index: usize,
    pub value: Arc<Value>,
}

/// A branch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Branch {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) parent: Option<Parent>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) book: Option<Book>,
    pub(super) flow: FlowIndex,
    pub(super) state: StateIndex,
    /// The state's input, before `InputPath`.
    pub(super) input: Arc<Value>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) variables: BTreeMap<String, Value>,
    /// How many bytes the variables have.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(super) variable_bytes: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) item: Option<Item>,
    /// The branch's last event.
    pub(super) last_event: i64,
    /// The event with which the state was entered, and when.
    pub(super) entered_event: i64,
    pub(super) entered_ms: i64,
    /// How often each retrier of the state was used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) used_retries: Vec<u32>,
    pub(super) phase: Phase,
}

/// What a branch does, or waits for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Phase {
    /// It is to enter its state.
    Enter,
    /// It is to do, or do again, what its state does.
    Work,
    /// It waits for the next attempt.
    Retry { at_ms: i64 },
    /// It waits for a time.
    Wait { until_ms: i64 },
    /// It waits for a task.
    Task {
        task: TaskId,
        deadline_ms: Option<i64>,
        heartbeat_ms: Option<i64>,
        heartbeat_due_ms: Option<i64>,
        /// Whether the request is known to have been accepted.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        submitted: bool,
    },
    /// It waits for its branches.
    Parallel { results: Vec<Option<Arc<Value>>> },
    /// It waits for the iterations of its map.
    Map(Box<Run>),
}

/// The iterations of a map.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Run {
    pub items: Vec<Arc<Value>>,
    /// The next item to take up.
    pub next: usize,
    pub running: usize,
    pub results: Vec<Option<Arc<Value>>>,
    pub failed: usize,
    /// How many bytes the results have together.
    pub bytes: usize,
    pub concurrency: usize,
    /// How many may fail.
    pub tolerated: usize,
}

impl Branch {
    pub(super) fn new(
        parent: Option<Parent>,
        flow: FlowIndex,
        state: StateIndex,
        input: Arc<Value>,
    ) -> Self {
        Self {
            parent,
            book: None,
            flow,
            state,
            input,
            variables: BTreeMap::new(),
            variable_bytes: 0,
            item: None,
            last_event: 0,
            entered_event: 0,
            entered_ms: 0,
            used_retries: Vec::new(),
            phase: Phase::Enter,
        }
    }

    /// How often the state was retried.
    pub(super) fn retry_count(&self) -> u32 {
        self.used_retries.iter().sum()
    }

    /// How many bytes the variables have once these are assigned.
    pub(super) fn bytes_with(&self, assigned: &Assigned) -> usize {
        let added: usize = assigned.values().map(size::bytes).sum();
        let replaced = assigned.keys().filter_map(|name| self.variables.get(name));
        let replaced: usize = replaced.map(size::bytes).sum();
        (self.variable_bytes + added).saturating_sub(replaced)
    }

    pub(super) fn assign(&mut self, assigned: Assigned) {
        if !assigned.is_empty() {
            self.variable_bytes = self.bytes_with(&assigned);
            self.variables.extend(assigned);
        }
    }
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}
