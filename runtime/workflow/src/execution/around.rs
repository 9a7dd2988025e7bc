//! What a branch's expressions see around the state: the context object and the variables.

use std::cell::OnceCell;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::branch::{Branch, Item};
use super::{Execution, Start};
use crate::flow::Around;

/// What a context object (`$$`) tells of a state.
pub(crate) struct Contents<'a> {
    pub start: &'a Start,
    pub state: &'a str,
    pub entered_ms: i64,
    pub retry_count: Option<u32>,
    pub token: Option<&'a str>,
    pub item: Option<&'a Item>,
    /// Left out of express executions, which can't be redriven.
    pub redrive_count: Option<u32>,
}

/// The context object (developer guide, "Accessing execution data from the Context object").
pub(crate) fn context(contents: &Contents<'_>) -> Value {
    with_input(contents, Some(Value::clone(&contents.start.input)))
}

fn with_input(contents: &Contents<'_>, input: Option<Value>) -> Value {
    let start = contents.start;
    let mut execution = Map::new();
    execution.insert("Id".to_owned(), start.execution_arn.as_str().into());
    if let Some(input) = input {
        execution.insert("Input".to_owned(), input);
    }
    execution.insert("StartTime".to_owned(), time(start.started_ms).into());
    execution.insert("Name".to_owned(), start.name.as_str().into());
    execution.insert("RoleArn".to_owned(), start.role_arn.as_str().into());
    if let Some(redrive_count) = contents.redrive_count {
        execution.insert("RedriveCount".to_owned(), redrive_count.into());
    }
    let mut state = Map::new();
    state.insert("Name".to_owned(), contents.state.into());
    state.insert("EnteredTime".to_owned(), time(contents.entered_ms).into());
    if let Some(retry_count) = contents.retry_count {
        state.insert("RetryCount".to_owned(), retry_count.into());
    }
    let mut context = Map::new();
    context.insert("Execution".to_owned(), Value::Object(execution));
    let machine = json!({"Id": start.machine_arn, "Name": start.machine_name});
    context.insert("StateMachine".to_owned(), machine);
    context.insert("State".to_owned(), Value::Object(state));
    if let Some(token) = contents.token {
        context.insert("Task".to_owned(), json!({"Token": token}));
    }
    if let Some(item) = contents.item {
        let item = json!({"Item": {"Index": item.index, "Value": item.value}});
        context.insert("Map".to_owned(), item);
    }
    Value::Object(context)
}

/// A time as the context object writes it: UTC, to the millisecond.
fn time(ms: i64) -> String {
    let timestamp = Timestamp::from_millisecond(ms).unwrap_or_default();
    format!("{timestamp:.3}")
}

/// What surrounds one branch.
pub(super) struct Surroundings<'a> {
    pub execution: &'a Execution,
    pub branch: &'a Branch,
    pub state: &'a str,
    pub can_retry: bool,
    pub token: Option<&'a str>,
    /// The item in whose place an item selector is filled in.
    pub item: Option<Item>,
    pub now_ms: i64,
    pub context: OnceCell<Value>,
    pub context_without_input: OnceCell<Value>,
}

impl Surroundings<'_> {
    fn contents(&self) -> Contents<'_> {
        Contents {
            start: &self.execution.start,
            state: self.state,
            entered_ms: self.branch.entered_ms,
            retry_count: self.can_retry.then(|| self.branch.retry_count()),
            token: self.token,
            item: self.item.as_ref().or_else(|| self.found_item()),
            redrive_count: self.execution.start.can_redrive().then_some(0),
        }
    }

    /// The item of the innermost map around the branch.
    fn found_item(&self) -> Option<&Item> {
        let mut branch = self.branch;
        loop {
            if branch.item.is_some() {
                return branch.item.as_ref();
            }
            branch = self.execution.branches.get(&branch.parent?.branch)?;
        }
    }
}

impl Around for Surroundings<'_> {
    fn context(&self) -> &Value {
        self.context.get_or_init(|| context(&self.contents()))
    }

    fn context_without_input(&self) -> &Value {
        self.context_without_input
            .get_or_init(|| with_input(&self.contents(), None))
    }

    fn variable(&self, name: &str) -> Option<&Value> {
        let mut branch = self.branch;
        loop {
            if let Some(value) = branch.variables.get(name) {
                return Some(value);
            }
            let parent = self.execution.branches.get(&branch.parent?.branch)?;
            if branch.book != parent.book {
                return None;
            }
            branch = parent;
        }
    }

    fn now_ms(&self) -> i64 {
        self.now_ms
    }
}
