//! `ReceiveMessage`: takes what is visible, moves what was received too often to the dead-letter
//! queue, and waits if there is nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::error::invalid;
use super::message::{self, Attribute, Head, Message};
use super::queue::{self, Queue, find_by_arn};
use super::{digest, receipt};
use crate::error::ServiceError;
use crate::protocol::aws_json;
use crate::request::Call;
use crate::services::Reply;
use crate::store::Tx;

/// A long poll looks again this often though nobody rang: the cloud's clock may have been moved.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ReceiveInput {
    queue_url: Option<String>,
    max_number_of_messages: Option<i64>,
    visibility_timeout: Option<i64>,
    wait_time_seconds: Option<i64>,
    #[serde(default)]
    attribute_names: Vec<String>,
    #[serde(default)]
    message_system_attribute_names: Vec<String>,
    #[serde(default)]
    message_attribute_names: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Received {
    message_id: String,
    receipt_handle: String,
    #[serde(rename = "MD5OfBody")]
    md5_of_body: String,
    body: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    attributes: BTreeMap<&'static str, String>,
    #[serde(
        rename = "MD5OfMessageAttributes",
        skip_serializing_if = "Option::is_none"
    )]
    md5_of_attributes: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    message_attributes: BTreeMap<String, Attribute>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ReceiveOutput {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    messages: Vec<Received>,
}

/// Receives up to 10 messages.
pub(super) fn receive_message(
    input: ReceiveInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Reply, ServiceError> {
    let queue = queue::find(input.queue_url.as_deref(), call, tx)?;
    let settings = &queue.settings;
    let most = within(
        "MaxNumberOfMessages",
        input.max_number_of_messages,
        1,
        1,
        10,
    )?;
    let hidden = within(
        "VisibilityTimeout",
        input.visibility_timeout,
        settings.visibility_timeout,
        0,
        43_200,
    )?;
    let patience = within(
        "WaitTimeSeconds",
        input.wait_time_seconds,
        settings.receive_wait,
        0,
        20,
    )?;
    let mut taken = Vec::new();
    let mut next_ms = None;
    while taken.len() < most as usize {
        let message = match message::head(&queue, &call.scope, call.now_ms, tx)? {
            Head::Message(message) => *message,
            Head::NotBefore(at) => {
                next_ms = Some(at);
                break;
            }
            Head::Empty => break,
        };
        if let Some(message) = take(message, &queue, hidden, call, tx)? {
            taken.push(message);
            if hidden == 0 {
                // It is visible still, and would be taken again.
                break;
            }
        }
    }
    let left = Duration::from_secs(patience.into()).saturating_sub(call.waited);
    if taken.is_empty() && !left.is_zero() {
        let until_next = next_ms.map_or(LOOK_AGAIN, |at| {
            Duration::from_millis((at - call.now_ms).max(1).unsigned_abs())
        });
        let at_most = left.min(until_next).min(LOOK_AGAIN);
        return Ok(Reply::wait_for(queue.topic(), at_most));
    }
    let messages = taken
        .into_iter()
        .map(|message| show(message, &input))
        .collect();
    aws_json::write(&ReceiveOutput { messages }, aws_json::V1_0)
}

fn within(
    name: &str,
    wanted: Option<i64>,
    default: u32,
    from: u32,
    to: u32,
) -> Result<u32, ServiceError> {
    let Some(wanted) = wanted else {
        return Ok(default);
    };
    match u32::try_from(wanted) {
        Ok(value) if (from..=to).contains(&value) => Ok(value),
        _ => Err(invalid(
            name,
            wanted,
            &format!("Must be between {from} and {to}, if provided."),
        )),
    }
}

/// Takes the message, unless it is too old or was received too often.
fn take(
    mut message: Message,
    queue: &Queue,
    hidden: u32,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Option<Message>, ServiceError> {
    if message.is_expired(queue, call.now_ms) {
        message.remove(queue, &call.scope, tx)?;
        return Ok(None);
    }
    if let Some(redrive) = &queue.settings.redrive
        && message.receive_count >= redrive.max_receive_count
        && redrive.target_arn != queue.arn
        && let Some((scope, target)) = find_by_arn(&redrive.target_arn, tx)?
    {
        message.remove(queue, &call.scope, tx)?;
        message.dead_letter_source = Some(queue.arn.clone());
        message.receipt = None;
        message.visible_ms = call.now_ms;
        message.add(&target, &scope, tx)?;
        return Ok(None);
    }
    message.receive_count += 1;
    message.first_received_ms.get_or_insert(call.now_ms);
    message.receipt = Some(call.cloud.uuid());
    let visible_ms = call.now_ms + i64::from(hidden) * 1_000;
    message.reschedule(visible_ms, queue, &call.scope, tx)?;
    Ok(Some(message))
}

fn show(message: Message, input: &ReceiveInput) -> Received {
    let names = || {
        input
            .attribute_names
            .iter()
            .chain(&input.message_system_attribute_names)
    };
    let system = [
        ("SenderId", Some(message.sender_id)),
        ("SentTimestamp", Some(message.sent_ms.to_string())),
        (
            "ApproximateReceiveCount",
            Some(message.receive_count.to_string()),
        ),
        (
            "ApproximateFirstReceiveTimestamp",
            message.first_received_ms.map(|at| at.to_string()),
        ),
        ("AWSTraceHeader", message.trace_header),
        ("DeadLetterQueueSourceArn", message.dead_letter_source),
    ];
    let attributes = system
        .into_iter()
        .filter(|(name, _)| names().any(|wanted| wanted == "All" || wanted == name))
        .filter_map(|(name, value)| Some((name, value?)))
        .collect();
    let mut message_attributes = message.attributes;
    message_attributes.retain(|name, _| {
        let wanted = input.message_attribute_names.iter();
        wanted.into_iter().any(|wanted| {
            let prefix = wanted.strip_suffix(".*");
            wanted == "All" || wanted == name || prefix.is_some_and(|p| name.starts_with(p))
        })
    });
    Received {
        receipt_handle: receipt::handle(
            &message.id,
            message.receipt.as_deref().unwrap_or_default(),
        ),
        message_id: message.id,
        md5_of_body: digest::md5_of_body(&message.body),
        body: message.body,
        attributes,
        md5_of_attributes: digest::md5_of_attributes(&message_attributes),
        message_attributes,
    }
}
