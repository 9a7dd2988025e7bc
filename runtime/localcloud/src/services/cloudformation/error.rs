//! CloudFormation's errors: most of them are one code, told apart by their words.

use crate::error::ServiceError;

pub(super) fn validation(message: impl Into<String>) -> ServiceError {
    ServiceError::bad_request("ValidationError", message)
}

/// A template that is not one.
pub(super) fn format(message: impl std::fmt::Display) -> ServiceError {
    validation(format!("Template format error: {message}"))
}

/// A template that is one, and cannot be evaluated.
pub(super) fn template(message: impl std::fmt::Display) -> ServiceError {
    validation(format!("Template error: {message}"))
}

pub(super) fn bad_token() -> ServiceError {
    validation("NextToken is invalid")
}

/// For what the caller names and CloudFormation does not know; in the words of most operations.
pub(super) fn no_stack(name: &str) -> ServiceError {
    validation(format!("Stack [{name}] does not exist"))
}
