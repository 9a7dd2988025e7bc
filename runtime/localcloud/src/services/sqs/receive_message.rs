//! `ReceiveMessage`: takes what can be received, and waits if there is nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::attributes;
use super::backlog::Backlog;
use super::error::{error, invalid, of_another_type};
use super::fifo::check_id;
use super::message::{Attribute, Message};
use super::queue::{self, Queue};
use super::settings::unknown;
use super::take::Take;
use super::{attempt, digest, receipt};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::Reply;
use crate::store::Tx;

/// A long poll looks again this often though nobody rang: a task may bring messages.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// The most messages of a queue that can be in flight.
const MOST_IN_FLIGHT: u64 = 120_000;

/// What can be asked for beside the names of queue attributes.
const SYSTEM_ATTRIBUTES: [&str; 9] = [
    "SenderId",
    "SentTimestamp",
    "ApproximateReceiveCount",
    "ApproximateFirstReceiveTimestamp",
    "SequenceNumber",
    "MessageDeduplicationId",
    "MessageGroupId",
    "AWSTraceHeader",
    "DeadLetterQueueSourceArn",
];

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ReceiveInput {
    queue_url: Option<String>,
    max_number_of_messages: Option<i64>,
    visibility_timeout: Option<i64>,
    wait_time_seconds: Option<i64>,
    receive_request_attempt_id: Option<String>,
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
pub(super) struct ReceiveOutput {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    messages: Vec<Received>,
}

/// What came of a poll.
pub(super) enum Poll {
    Done(ReceiveOutput),
    /// Not an answer yet.
    Wait(Reply),
}

/// Receives up to 10 messages. A long poll ends when its time is over, be it real time or the cloud's
/// clock.
pub(super) fn receive_message(
    input: ReceiveInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Poll, ServiceError> {
    let queue = queue::find(input.queue_url.as_deref(), call, tx)?;
    let request = Request::of(&input, &queue)?;
    let backlog = queue.backlog(call, tx);
    backlog.settle()?;
    let left = request.patience.saturating_sub(call.waited);
    let taken = request.take(backlog, call)?;
    if taken.is_empty() && !left.is_zero() {
        return wait(left, &backlog).map(Poll::Wait);
    }
    let messages = taken
        .into_iter()
        .map(|message| show(message, &queue, &input))
        .collect();
    Ok(Poll::Done(ReceiveOutput { messages }))
}

/// What a request asks for, checked.
struct Request<'a> {
    most: usize,
    hidden: u32,
    patience: Duration,
    attempt: Option<&'a str>,
}

impl<'a> Request<'a> {
    fn of(input: &'a ReceiveInput, queue: &Queue) -> Result<Self, ServiceError> {
        let settings = &queue.settings;
        let most = within(
            "MaxNumberOfMessages",
            input.max_number_of_messages.or(Some(1)),
            (1, 10),
            "Must be between 1 and 10, if provided.",
        )?;
        let hidden = within(
            "VisibilityTimeout",
            input.visibility_timeout,
            (0, 43_200),
            "Must be between 0 and 43200, if provided.",
        )?;
        let patience = within(
            "WaitTimeSeconds",
            input.wait_time_seconds,
            (0, 20),
            "Must be >= 0 and <= 20, if provided.",
        )?;
        let attempt = input.receive_request_attempt_id.as_deref();
        if let Some(attempt) = attempt {
            if !queue.is_fifo() {
                return Err(of_another_type("ReceiveRequestAttemptId", attempt));
            }
            check_id("ReceiveRequestAttemptId", attempt)?;
        }
        let is_known = |name: &str| SYSTEM_ATTRIBUTES.contains(&name) || attributes::is_known(name);
        if let Some(name) = input.system_names().find(|name| !is_known(name)) {
            return Err(unknown(name));
        }
        let patience = patience.unwrap_or(settings.receive_wait);
        Ok(Self {
            most: most.map_or(1, |most| most as usize),
            hidden: hidden.unwrap_or(settings.visibility_timeout),
            patience: Duration::from_secs(patience.into()),
            attempt,
        })
    }

    fn take(&self, backlog: Backlog<'_>, call: &Call<'_>) -> Result<Vec<Message>, ServiceError> {
        if let Some(attempt) = self.attempt
            && let Some(messages) = attempt::again(attempt, self.hidden, &backlog)?
        {
            return Ok(messages);
        }
        let room = MOST_IN_FLIGHT.saturating_sub(backlog.in_flight()?);
        if room == 0 && self.patience.is_zero() && !backlog.queue.is_fifo() {
            return Err(error(
                "OverLimit",
                format!("The queue has {MOST_IN_FLIGHT} messages in flight: delete some first."),
            ));
        }
        let most = self.most.min(usize::try_from(room).unwrap_or(usize::MAX));
        let taken = Take::round(backlog, call, most, self.hidden)?;
        if let Some(attempt) = self.attempt
            && !taken.is_empty()
        {
            attempt::remember(attempt, &taken, &backlog)?;
        }
        Ok(taken)
    }
}

impl ReceiveInput {
    fn system_names(&self) -> impl Iterator<Item = &str> {
        let names = self.attribute_names.iter();
        names
            .chain(&self.message_system_attribute_names)
            .map(String::as_str)
    }
}

fn within(
    name: &str,
    wanted: Option<i64>,
    (from, to): (u32, u32),
    reason: &str,
) -> Result<Option<u32>, ServiceError> {
    let Some(wanted) = wanted else {
        return Ok(None);
    };
    match u32::try_from(wanted) {
        Ok(value) if (from..=to).contains(&value) => Ok(Some(value)),
        _ => Err(invalid(name, wanted, reason)),
    }
}

/// Until something is put in or becomes ready, or the time is over.
fn wait(left: Duration, backlog: &Backlog<'_>) -> Result<Reply, ServiceError> {
    let next_ms = backlog.next_ready_ms()?;
    let until_next = next_ms.map_or(left, |at| {
        Duration::from_millis(
            u64::try_from(at - backlog.now_ms)
                .unwrap_or_default()
                .max(1),
        )
    });
    let pause = left.min(until_next);
    let pause_ms = i64::try_from(pause.as_millis()).unwrap_or(i64::MAX / 4);
    let reply = Reply::wait_for(backlog.queue.topic(), pause.min(LOOK_AGAIN));
    Ok(reply.or_until(backlog.now_ms + pause_ms))
}

fn show(message: Message, queue: &Queue, input: &ReceiveInput) -> Received {
    let receipt_handle = receipt::handle(&message, queue);
    let sequence_number = queue.is_fifo().then(|| message.sequence_number());
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
        ("SequenceNumber", sequence_number),
        ("MessageDeduplicationId", message.deduplication_id),
        ("MessageGroupId", message.group),
        ("AWSTraceHeader", message.trace_header),
        ("DeadLetterQueueSourceArn", message.dead_letter_source),
    ];
    let wanted = |name: &str| {
        let mut names = input.system_names();
        names.any(|wanted| wanted == "All" || wanted == name)
    };
    let attributes = system
        .into_iter()
        .filter(|(name, _)| wanted(name))
        .filter_map(|(name, value)| Some((name, value?)))
        .collect();
    let mut message_attributes = message.attributes;
    message_attributes.retain(|name, _| {
        let mut wanted = input.message_attribute_names.iter();
        wanted.any(|wanted| {
            let prefix = wanted.strip_suffix(".*");
            wanted == "All" || wanted == name || prefix.is_some_and(|start| name.starts_with(start))
        })
    });
    Received {
        receipt_handle,
        message_id: message.id,
        md5_of_body: digest::md5_of_body(&message.body),
        body: message.body,
        attributes,
        md5_of_attributes: digest::md5_of_attributes(&message_attributes),
        message_attributes,
    }
}
