//! IAM's errors.

use crate::error::ServiceError;

pub(super) fn validation(message: impl Into<String>) -> ServiceError {
    ServiceError::bad_request("ValidationError", message)
}

pub(super) fn no_such(message: impl Into<String>) -> ServiceError {
    ServiceError::new(404, "NoSuchEntity", message)
}

pub(super) fn exists(message: impl Into<String>) -> ServiceError {
    ServiceError::new(409, "EntityAlreadyExists", message)
}

pub(super) fn conflict(message: impl Into<String>) -> ServiceError {
    ServiceError::new(409, "DeleteConflict", message)
}

pub(super) fn limit(message: impl Into<String>) -> ServiceError {
    ServiceError::new(409, "LimitExceeded", message)
}

pub(super) fn bad_marker() -> ServiceError {
    validation("Invalid Marker.")
}
