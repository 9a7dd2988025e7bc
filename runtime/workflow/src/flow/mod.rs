//! The data flow of a state: from its input to what it does, and from the result to its output, in
//! both query languages.

mod amount;
mod jsonata;
mod path;
mod payload;

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::fault::Fault;
use crate::scope::{Random, Scope};

pub(crate) use amount::{integer, number, positive, text};
pub(crate) use jsonata::JsonataFlow;
pub(crate) use path::{PathFlow, Place, Selection};

/// What surrounds a state: the context object, the variables and the time.
pub(crate) trait Around {
    fn context(&self) -> &Value;
    /// The context object without `Execution.Input`.
    fn context_without_input(&self) -> &Value {
        self.context()
    }
    fn variable(&self, name: &str) -> Option<&Value>;
    fn now_ms(&self) -> i64;
}

/// What one field's expressions see.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub around: &'a dyn Around,
    pub input: &'a Value,
    pub result: Option<&'a Value>,
    pub error_output: Option<&'a Value>,
}

impl<'a> View<'a> {
    pub(crate) fn of_input(around: &'a dyn Around, input: &'a Value) -> Self {
        Self {
            around,
            input,
            result: None,
            error_output: None,
        }
    }
}

impl Scope for View<'_> {
    fn input(&self) -> &Value {
        self.input
    }

    fn context(&self) -> &Value {
        self.around.context()
    }

    fn context_without_input(&self) -> &Value {
        self.around.context_without_input()
    }

    fn variable(&self, name: &str) -> Option<&Value> {
        self.around.variable(name)
    }

    fn now_ms(&self) -> i64 {
        self.around.now_ms()
    }

    fn result(&self) -> Option<&Value> {
        self.result
    }

    fn error_output(&self) -> Option<&Value> {
        self.error_output
    }
}

/// The variables that an `Assign` gives.
pub(crate) type Assigned = Map<String, Value>;

/// What a state leaves behind.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Left {
    pub output: Arc<Value>,
    pub assigned: Assigned,
}

/// The data flow fields of a state, a catcher or a choice rule.
#[derive(Debug)]
pub(crate) enum DataFlow {
    JsonPath(Box<PathFlow>),
    Jsonata(Box<JsonataFlow>),
}

impl DataFlow {
    /// The input after `InputPath`; in JSONata, the input.
    pub(crate) fn effective_input(
        &self,
        around: &dyn Around,
        input: &Arc<Value>,
    ) -> Result<Arc<Value>, Fault> {
        match self {
            DataFlow::JsonPath(flow) => flow.input_path.select(around, input),
            DataFlow::Jsonata(_) => Ok(input.clone()),
        }
    }

    /// As [`DataFlow::effective_input`], without copying what stands in the input.
    pub(crate) fn effective<'v>(
        &self,
        around: &'v dyn Around,
        input: &'v Value,
    ) -> Result<Cow<'v, Value>, Fault> {
        match self {
            DataFlow::JsonPath(flow) => flow.input_path.find(around, input),
            DataFlow::Jsonata(_) => Ok(Cow::Borrowed(input)),
        }
    }

    /// What the state's work is given: `Parameters` or `Arguments`, or else the effective input.
    pub(crate) fn arguments(
        &self,
        around: &dyn Around,
        effective: &Arc<Value>,
        random: &mut dyn Random,
    ) -> Result<Arc<Value>, Fault> {
        match self {
            DataFlow::JsonPath(flow) => flow.parameters(around, effective, random),
            DataFlow::Jsonata(flow) => flow.arguments(around, effective, random),
        }
    }

    /// What the state leaves after its work gave `result`. `input` is what it was given before
    /// `InputPath`.
    pub(crate) fn leave_with_result(
        &self,
        around: &dyn Around,
        input: &Arc<Value>,
        result: Arc<Value>,
        random: &mut dyn Random,
    ) -> Result<Left, Fault> {
        match self {
            DataFlow::JsonPath(flow) => flow.leave_with_result(around, input, result, random),
            DataFlow::Jsonata(flow) => {
                let view = View {
                    result: Some(&result),
                    ..View::of_input(around, input)
                };
                flow.leave(&view, &result, random)
            }
        }
    }

    /// What a state leaves that has no result of its own (Pass without `Result`, Wait, Succeed,
    /// Choice): its effective input goes on.
    pub(crate) fn leave_with_input(
        &self,
        around: &dyn Around,
        effective: Arc<Value>,
        random: &mut dyn Random,
    ) -> Result<Left, Fault> {
        match self {
            DataFlow::JsonPath(flow) => flow.leave_with_input(around, effective, random),
            DataFlow::Jsonata(flow) => {
                flow.leave(&View::of_input(around, &effective), &effective, random)
            }
        }
    }

    /// What a pass state leaves. `passed` is its `Result` or its effective input.
    pub(crate) fn leave_with_pass(
        &self,
        around: &dyn Around,
        input: &Arc<Value>,
        passed: Arc<Value>,
        random: &mut dyn Random,
    ) -> Result<Left, Fault> {
        match self {
            DataFlow::JsonPath(flow) => flow.leave_with_result(around, input, passed, random),
            DataFlow::Jsonata(flow) => flow.leave(&View::of_input(around, input), &passed, random),
        }
    }

    /// What a choice state leaves whose rule has the data flow `rule`.
    pub(crate) fn leave_by_rule(
        &self,
        rule: &DataFlow,
        around: &dyn Around,
        effective: Arc<Value>,
        random: &mut dyn Random,
    ) -> Result<Left, Fault> {
        match (self, rule) {
            (DataFlow::JsonPath(flow), DataFlow::JsonPath(rule)) => {
                let assigned = rule.assigned(around, &effective, random)?;
                Ok(Left {
                    output: flow.output_path.select(around, &effective)?,
                    assigned,
                })
            }
            _ => rule.leave_with_input(around, effective, random),
        }
    }

    /// What a catcher leaves for an error.
    pub(crate) fn leave_with_error(
        &self,
        around: &dyn Around,
        input: &Arc<Value>,
        error_output: Arc<Value>,
        random: &mut dyn Random,
    ) -> Result<Left, Fault> {
        match self {
            DataFlow::JsonPath(flow) => flow.leave_with_error(around, input, error_output, random),
            DataFlow::Jsonata(flow) => {
                let error = Some(&*error_output);
                let view = View {
                    error_output: error,
                    ..View::of_input(around, input)
                };
                flow.leave(&view, &error_output, random)
            }
        }
    }
}
