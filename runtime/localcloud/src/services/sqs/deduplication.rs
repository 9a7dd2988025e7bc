//! Deduplication in FIFO queues: a message that was sent within the last five minutes is accepted
//! again, and not put in again, whether it was received and deleted or not.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::backlog::Backlog;
use super::fifo::{DeduplicationScope, Fifo};
use super::message::Message;
use super::window::{self, SENT};
use crate::error::ServiceError;

/// What is answered for a duplicate.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Original {
    pub(super) message_id: String,
    pub(super) order: u64,
}

/// The deduplication id of a message that comes without one.
pub(super) fn id_of_body(body: &str) -> String {
    hex::encode(Sha256::digest(body.as_bytes()))
}

fn prefix(deduplication_id: &str) -> String {
    format!(
        "{}/",
        utf8_percent_encode(deduplication_id, NON_ALPHANUMERIC)
    )
}

fn key(message: &Message) -> String {
    let id = message.deduplication_id.as_deref().unwrap_or_default();
    let group = utf8_percent_encode(message.group(), NON_ALPHANUMERIC);
    format!("{}{group}", prefix(id))
}

/// The message that `message` is a duplicate of.
pub(super) fn original(
    message: &Message,
    fifo: &Fifo,
    backlog: &Backlog<'_>,
) -> Result<Option<Original>, ServiceError> {
    match fifo.scope(backlog.now_ms) {
        DeduplicationScope::MessageGroup => window::get(backlog, SENT, &key(message)),
        DeduplicationScope::Queue => {
            let id = message.deduplication_id.as_deref().unwrap_or_default();
            window::first(backlog, SENT, &prefix(id))
        }
    }
}

/// Remembers a message that was put in.
pub(super) fn remember(message: &Message, backlog: &Backlog<'_>) -> Result<(), ServiceError> {
    let original = Original {
        message_id: message.id.clone(),
        order: message.order,
    };
    window::remember(backlog, SENT, &key(message), &original)
}
