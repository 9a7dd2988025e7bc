//! SQS's errors. Its clients of the query age know other codes than the JSON shapes have; AWS
//! sends both, the old one in `x-amzn-query-error`, and so do we.

use serde_json::Value;

use crate::error::ServiceError;

const QUERY_ERROR: &str = "x-amzn-query-error";

/// An error with the status and the query code that belong to `shape`.
pub(super) fn error(shape: &'static str, message: impl Into<String>) -> ServiceError {
    let query = match shape {
        "QueueDoesNotExist" => "AWS.SimpleQueueService.NonExistentQueue",
        "QueueNameExists" => "QueueAlreadyExists",
        "QueueDeletedRecently" => "AWS.SimpleQueueService.QueueDeletedRecently",
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
    // As recorded from AWS: botocore's model gives no statuses, and AWS's own is silent on
    // `ReceiptHandleIsInvalid`.
    let status = match shape {
        "OverLimit" | "PurgeQueueInProgress" | "RequestThrottled" => 403,
        "InvalidAddress" | "ReceiptHandleIsInvalid" | "ResourceNotFoundException" => 404,
        _ => 400,
    };
    ServiceError::new(status, shape, message).with_header(QUERY_ERROR, format!("{query};Sender"))
}

/// The code of the query age, if the error has one.
pub(super) fn query_code(error: &ServiceError) -> Option<&str> {
    let header = error.headers.iter().find(|(name, _)| name == QUERY_ERROR);
    header.and_then(|(_, value)| value.split(';').next())
}

/// The error as clients of the query age know it.
pub(super) fn of_query(error: ServiceError) -> ServiceError {
    let Some(code) = query_code(&error).map(str::to_owned) else {
        return error;
    };
    let message = if error.code == "QueueDoesNotExist" {
        "The specified queue does not exist for this wsdl version.".to_owned()
    } else {
        error.message
    };
    ServiceError::new(error.status, code, message).with_field("Detail", Value::from(""))
}

pub(super) fn no_such_queue() -> ServiceError {
    error("QueueDoesNotExist", "The specified queue does not exist.")
}

/// A value that a parameter must not have.
pub(super) fn invalid(
    parameter: &str,
    value: impl std::fmt::Display,
    reason: &str,
) -> ServiceError {
    refused(format!(
        "Value {value} for parameter {parameter} is invalid. Reason: {reason}"
    ))
}

/// The same in other words.
pub(super) fn refused(message: impl Into<String>) -> ServiceError {
    error("InvalidParameterValueException", message)
}

/// A parameter that queues of this type do not take.
pub(super) fn of_another_type(parameter: &str, value: impl std::fmt::Display) -> ServiceError {
    invalid(
        parameter,
        value,
        "The request include parameter that is not valid for this queue type.",
    )
}

pub(super) fn missing(parameter: &str) -> ServiceError {
    error(
        "MissingRequiredParameterException",
        format!("The request must contain the parameter {parameter}."),
    )
}
