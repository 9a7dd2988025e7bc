//! DynamoDB's errors.

use crate::error::ServiceError;

pub(super) fn validation(message: impl Into<String>) -> ServiceError {
    ServiceError::bad_request("ValidationException", message)
}

pub(super) fn not_found(table: &str) -> ServiceError {
    ServiceError::bad_request(
        "ResourceNotFoundException",
        format!("Requested resource not found: Table: {table} not found"),
    )
}
