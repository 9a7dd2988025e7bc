//! Receipt handles: which receive of which message of which queue.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::error::{error, missing};
use super::message::{Key, Message};
use super::queue::Queue;
use crate::error::ServiceError;

/// The receipt handle of a message that was received.
pub(super) fn handle(message: &Message, queue: &Queue) -> String {
    let receipt = message.receipt.as_ref();
    let receipt = receipt.map_or("", |receipt| receipt.id.as_str());
    let (sent_ms, order) = (message.sent_ms, message.order);
    STANDARD.encode(format!("{receipt} {} {sent_ms} {order}", queue.arn))
}

/// What a receipt handle of a queue says.
#[derive(Debug)]
pub(super) struct Handle {
    pub(super) key: Key,
    receipt: String,
}

impl Handle {
    /// Takes a receipt handle apart.
    ///
    /// # Errors
    /// `MissingRequiredParameterException` (400) without one, `ReceiptHandleIsInvalid` (404) for one
    /// that is not of this queue.
    pub(super) fn read(handle: Option<&str>, queue: &Queue) -> Result<Self, ServiceError> {
        let handle = handle.ok_or_else(|| missing("ReceiptHandle"))?;
        Self::parse(handle, queue).ok_or_else(|| {
            error(
                "ReceiptHandleIsInvalid",
                format!("The input receipt handle \"{handle}\" is not a valid receipt handle."),
            )
        })
    }

    fn parse(handle: &str, queue: &Queue) -> Option<Self> {
        let text = String::from_utf8(STANDARD.decode(handle).ok()?).ok()?;
        let mut parts = text.split(' ');
        let receipt = parts.next()?.to_owned();
        if parts.next()? != queue.arn {
            return None;
        }
        let key = Key {
            sent_ms: parts.next()?.parse().ok()?,
            order: parts.next()?.parse().ok()?,
        };
        Some(Self { key, receipt })
    }

    /// Whether the message was not received again since.
    pub(super) fn is_latest_of(&self, message: &Message) -> bool {
        let receipt = message.receipt.as_ref();
        receipt.is_some_and(|receipt| receipt.id == self.receipt)
    }
}
