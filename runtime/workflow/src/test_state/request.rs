//! What is to be tested.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use thiserror::Error;

use super::document;
use crate::document::State;
use crate::fault::Failure;
use crate::machine::Machine;
use crate::validate::Diagnostic;

/// A request that can't be carried out.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RequestError {
    /// A field is missing, or not as it should be.
    #[error("the field '{field}': {problem}")]
    Field {
        /// The field.
        field: &'static str,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// The definition can't be compiled.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Definition(Vec<Diagnostic>),
}

/// What the state's work gives.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Mock {
    Result(Arc<Value>),
    Error(Failure),
}

/// A request of the API, read.
#[derive(Debug)]
pub struct TestState {
    pub(super) machine: Machine,
    /// The state's name in its machine.
    pub(super) state: String,
    pub(super) input: Arc<Value>,
    pub(super) mock: Option<Mock>,
    pub(super) context: Option<Value>,
    pub(super) variables: Map<String, Value>,
    pub(super) role_arn: Value,
    pub(super) inspects: bool,
    pub(super) retries: u32,
    pub(super) failed_iterations: Option<usize>,
    pub(super) reader_data: Option<Value>,
}

fn field(field: &'static str, problem: impl Into<String>) -> RequestError {
    RequestError::Field {
        field,
        problem: problem.into(),
    }
}

impl TestState {
    /// Reads a request: the API's fields, each JSON text of which may also stand as JSON.
    pub fn parse(request: &Value) -> Result<Self, RequestError> {
        let definition = data(request, "definition")?
            .ok_or_else(|| field("definition", "give a state, or a document and a stateName"))?;
        let named = match request.get("stateName") {
            None | Some(Value::Null) => None,
            Some(Value::String(name)) => Some(name.as_str()),
            Some(_) => return Err(field("stateName", "give a string")),
        };
        let (document, state) = document::around(&definition, named)?;
        let errors = document::errors(&definition);
        if !errors.is_empty() {
            return Err(RequestError::Definition(errors));
        }
        let machine =
            Machine::compile_unchecked(&document.to_string()).map_err(RequestError::Definition)?;
        let configuration = request.get("stateConfiguration");
        let number = |name| {
            configuration
                .and_then(|c| c.get(name))
                .and_then(Value::as_u64)
        };
        let variables = match data(request, "variables")? {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(variables)) => variables,
            Some(_) => return Err(field("variables", "give an object")),
        };
        let level = request
            .get("inspectionLevel")
            .and_then(Value::as_str)
            .unwrap_or("INFO");
        if !matches!(level, "INFO" | "DEBUG" | "TRACE") {
            return Err(field("inspectionLevel", "give INFO, DEBUG or TRACE"));
        }
        let reader_data = match configuration {
            Some(configuration) => data(configuration, "mapItemReaderData")?,
            None => None,
        };
        Ok(Self {
            machine,
            state,
            input: Arc::new(input(request)),
            mock: mock(request)?,
            context: data(request, "context")?,
            variables,
            role_arn: request.get("roleArn").cloned().unwrap_or(Value::Null),
            inspects: level != "INFO",
            retries: number("retrierRetryCount")
                .map_or(0, |n| u32::try_from(n).unwrap_or(u32::MAX)),
            failed_iterations: number("mapIterationFailureCount")
                .and_then(|n| usize::try_from(n).ok()),
            reader_data,
        })
    }

    pub(super) fn tested(&self) -> Result<&State, RequestError> {
        let problem = || field("stateName", format!("There is no state '{}'", self.state));
        self.machine.named(&self.state).ok_or_else(problem)
    }
}

/// A field that holds JSON, or its text.
fn data(request: &Value, name: &'static str) -> Result<Option<Value>, RequestError> {
    match request.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => match serde_json::from_str(text) {
            Ok(value) => Ok(Some(value)),
            Err(error) => Err(field(name, format!("this is no JSON: {error}"))),
        },
        Some(other) => Ok(Some(other.clone())),
    }
}

/// The input: JSON or its text; a text that is no JSON is the input itself.
fn input(request: &Value) -> Value {
    match request.get("input") {
        None => json!({}),
        Some(Value::String(text)) => {
            serde_json::from_str(text).unwrap_or_else(|_| text.clone().into())
        }
        Some(other) => other.clone(),
    }
}

fn mock(request: &Value) -> Result<Option<Mock>, RequestError> {
    let Some(mock) = request.get("mock").filter(|mock| !mock.is_null()) else {
        return Ok(None);
    };
    if let Some(error) = mock.get("errorOutput") {
        let text = |name| error.get(name).and_then(Value::as_str).map(str::to_owned);
        let failure = Failure {
            error: text("error"),
            cause: text("cause"),
            heartbeat: false,
        };
        return Ok(Some(Mock::Error(failure)));
    }
    match data(mock, "result")? {
        Some(result) => Ok(Some(Mock::Result(Arc::new(result)))),
        None => Err(field("mock", "give a result or an errorOutput")),
    }
}
