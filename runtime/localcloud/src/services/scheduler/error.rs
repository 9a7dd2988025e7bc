//! The Scheduler's errors, whose texts are members called `Message`.

use crate::error::ServiceError;

pub(super) const VALIDATION: &str = "ValidationException";

pub(super) fn error(status: u16, code: &'static str, message: impl Into<String>) -> ServiceError {
    let message = message.into();
    ServiceError::new(status, code, message.clone()).with_field("Message", message)
}

pub(super) fn validation(message: impl Into<String>) -> ServiceError {
    error(400, VALIDATION, message)
}

pub(super) fn conflict(message: impl Into<String>) -> ServiceError {
    error(409, "ConflictException", message)
}

pub(super) fn not_found(message: impl Into<String>) -> ServiceError {
    error(404, "ResourceNotFoundException", message)
}

pub(super) fn quota(message: impl Into<String>) -> ServiceError {
    error(402, "ServiceQuotaExceededException", message)
}

pub(super) fn bad_token() -> ServiceError {
    validation("Invalid NextToken.")
}
