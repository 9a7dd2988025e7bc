//! Receipt handles.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::error::error;
use crate::error::ServiceError;

/// The receipt handle of a message: its id, and which receive it was.
pub(super) fn handle(id: &str, receipt: &str) -> String {
    STANDARD.encode(format!("{id} {receipt}"))
}

/// Takes a receipt handle apart.
///
/// # Errors
/// `ReceiptHandleIsInvalid` (400).
pub(super) fn read_handle(handle: &str) -> Result<(String, String), ServiceError> {
    STANDARD
        .decode(handle)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .and_then(|text| {
            let (id, receipt) = text.split_once(' ')?;
            Some((id.to_owned(), receipt.to_owned()))
        })
        .ok_or_else(|| {
            error(
                "ReceiptHandleIsInvalid",
                format!("The input receipt handle \"{handle}\" is not a valid receipt handle."),
            )
        })
}
