//! SQS's errors. Its clients of the query age know other codes than the JSON shapes have; AWS
//! sends both, the old one in `x-amzn-query-error`, and so do we.

use crate::error::ServiceError;

/// An error of status 400 with the query code that belongs to `shape`.
pub(super) fn error(shape: &'static str, message: impl Into<String>) -> ServiceError {
    let query = match shape {
        "QueueDoesNotExist" => "AWS.SimpleQueueService.NonExistentQueue",
        "QueueNameExists" => "QueueAlreadyExists",
        "MessageNotInflight" => "AWS.SimpleQueueService.MessageNotInflight",
        "PurgeQueueInProgress" => "AWS.SimpleQueueService.PurgeQueueInProgress",
        "UnsupportedOperation" => "AWS.SimpleQueueService.UnsupportedOperation",
        "BatchEntryIdsNotDistinct" => "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
        "BatchRequestTooLong" => "AWS.SimpleQueueService.BatchRequestTooLong",
        "EmptyBatchRequest" => "AWS.SimpleQueueService.EmptyBatchRequest",
        "InvalidBatchEntryId" => "AWS.SimpleQueueService.InvalidBatchEntryId",
        "TooManyEntriesInBatchRequest" => "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
        "InvalidParameterValueException" => "InvalidParameterValue",
        "MissingRequiredParameterException" => "MissingParameter",
        other => other,
    };
    ServiceError::bad_request(shape, message)
        .with_header("x-amzn-query-error", format!("{query};Sender"))
}

pub(super) fn no_such_queue() -> ServiceError {
    error("QueueDoesNotExist", "The specified queue does not exist.")
}

pub(super) fn invalid(
    parameter: &str,
    value: impl std::fmt::Display,
    reason: &str,
) -> ServiceError {
    error(
        "InvalidParameterValueException",
        format!("Value {value} for parameter {parameter} is invalid. Reason: {reason}"),
    )
}

pub(super) fn missing(parameter: &str) -> ServiceError {
    error(
        "MissingRequiredParameterException",
        format!("The request must contain the parameter {parameter}."),
    )
}
