//! `SendMessage` and its batch.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::batch::{BatchOutput, each};
use super::digest::{md5_of_attributes, md5_of_body};
use super::error::{error, invalid, missing};
use super::message::{self, Attribute};
use super::queue::{self, Queue};
use crate::error::ServiceError;
use crate::request::Call;
use crate::store::Tx;

/// Of all messages of a batch together, in bytes.
const LARGEST_BATCH: usize = 1_048_576;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SendInput {
    queue_url: Option<String>,
    #[serde(flatten)]
    content: Content,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Content {
    message_body: Option<String>,
    delay_seconds: Option<i64>,
    #[serde(default)]
    message_attributes: BTreeMap<String, Attribute>,
    #[serde(default)]
    message_system_attributes: BTreeMap<String, Attribute>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Sent {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    message_id: String,
    #[serde(rename = "MD5OfMessageBody")]
    md5_of_body: String,
    #[serde(
        rename = "MD5OfMessageAttributes",
        skip_serializing_if = "Option::is_none"
    )]
    md5_of_attributes: Option<String>,
}

/// Adds one message to a queue.
pub(super) fn send_message(
    input: SendInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Sent, ServiceError> {
    let queue = queue::find(input.queue_url.as_deref(), call, tx)?;
    send(input.content, None, &queue, call, tx)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct BatchInput {
    queue_url: Option<String>,
    #[serde(default)]
    entries: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    #[serde(default)]
    id: String,
    #[serde(flatten)]
    content: Content,
}

/// Adds up to 10 messages to a queue, each for itself.
pub(super) fn send_message_batch(
    input: BatchInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<BatchOutput<Sent>, ServiceError> {
    let queue = queue::find(input.queue_url.as_deref(), call, tx)?;
    let size: usize = input.entries.iter().map(|entry| entry.content.size()).sum();
    if size > LARGEST_BATCH {
        return Err(error(
            "BatchRequestTooLong",
            format!(
                "Batch requests cannot be longer than {LARGEST_BATCH} bytes. You have sent {size} \
                 bytes."
            ),
        ));
    }
    each(
        input.entries,
        call,
        |entry| entry.id.clone(),
        |entry, id| send(entry.content, Some(id), &queue, call, tx),
    )
}

impl Content {
    fn size(&self) -> usize {
        let attributes = self.message_attributes.iter();
        let attributes = attributes.map(|(name, attribute)| {
            let text = attribute.string_value.as_deref().map_or(0, str::len);
            let binary = attribute.binary_value.as_deref().map_or(0, str::len);
            name.len() + attribute.data_type.len() + text + binary / 4 * 3
        });
        self.message_body.as_deref().map_or(0, str::len) + attributes.sum::<usize>()
    }
}

fn send(
    content: Content,
    id: Option<String>,
    queue: &Queue,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Sent, ServiceError> {
    let size = content.size();
    if size > queue.settings.maximum_size as usize {
        return Err(invalid(
            "MessageBody",
            format!("of {size} bytes"),
            &format!(
                "Message must be shorter than {} bytes.",
                queue.settings.maximum_size
            ),
        ));
    }
    let delay = check_delay(content.delay_seconds, queue)?;
    check_attributes(&content.message_attributes)?;
    let body = content
        .message_body
        .filter(|body| !body.is_empty())
        .ok_or_else(|| missing("MessageBody"))?;
    check_body(&body)?;
    let visible_ms = call.now_ms + i64::from(delay) * 1_000;
    let mut message = message::new(
        call.cloud,
        body,
        content.message_attributes,
        call.principal.user_id.clone(),
        call.now_ms,
        visible_ms,
    );
    message.trace_header = content
        .message_system_attributes
        .get("AWSTraceHeader")
        .and_then(|attribute| attribute.string_value.clone());
    let message = message.add(queue, &call.scope, tx)?;
    Ok(Sent {
        id,
        md5_of_body: md5_of_body(&message.body),
        md5_of_attributes: md5_of_attributes(&message.attributes),
        message_id: message.id,
    })
}

fn check_delay(wanted: Option<i64>, queue: &Queue) -> Result<u32, ServiceError> {
    let Some(delay) = wanted else {
        return Ok(queue.settings.delay);
    };
    match u32::try_from(delay) {
        Ok(delay @ 0..=900) => Ok(delay),
        _ => Err(invalid(
            "DelaySeconds",
            delay,
            "DelaySeconds must be >= 0 and <= 900.",
        )),
    }
}

fn check_attributes(attributes: &BTreeMap<String, Attribute>) -> Result<(), ServiceError> {
    if attributes.len() > 10 {
        return Err(invalid(
            "MessageAttributes",
            format!("of {} attributes", attributes.len()),
            "A message has at most 10 attributes.",
        ));
    }
    for (name, attribute) in attributes {
        let kind = attribute.data_type.split('.').next().unwrap_or_default();
        let complete = match kind {
            "String" | "Number" => attribute
                .string_value
                .as_deref()
                .is_some_and(|text| !text.is_empty()),
            "Binary" => attribute.binary_value.is_some(),
            _ => {
                return Err(invalid(
                    "MessageAttributes",
                    name,
                    "The type of a message attribute must be String, Number or Binary.",
                ));
            }
        };
        if !complete {
            return Err(invalid(
                "MessageAttributes",
                name,
                &format!("The message attribute must contain a non-empty value of type {kind}."),
            ));
        }
    }
    Ok(())
}

/// Only what XML 1.0 allows.
fn check_body(body: &str) -> Result<(), ServiceError> {
    let allowed = |letter: char| {
        matches!(letter, '\u{9}' | '\u{a}' | '\u{d}' | '\u{20}'..='\u{d7ff}'
            | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}')
    };
    if body.chars().all(allowed) {
        return Ok(());
    }
    Err(error(
        "InvalidMessageContents",
        "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | \
         #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF",
    ))
}
