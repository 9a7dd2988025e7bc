//! Testing one state (API `TestState`): what it does with an input, its task, map or parallel work
//! being mocked.

mod document;
mod inspection;
mod map;
mod outcome;
mod request;
mod run;

use serde_json::{Map, Value};

use crate::fault::Failure;
use inspection::Inspection;

pub use request::{RequestError, TestState};

/// How the test ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestStatus {
    /// The state gave its output.
    Succeeded,
    /// It failed.
    Failed,
    /// It failed, and would be retried.
    Retriable,
    /// It failed, and a catcher gave the output.
    CaughtError,
}

impl TestStatus {
    /// The status as the API names it.
    pub fn name(self) -> &'static str {
        match self {
            TestStatus::Succeeded => "SUCCEEDED",
            TestStatus::Failed => "FAILED",
            TestStatus::Retriable => "RETRIABLE",
            TestStatus::CaughtError => "CAUGHT_ERROR",
        }
    }
}

/// What a test came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Tested {
    /// How it ended.
    pub status: TestStatus,
    /// The state's output, if it has one.
    pub output: Option<Value>,
    /// The error's name.
    pub error: Option<String>,
    /// What led to it.
    pub cause: Option<String>,
    /// The state that would follow.
    pub next_state: Option<String>,
    inspection: Option<Inspection>,
}

impl Tested {
    fn new(status: TestStatus) -> Self {
        Self {
            status,
            output: None,
            error: None,
            cause: None,
            next_state: None,
            inspection: None,
        }
    }

    fn failed(status: TestStatus, failure: &Failure) -> Self {
        Self {
            error: failure.error.clone(),
            cause: failure.cause.clone(),
            ..Self::new(status)
        }
    }

    /// The answer of the API. Data that the API gives as a text stands in it as data; in
    /// `inspectionData` only where it is an object.
    pub fn to_json(&self) -> Map<String, Value> {
        let mut answer = Map::new();
        for (key, text) in [("cause", &self.cause), ("error", &self.error)] {
            if let Some(text) = text {
                answer.insert(key.to_owned(), text.as_str().into());
            }
        }
        if let Some(inspection) = &self.inspection {
            answer.insert("inspectionData".to_owned(), inspection.to_json());
        }
        if let Some(next_state) = &self.next_state {
            answer.insert("nextState".to_owned(), next_state.as_str().into());
        }
        if let Some(output) = &self.output {
            answer.insert("output".to_owned(), output.clone());
        }
        answer.insert("status".to_owned(), self.status.name().into());
        answer
    }
}

#[cfg(test)]
mod tests;
