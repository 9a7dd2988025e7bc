//! Athena's errors.

use crate::error::ServiceError;

pub(super) const INVALID_REQUEST: &str = "InvalidRequestException";

pub(super) fn invalid(message: impl Into<String>) -> ServiceError {
    ServiceError::bad_request(INVALID_REQUEST, message)
        .with_field("AthenaErrorCode", "INVALID_INPUT")
}

/// A statement that is not read.
pub(super) fn malformed(message: impl Into<String>) -> ServiceError {
    ServiceError::bad_request(INVALID_REQUEST, message)
        .with_field("AthenaErrorCode", "MALFORMED_QUERY")
}
