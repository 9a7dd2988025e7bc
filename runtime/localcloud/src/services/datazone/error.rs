//! DataZone's errors.

use crate::error::ServiceError;

pub(crate) const VALIDATION: &str = "ValidationException";

pub(crate) fn validation(message: impl Into<String>) -> ServiceError {
    ServiceError::bad_request(VALIDATION, message)
}

/// A request that is not of the model's types.
pub(crate) fn serialization(message: impl Into<String>) -> ServiceError {
    ServiceError::bad_request("SerializationException", message)
}

pub(crate) fn not_found(kind: &str, id: &str) -> ServiceError {
    ServiceError::new(
        404,
        "ResourceNotFoundException",
        format!("{kind} with id {id} does not exist"),
    )
}

pub(crate) fn conflict(message: impl Into<String>) -> ServiceError {
    ServiceError::new(409, "ConflictException", message)
}

/// What the model's limits of numbers do not allow.
pub(crate) fn quota(message: impl Into<String>) -> ServiceError {
    ServiceError::new(402, "ServiceQuotaExceededException", message)
}

pub(crate) fn bad_token() -> ServiceError {
    validation("The provided nextToken is not valid")
}
