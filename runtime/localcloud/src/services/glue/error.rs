//! Glue's errors.

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

pub(super) fn bad_token() -> ServiceError {
    invalid("The NextToken is not valid.")
}
