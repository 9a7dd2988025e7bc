//! Executions: all of their state, and how they advance.
//!
//! An execution is a tree of branches. A branch stands in one state; a parallel state or a map has
//! a branch of its own for each thing it runs, and waits for them. Whatever an execution needs from
//! outside it asks for in the [`Turn`] that [`Execution::advance`] gives; the answers come back as
//! [`Signal`]s. Between two turns the execution is data, so that its owner can write it down and
//! go on with it elsewhere: nothing happens twice and nothing is forgotten, because a turn is a
//! function of the execution, the signal, the time and the random numbers alone.

mod around;
mod branch;
mod choice;
mod failure;
mod items;
mod iteration;
mod leave;
mod map;
mod parallel;
mod read;
mod record;
mod signal;
mod step;
mod task;
mod timer;
mod turn;
mod wait;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::machine::Machine;
use crate::scope::Random;

use branch::{Book, Branch, BranchId};
use step::Stepper;

pub use signal::Signal;
pub use turn::{Call, Status, TaskId, Turn};

pub(crate) use around::{Contents, context};
pub(crate) use wait::{seconds, timestamp_ms};

/// What an execution is started with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Start {
    /// `$$.Execution.Id`.
    pub execution_arn: String,
    /// `$$.Execution.Name`.
    pub name: String,
    /// `$$.Execution.RoleArn`.
    pub role_arn: String,
    /// `$$.StateMachine.Id`.
    pub machine_arn: String,
    /// `$$.StateMachine.Name`.
    pub machine_name: String,
    /// The input.
    pub input: Arc<Value>,
    /// When it starts, in milliseconds since 1970.
    pub started_ms: i64,
}

impl Start {
    /// Whether the execution could be redriven; an express one, as its ARN shows, can't.
    fn can_redrive(&self) -> bool {
        !self.execution_arn.contains(":express:")
    }
}

/// What a turn takes from outside.
pub struct Env<'a> {
    /// The time, in milliseconds since 1970. It should not go back from turn to turn.
    pub now_ms: i64,
    /// Where random numbers come from.
    pub random: &'a mut dyn Random,
    /// How many states one turn may enter, and iterations begin, before it gives [`Status::Busy`];
    /// at least one.
    pub max_transitions: u32,
}

/// An execution: everything it is, between two turns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Execution {
    digest: String,
    start: Start,
    status: Status,
    /// How many events its history has.
    events: i64,
    next_branch: u64,
    next_task: u64,
    /// Branches that can go on, in order.
    #[serde(default, skip_serializing_if = "VecDeque::is_empty")]
    ready: VecDeque<BranchId>,
    branches: BTreeMap<BranchId, Branch>,
    /// Which branch waits for which task.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    tasks: BTreeMap<TaskId, BranchId>,
    /// Event counts of executions that distributed maps have started.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    books: BTreeMap<Book, i64>,
    /// When the whole execution times out.
    deadline_ms: Option<i64>,
    /// What its task tokens begin with.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    token_prefix: String,
}

/// The branch that is the document itself.
const TRUNK: BranchId = BranchId(0);

impl Execution {
    /// A new execution of `machine`. It does nothing before [`Signal::Begin`].
    pub fn start(machine: &Machine, start: Start) -> Self {
        let trunk = Branch::new(None, 0, machine.start_at(0), start.input.clone());
        let deadline_ms = machine.timeout_seconds().map(|seconds| {
            let ms = i64::try_from(seconds)
                .unwrap_or(i64::MAX)
                .saturating_mul(1000);
            start.started_ms.saturating_add(ms)
        });
        Self {
            digest: machine.digest().to_owned(),
            start,
            status: Status::Running,
            events: 0,
            next_branch: 1,
            next_task: 1,
            ready: VecDeque::new(),
            branches: BTreeMap::from([(TRUNK, trunk)]),
            tasks: BTreeMap::new(),
            books: BTreeMap::new(),
            deadline_ms,
            token_prefix: String::new(),
        }
    }

    /// The same, with task tokens that begin with `prefix`: so that who gets a token knows whose it is.
    #[must_use]
    pub fn with_token_prefix(self, prefix: impl Into<String>) -> Self {
        Self {
            token_prefix: prefix.into(),
            ..self
        }
    }

    /// What the execution was started with.
    pub fn started_with(&self) -> &Start {
        &self.start
    }

    /// The digest of the document it is pinned to ([`Machine::digest`]).
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// How it stands.
    pub fn status(&self) -> &Status {
        &self.status
    }

    /// How many events its history has so far.
    pub fn events(&self) -> i64 {
        self.events
    }

    /// Whether the task is still waited for.
    pub fn waits_for(&self, task: TaskId) -> bool {
        self.tasks.contains_key(&task)
    }

    /// The tasks that are waited for, in the order in which they were asked for.
    pub fn tasks(&self) -> impl Iterator<Item = TaskId> {
        self.tasks.keys().copied()
    }

    /// The names of the states that it stands in, outer ones before those within them. None when it
    /// has ended, or was started with another machine.
    pub fn current_states<'m>(&self, machine: &'m Machine) -> Vec<&'m str> {
        if self.digest != machine.digest() {
            return Vec::new();
        }
        let branches = self.branches.values();
        let states = branches.filter_map(|branch| machine.state(branch.flow, branch.state));
        states.map(|state| state.name.as_str()).collect()
    }

    /// Takes a signal and goes on until something outside must happen, the execution ends, or
    /// `env.max_transitions` states were entered (then the status is [`Status::Busy`], and
    /// [`Signal::Continue`] goes on).
    ///
    /// The same execution, signal, time and random numbers give the same turn, unless a JSONata
    /// expression takes so long that it is stopped (a second). A signal for a task
    /// that is no longer waited for (late, or given twice) changes nothing, nor does any signal to
    /// an execution that has ended. With another machine than the one it was started with, the
    /// execution does not change and the turn's status is a failure that says so.
    pub fn advance(&mut self, machine: &Machine, signal: Signal, env: &mut Env<'_>) -> Turn {
        if self.digest != machine.digest() {
            let cause = format!(
                "The execution is pinned to the document {}, and was given the document {}.",
                self.digest,
                machine.digest()
            );
            let error = Some("States.Runtime".to_owned());
            return Turn::still(Status::Failed {
                error,
                cause: Some(cause),
            });
        }
        if self.status.has_ended() {
            return Turn::still(self.status.clone());
        }
        let mut turn = Turn::still(Status::Running);
        let mut stepper = Stepper::new(self, machine, env, &mut turn);
        stepper.take(signal);
        stepper.run();
        turn.status = self.status.clone();
        turn.wake_at_ms = self.wake_at_ms();
        turn
    }
}

#[cfg(test)]
mod tests;
