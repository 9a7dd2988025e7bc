//! Glue's errors.

use serde_json::{Value, json};

use crate::error::ServiceError;

pub(super) const INVALID_INPUT: &str = "InvalidInputException";

pub(super) fn invalid(message: impl Into<String>) -> ServiceError {
    ServiceError::bad_request(INVALID_INPUT, message)
}

pub(super) fn not_found(message: impl Into<String>) -> ServiceError {
    ServiceError::bad_request("EntityNotFoundException", message)
}

pub(super) fn exists(message: impl Into<String>) -> ServiceError {
    ServiceError::bad_request("AlreadyExistsException", message)
}

/// A write that stands on what is not so any more.
pub(super) fn raced(message: impl Into<String>) -> ServiceError {
    ServiceError::bad_request("ConcurrentModificationException", message)
}

/// Something that was kept is not what it has to be.
pub(super) fn invalid_state(message: impl Into<String>) -> ServiceError {
    ServiceError::bad_request("InvalidStateException", message)
}

/// As batch operations tell of the entries that failed.
pub(super) fn detail(error: &ServiceError) -> Value {
    json!({"ErrorCode": error.code, "ErrorMessage": error.message})
}

pub(super) fn bad_token() -> ServiceError {
    invalid("The NextToken is not valid.")
}
