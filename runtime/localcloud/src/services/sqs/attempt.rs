//! Trying a receive again: a FIFO queue answers a `ReceiveRequestAttemptId` that it saw within the
//! last five minutes with the same messages and handles, so that a lost answer locks no group.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};

use super::backlog::Backlog;
use super::message::{Key, Message};
use super::window::{self, RECEIVED};
use crate::error::ServiceError;

/// A message as it was received.
#[derive(Debug, Serialize, Deserialize)]
struct Received {
    key: Key,
    receipt: Option<String>,
    visible_ms: i64,
}

impl Received {
    fn of(message: &Message) -> Self {
        let receipt = message.receipt.as_ref();
        Self {
            key: message.key(),
            receipt: receipt.map(|receipt| receipt.id.clone()),
            visible_ms: message.visible_ms,
        }
    }

    fn is_unchanged(&self, message: &Message) -> bool {
        let now = Self::of(message);
        now.receipt == self.receipt && now.visible_ms == self.visible_ms
    }
}

fn key(attempt: &str) -> String {
    utf8_percent_encode(attempt, NON_ALPHANUMERIC).to_string()
}

/// The messages of an attempt, hidden anew for `hidden` seconds; `None` if it is not known, or one of
/// its messages was deleted, changed or received otherwise since.
pub(super) fn again(
    attempt: &str,
    hidden: u32,
    backlog: &Backlog<'_>,
) -> Result<Option<Vec<Message>>, ServiceError> {
    let known: Option<Vec<Received>> = window::get(backlog, RECEIVED, &key(attempt))?;
    let Some(known) = known else {
        return Ok(None);
    };
    let mut messages = Vec::new();
    for received in known {
        match backlog.load(received.key)? {
            Some(message) if received.is_unchanged(&message) => messages.push(message),
            _ => return Ok(None),
        }
    }
    let visible_ms = backlog.now_ms + i64::from(hidden) * 1_000;
    for message in &mut messages {
        backlog.hide(message, visible_ms)?;
    }
    remember(attempt, &messages, backlog)?;
    Ok(Some(messages))
}

/// Remembers what an attempt brought.
pub(super) fn remember(
    attempt: &str,
    messages: &[Message],
    backlog: &Backlog<'_>,
) -> Result<(), ServiceError> {
    let received: Vec<Received> = messages.iter().map(Received::of).collect();
    window::remember(backlog, RECEIVED, &key(attempt), &received)
}
