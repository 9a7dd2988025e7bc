//! Why a JSONata expression can't be compiled, or has no value.

use thiserror::Error;

/// A text that is no JSONata expression.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct JsonataError {
    /// What is wrong with it, in JSONata's words.
    pub message: String,
}

/// An expression without a value: `States.QueryEvaluationError`.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("The JSONata expression '{expression}' specified for the field '{field}' {problem}")]
pub struct QueryError {
    /// The expression, without its `{%` and `%}`.
    pub expression: String,
    /// The field it stands in, as `Output/name[0]`.
    pub field: String,
    /// What happened, as Step Functions says it.
    pub problem: Problem,
}

/// What can happen to an expression.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Problem {
    /// Its value is undefined.
    #[error("returned nothing (undefined).")]
    Undefined,
    /// Its value is a function.
    #[error("returned an unsupported result type.")]
    Unsupported,
    /// Its value is of another type than the field has.
    #[error(
        "returned an unexpected result type. Expected '{expected}', but was '{found}' for value: \
         {value}"
    )]
    WrongType {
        /// The type the field has.
        expected: String,
        /// The type of the value.
        found: &'static str,
        /// The value, as compact JSON.
        value: String,
    },
    /// Its value is not one that the field may have.
    #[error("returned a value that is out of range: {value}")]
    OutOfRange {
        /// The value, as compact JSON.
        value: String,
    },
    /// Its evaluation failed with one of JSONata's coded errors.
    #[error("threw an error during evaluation. {message}")]
    Failed {
        /// The code and the message, as `T2001: …`.
        message: String,
    },
    /// Its evaluation went beyond a limit.
    #[error("threw an error during evaluation: {message}")]
    Exceeded {
        /// Which limit.
        message: String,
    },
}

impl QueryError {
    /// The error's name, which a `Retry` or `Catch` can match.
    pub fn error(&self) -> &'static str {
        "States.QueryEvaluationError"
    }

    /// The cause, to follow `An error occurred while executing the state '…' (entered at the event
    /// id #…). `.
    pub fn cause(&self) -> String {
        self.to_string()
    }
}

/// What Step Functions says of an evaluation that makes too much.
pub(super) const MEMORY_EXCEEDED: &str =
    "Expression evaluation memory limit exceeded: Check for excessive memory usage";

impl Problem {
    pub(super) fn too_deep() -> Self {
        Self::Exceeded {
            message: "Stack overflow error: Check for non-terminating recursive function. \
                      Consider rewriting as tail-recursive"
                .to_owned(),
        }
    }

    pub(super) fn too_long() -> Self {
        Self::Exceeded {
            message: "Expression evaluation timeout: Check for infinite loop".to_owned(),
        }
    }

    pub(super) fn too_large() -> Self {
        Self::Exceeded {
            message: MEMORY_EXCEEDED.to_owned(),
        }
    }
}
