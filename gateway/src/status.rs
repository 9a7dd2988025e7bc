//! gRPC statuses with the details of `google.rpc` (AIP-193): an `ErrorInfo` with a stable reason, the
//! fields that were wrong, when to try again.

use std::collections::HashMap;
use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt};

/// The `domain` of every `ErrorInfo` that datamesh sends.
pub const DOMAIN: &str = "datamesh";

/// The reason of a request with wrong fields.
pub const INVALID_FIELDS: &str = "INVALID_FIELDS";

/// The reason of a change that was meant for another version of the record.
pub const ETAG_MISMATCH: &str = "ETAG_MISMATCH";

/// A status with a stable upper-case reason and a sentence for people.
pub fn with_reason(code: Code, reason: &str, message: impl Into<String>) -> Status {
    let details = ErrorDetails::with_error_info(reason, DOMAIN, HashMap::<String, String>::new());
    Status::with_error_details(code, message, details)
}

/// INVALID_ARGUMENT with the fields that are wrong, by the JSON path of each.
pub fn invalid(violations: Vec<FieldViolation>) -> Status {
    let message = violations
        .iter()
        .map(|v| format!("{}: {}", v.field, v.description))
        .collect::<Vec<_>>()
        .join("; ");
    let mut details = ErrorDetails::with_bad_request(violations);
    details.set_error_info(INVALID_FIELDS, DOMAIN, HashMap::<String, String>::new());
    Status::with_error_details(Code::InvalidArgument, message, details)
}

/// INVALID_ARGUMENT because of one field.
pub fn invalid_field(field: &str, description: impl Into<String>) -> Status {
    invalid(vec![FieldViolation::new(field, description)])
}

/// A refusal that may be different after `after`: UNAVAILABLE or RESOURCE_EXHAUSTED.
pub fn retry_later(
    code: Code,
    reason: &str,
    message: impl Into<String>,
    after: Duration,
) -> Status {
    let mut details =
        ErrorDetails::with_error_info(reason, DOMAIN, HashMap::<String, String>::new());
    details.set_retry_info(Some(after));
    Status::with_error_details(code, message, details)
}

/// This process is going down.
pub fn draining() -> Status {
    retry_later(
        Code::Unavailable,
        "DRAINING",
        "the server is shutting down: try again",
        Duration::from_secs(1),
    )
}

/// The name of a code as `google.rpc.Code` writes it.
pub fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}
