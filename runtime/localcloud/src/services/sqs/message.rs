//! A message, and where it is in its queue.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::cloud::CloudInner;

/// A message, from being sent to being deleted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Message {
    pub(super) id: String,
    pub(super) body: String,
    pub(super) attributes: BTreeMap<String, Attribute>,
    pub(super) trace_header: Option<String>,
    pub(super) sender_id: String,
    pub(super) sent_ms: i64,
    pub(super) first_received_ms: Option<i64>,
    pub(super) receive_count: u32,
    /// It can be received from then on.
    pub(super) visible_ms: i64,
    /// The place among all messages that were ever put into the queue.
    pub(super) order: u64,
    /// Of the latest receive.
    pub(super) receipt: Option<Receipt>,
    /// The queue that this message was moved away from.
    pub(super) dead_letter_source: Option<String>,
    /// In a FIFO queue, messages of one group come one after the other; in a standard queue the
    /// group says whose the message is.
    pub(super) group: Option<String>,
    /// FIFO queues only.
    pub(super) deduplication_id: Option<String>,
}

/// One receive of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Receipt {
    pub(super) id: String,
    pub(super) received_ms: i64,
}

/// How many characters of [`Attribute::text`] are kept.
const LONGEST_TEXT: usize = 2_000;

/// A message attribute; binary values stay base64.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Attribute {
    #[serde(default)]
    pub(crate) data_type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) string_value: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) binary_value: Option<String>,
}

impl Attribute {
    /// A service's own words about a dead letter. What SQS would refuse (no text, or a character that
    /// XML does not have) is replaced, and the text ends after 2,000 characters, so that no word of
    /// an error keeps the letter out.
    pub(crate) fn text(text: &str) -> Self {
        let kept = text.chars().take(LONGEST_TEXT);
        let kept: String = kept
            .map(|letter| {
                if is_xml(letter) {
                    letter
                } else {
                    char::REPLACEMENT_CHARACTER
                }
            })
            .collect();
        Self {
            data_type: "String".to_owned(),
            string_value: Some(if kept.is_empty() {
                "-".to_owned()
            } else {
                kept
            }),
            binary_value: None,
        }
    }
}

/// Only what XML 1.0 allows.
pub(super) fn is_xml(letter: char) -> bool {
    matches!(letter, '\u{9}' | '\u{a}' | '\u{d}' | '\u{20}'..='\u{d7ff}'
        | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}')
}

/// Names a message within its queue: when it was sent and its place, so that names are in the order
/// of age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Key {
    pub(super) sent_ms: i64,
    pub(super) order: u64,
}

impl Message {
    /// A message that was never received and can be from `visible_ms` on.
    pub(super) fn new(
        cloud: &CloudInner,
        body: String,
        attributes: BTreeMap<String, Attribute>,
        sender_id: String,
        now_ms: i64,
        visible_ms: i64,
    ) -> Self {
        Self {
            id: cloud.uuid(),
            body,
            attributes,
            trace_header: None,
            sender_id,
            sent_ms: now_ms,
            first_received_ms: None,
            receive_count: 0,
            visible_ms,
            order: 0,
            receipt: None,
            dead_letter_source: None,
            group: None,
            deduplication_id: None,
        }
    }

    pub(super) fn key(&self) -> Key {
        Key {
            sent_ms: self.sent_ms,
            order: self.order,
        }
    }

    /// As FIFO queues show it: 20 digits that grow.
    pub(super) fn sequence_number(&self) -> String {
        sequence_number(self.order)
    }

    /// The group, under which a FIFO queue orders the message.
    pub(super) fn group(&self) -> &str {
        self.group.as_deref().unwrap_or_default()
    }
}

pub(super) fn sequence_number(order: u64) -> String {
    let number = 18_850_000_000_000_000_000_u128 + u128::from(order) * 256;
    number.to_string()
}
