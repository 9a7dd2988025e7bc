//! Organizations' errors.

use crate::error::ServiceError;

pub(super) fn invalid(message: impl Into<String>) -> ServiceError {
    ServiceError::bad_request("InvalidInputException", message)
}

pub(super) fn not_in_use() -> ServiceError {
    ServiceError::bad_request(
        "AWSOrganizationsNotInUseException",
        "Your account is not a member of an organization.",
    )
}

pub(super) fn denied() -> ServiceError {
    ServiceError::bad_request(
        "AccessDeniedException",
        "You don't have permissions to access this resource.",
    )
}

pub(super) fn account_not_found() -> ServiceError {
    ServiceError::bad_request(
        "AccountNotFoundException",
        "You specified an account that doesn't exist.",
    )
}

pub(super) fn constraint(message: impl Into<String>, reason: &str) -> ServiceError {
    ServiceError::bad_request("ConstraintViolationException", message).with_field("Reason", reason)
}

pub(super) fn bad_token() -> ServiceError {
    invalid("You specified an invalid value for NextToken.")
        .with_field("Reason", "INVALID_NEXT_TOKEN")
}
