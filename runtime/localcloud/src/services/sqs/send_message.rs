//! `SendMessage` and its batch.

use serde::{Deserialize, Serialize};

use super::backlog::Backlog;
use super::batch::{self, BatchOutput};
use super::content::Content;
use super::deduplication::{self, Original};
use super::digest::{md5_of_attributes, md5_of_body};
use super::error::error;
use super::fifo::check_ids;
use super::message::{Message, sequence_number};
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
    #[serde(
        rename = "MD5OfMessageSystemAttributes",
        skip_serializing_if = "Option::is_none"
    )]
    md5_of_system_attributes: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence_number: Option<String>,
}

/// Adds one message to a queue; a FIFO queue that has it already answers with the one that it has.
pub(super) fn send_message(
    input: SendInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Sent, ServiceError> {
    let queue = queue::find(input.queue_url.as_deref(), call, tx)?;
    check_ids_of(&input.content, &queue)?;
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
    batch::check(&input.entries, |entry| &entry.id, call)?;
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
    for entry in &input.entries {
        check_ids_of(&entry.content, &queue)?;
    }
    batch::each(
        input.entries,
        call,
        |entry| &entry.id,
        |entry, id| send(entry.content, Some(id), &queue, call, tx),
    )
}

fn check_ids_of(content: &Content, queue: &Queue) -> Result<(), ServiceError> {
    check_ids(
        content.message_group_id.as_deref(),
        content.message_deduplication_id.as_deref(),
        queue,
    )
}

fn send(
    content: Content,
    id: Option<String>,
    queue: &Queue,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Sent, ServiceError> {
    content.check(queue)?;
    let delay = content.delay(queue)?.unwrap_or(queue.settings.delay);
    let trace_header = content.trace_header();
    let md5_of_system_attributes = md5_of_attributes(&content.message_system_attributes);
    let mut message = Message::new(
        call.cloud,
        content.message_body.unwrap_or_default(),
        content.message_attributes,
        call.principal.user_id.clone(),
        call.now_ms,
        call.now_ms + i64::from(delay) * 1_000,
    );
    message.trace_header = trace_header;
    message.group = content.message_group_id;
    message.deduplication_id = content.message_deduplication_id;
    let md5_of_body = md5_of_body(&message.body);
    let md5_of_attributes = md5_of_attributes(&message.attributes);
    let original = put_once(message, &queue.backlog(call, tx))?;
    Ok(Sent {
        id,
        md5_of_body,
        md5_of_attributes,
        md5_of_system_attributes,
        sequence_number: queue.is_fifo().then(|| sequence_number(original.order)),
        message_id: original.message_id,
    })
}

/// Puts the message in, unless a FIFO queue has it already.
pub(super) fn put_once(
    mut message: Message,
    backlog: &Backlog<'_>,
) -> Result<Original, ServiceError> {
    if let Some(fifo) = &backlog.queue.settings.fifo {
        if message.deduplication_id.is_none() {
            message.deduplication_id = Some(deduplication::id_of_body(&message.body));
        }
        if let Some(original) = deduplication::original(&message, fifo, backlog)? {
            return Ok(original);
        }
    }
    let message = backlog.add(message)?;
    if backlog.queue.is_fifo() {
        deduplication::remember(&message, backlog)?;
    }
    Ok(Original {
        message_id: message.id,
        order: message.order,
    })
}
