//! RAM's errors.

use crate::error::ServiceError;

pub(super) fn invalid(message: impl Into<String>) -> ServiceError {
    ServiceError::bad_request("InvalidParameterException", message)
}

pub(super) fn malformed(arn: &str) -> ServiceError {
    ServiceError::bad_request(
        "MalformedArnException",
        format!("The specified resource ARN {arn} isn't valid. Verify the ARN and try again."),
    )
}

pub(super) fn unknown(what: &str, arn: &str) -> ServiceError {
    ServiceError::bad_request(
        "UnknownResourceException",
        format!("{what} {arn} could not be found."),
    )
}

pub(super) fn not_permitted(message: impl Into<String>) -> ServiceError {
    ServiceError::bad_request("OperationNotPermittedException", message)
}

pub(super) fn bad_token() -> ServiceError {
    ServiceError::bad_request(
        "InvalidNextTokenException",
        "The specified value for NextToken isn't valid.",
    )
}
