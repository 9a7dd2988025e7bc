//! Why a state fails.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::evaluation::EvalError;
use crate::jsonata::{Problem, QueryError};
use crate::path::{NotFound, Path};
use crate::printed;
use crate::retry::names;

/// A state's evaluation that failed, before it is told where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub error: String,
    pub cause: String,
}

/// An error as an execution, a retrier and a catcher see it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Failure {
    pub error: Option<String>,
    pub cause: Option<String>,
    /// Whether a missing heartbeat is behind a timeout.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub heartbeat: bool,
}

/// How long an error's name may be.
const MAX_ERROR_CHARS: usize = 256;
/// How long a cause may be.
const MAX_CAUSE_CHARS: usize = 32_768;

fn clipped(mut text: String, most: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(most) {
        text.truncate(end);
    }
    text
}

impl Fault {
    pub(crate) fn runtime(cause: impl Into<String>) -> Self {
        Self {
            error: names::RUNTIME.to_owned(),
            cause: cause.into(),
        }
    }

    /// A path field (`InputPath`, `TimeoutSecondsPath`, …) that found nothing.
    pub(crate) fn path(path: &Path, reason: &NotFound) -> Self {
        Self::runtime(format!("Invalid path '{path}' : {reason}"))
    }

    /// A reference path that does not fit the input: it cannot be written to, or has no items.
    pub(crate) fn conflict(step: &str, input: &Value) -> Self {
        Self {
            error: names::REFERENCE_PATH_CONFLICT.to_owned(),
            cause: format!(
                "Unable to apply step \"{step}\" to input {}",
                printed::json(input)
            ),
        }
    }

    /// An expression that has no value.
    pub(crate) fn expression(error: &EvalError) -> Self {
        Self {
            error: error.error().to_owned(),
            cause: error.cause(),
        }
    }

    /// The failure of the state that was entered with the event of that id. What an item reader
    /// says stands alone.
    pub(crate) fn at(self, state: &str, entered_event: i64) -> Failure {
        if self.error == names::ITEM_READER_FAILED {
            return Failure::new(self.error, self.cause);
        }
        Failure::new(
            self.error,
            format!(
                "An error occurred while executing the state '{state}' (entered at the event id \
                 #{entered_event}). {}",
                self.cause
            ),
        )
    }
}

impl From<QueryError> for Fault {
    fn from(error: QueryError) -> Self {
        Self {
            error: error.error().to_owned(),
            cause: error.cause(),
        }
    }
}

/// An expression whose value is not of the type that its field has.
pub(crate) fn wrong_type(expression: &str, field: &str, expected: &str, found: &Value) -> Fault {
    let type_name = match found {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    Fault::from(QueryError {
        expression: expression.to_owned(),
        field: field.to_owned(),
        problem: Problem::WrongType {
            expected: expected.to_owned(),
            found: type_name,
            value: found.to_string(),
        },
    })
}

/// An expression whose value its field may not have.
pub(crate) fn out_of_range(expression: &str, field: &str, found: &Value) -> Fault {
    Fault::from(QueryError {
        expression: expression.to_owned(),
        field: field.to_owned(),
        problem: Problem::OutOfRange {
            value: found.to_string(),
        },
    })
}

impl Failure {
    pub(crate) fn new(error: impl Into<String>, cause: impl Into<String>) -> Self {
        Self::given(Some(error.into()), Some(cause.into()))
    }

    /// An error as it was given, cut to the lengths that Step Functions takes.
    pub(crate) fn given(error: Option<String>, cause: Option<String>) -> Self {
        Self {
            error: error.map(|error| clipped(error, MAX_ERROR_CHARS)),
            cause: cause.map(|cause| clipped(cause, MAX_CAUSE_CHARS)),
            heartbeat: false,
        }
    }

    pub(crate) fn named(error: &str) -> Self {
        Self {
            error: Some(error.to_owned()),
            ..Self::default()
        }
    }

    /// A result that is larger than data may be.
    pub(crate) fn too_large(state: &str) -> Self {
        let cause = format!(
            "The state/task '{state}' returned a result with a size exceeding the maximum number \
             of bytes service limit."
        );
        Self::new(names::DATA_LIMIT_EXCEEDED, cause)
    }

    /// More executions of a distributed map failed than are tolerated.
    pub(crate) fn exceeded_tolerance() -> Self {
        let cause = "The specified tolerated failure threshold was exceeded";
        Self::new(names::EXCEED_TOLERATED, cause)
    }

    /// What a catcher gives its next state: `{"Error": …, "Cause": …}`. What is missing is empty.
    pub(crate) fn error_output(&self) -> Value {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        json!({"Error": text(&self.error), "Cause": text(&self.cause)})
    }
}
