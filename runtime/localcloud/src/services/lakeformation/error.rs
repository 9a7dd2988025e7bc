//! Lake Formation's errors, all of status 400.

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

pub(super) fn denied(message: impl Into<String>) -> ServiceError {
    ServiceError::bad_request("AccessDeniedException", message)
}

pub(super) fn concurrent(message: impl Into<String>) -> ServiceError {
    ServiceError::bad_request("ConcurrentModificationException", message)
}

pub(super) fn too_many(message: impl Into<String>) -> ServiceError {
    ServiceError::bad_request("ResourceNumberLimitExceededException", message)
}

pub(super) fn bad_token() -> ServiceError {
    invalid("The NextToken is not valid.")
}
