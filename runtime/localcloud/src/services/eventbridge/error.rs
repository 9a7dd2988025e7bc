//! EventBridge's errors.

use super::pattern::PatternError;
use crate::error::ServiceError;

pub(super) const VALIDATION: &str = "ValidationException";

pub(super) fn validation(message: impl Into<String>) -> ServiceError {
    ServiceError::bad_request(VALIDATION, message)
}

pub(super) fn not_found(message: impl Into<String>) -> ServiceError {
    ServiceError::bad_request("ResourceNotFoundException", message)
}

pub(super) fn bad_token() -> ServiceError {
    validation("Parameter NextToken is not valid.")
}

pub(super) fn bad_pattern(error: &PatternError) -> ServiceError {
    match error {
        PatternError::Pattern(_) => {
            ServiceError::bad_request("InvalidEventPatternException", error.to_string())
        }
        PatternError::Event(_) => validation(error.to_string()),
    }
}
