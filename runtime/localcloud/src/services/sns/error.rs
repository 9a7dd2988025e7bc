//! SNS's errors.

use crate::error::ServiceError;

pub(super) fn invalid(message: impl std::fmt::Display) -> ServiceError {
    ServiceError::bad_request("InvalidParameter", format!("Invalid parameter: {message}"))
}

pub(super) fn not_found(what: &str) -> ServiceError {
    ServiceError::new(404, "NotFound", format!("{what} does not exist"))
}

pub(super) fn bad_token() -> ServiceError {
    invalid("NextToken")
}
