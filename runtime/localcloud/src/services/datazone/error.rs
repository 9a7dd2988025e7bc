//! DataZone's errors.

use crate::error::ServiceError;

pub(super) const VALIDATION: &str = "ValidationException";

pub(super) fn validation(message: impl Into<String>) -> ServiceError {
    ServiceError::bad_request(VALIDATION, message)
}

pub(super) fn not_found(kind: &str, id: &str) -> ServiceError {
    ServiceError::new(
        404,
        "ResourceNotFoundException",
        format!("{kind} with id {id} does not exist"),
    )
}

pub(super) fn conflict(message: impl Into<String>) -> ServiceError {
    ServiceError::new(409, "ConflictException", message)
}

pub(super) fn bad_token() -> ServiceError {
    validation("The provided nextToken is not valid")
}
