//! KMS's errors.

use crate::error::ServiceError;

pub(super) fn not_found(message: impl Into<String>) -> ServiceError {
    ServiceError::bad_request("NotFoundException", message)
}

pub(super) fn validation(message: impl Into<String>) -> ServiceError {
    ServiceError::bad_request("ValidationException", message)
}

pub(super) fn bad_state(message: impl Into<String>) -> ServiceError {
    ServiceError::bad_request("KMSInvalidStateException", message)
}

/// KMS does not say what is wrong with a ciphertext.
pub(super) fn bad_ciphertext() -> ServiceError {
    ServiceError::bad_request("InvalidCiphertextException", "")
}

pub(super) fn bad_marker() -> ServiceError {
    ServiceError::bad_request("InvalidMarkerException", "The marker is not valid.")
}
