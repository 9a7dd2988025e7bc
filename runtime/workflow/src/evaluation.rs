//! Why an expression has no value, in Step Functions' words.

use thiserror::Error;

use crate::budget::Exceeded;
use crate::path::NotFound;

/// An expression of a JSONPath field that has no value.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EvalError {
    /// The path of a payload template's field found nothing.
    #[error("the path '{path}' of the field '{field}' found nothing: {reason}")]
    FieldNotFound {
        /// The field's key, with its `.$`.
        field: String,
        /// The path as it was written.
        path: String,
        /// What the path met.
        reason: Box<NotFound>,
        /// What it was looked for in, as compact JSON.
        input: String,
    },
    /// The path given to an intrinsic function found nothing.
    #[error("the argument '{path}' of '{call}' found nothing: {reason}")]
    ArgumentNotFound {
        /// The whole intrinsic expression, as it was written.
        call: String,
        /// The argument's path as it was written.
        path: String,
        /// What the path met.
        reason: Box<NotFound>,
        /// What it was looked for in, as compact JSON.
        input: String,
    },
    /// An intrinsic function refused its arguments.
    #[error("There was an error while evaluating the intrinsic function: {call}. {problem}")]
    Intrinsic {
        /// The call that failed, as it was written, without those around it.
        call: String,
        /// What the function says.
        problem: String,
    },
    /// A path of a payload template starts at a null.
    #[error("Unable to apply Path transformation to null or empty input.")]
    NoInput,
    /// The expressions of the field make more than they may.
    #[error("The expressions of the field make more data than the maximum number of bytes.")]
    TooLarge,
}

impl From<Exceeded> for EvalError {
    fn from(_: Exceeded) -> Self {
        Self::TooLarge
    }
}

impl EvalError {
    /// The error's name. The language reference has names of their own for most of these failures,
    /// but Step Functions gives `States.Runtime`, which no `Retry` or `Catch` matches.
    pub fn error(&self) -> &'static str {
        match self {
            Self::TooLarge => "States.DataLimitExceeded",
            _ => "States.Runtime",
        }
    }

    /// The cause, to follow `An error occurred while executing the state '…' (entered at the event
    /// id #…). `.
    pub fn cause(&self) -> String {
        match self {
            Self::FieldNotFound {
                field, path, input, ..
            } => format!(
                "The JSONPath '{path}' specified for the field '{field}' could not be found in \
                 the input '{input}'"
            ),
            Self::ArgumentNotFound { call, reason, .. } if reason.is_misuse() => {
                format!("The function '{call}' had the following error: {reason}")
            }
            Self::ArgumentNotFound {
                call, path, input, ..
            } => format!(
                "The function '{call}' had the following error: The JsonPath argument for the \
                 field '{path}' could not be found in the input '{input}'"
            ),
            Self::Intrinsic { .. } | Self::NoInput | Self::TooLarge => self.to_string(),
        }
    }
}
