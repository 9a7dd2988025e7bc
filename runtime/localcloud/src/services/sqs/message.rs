//! Messages of a queue, and the schedule that orders them by when they can be received.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::queue::Queue;
use crate::cloud::CloudInner;
use crate::error::ServiceError;
use crate::store::{Scope, Tx};

const MESSAGES: &str = "sqs.messages";
const SCHEDULE: &str = "sqs.schedule";
const ORDER: &str = "sqs.order";

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
    pub(super) visible_ms: i64,
    /// Keeps messages of one millisecond in the order in which they were sent.
    pub(super) order: u64,
    /// Of the latest receive.
    pub(super) receipt: Option<String>,
    /// The queue that this message was moved away from.
    pub(super) dead_letter_source: Option<String>,
}

/// A message attribute; binary values stay base64.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Attribute {
    pub(crate) data_type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) string_value: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) binary_value: Option<String>,
}

/// A line of the schedule.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Scheduled {
    pub(super) id: String,
    /// Hidden by a receive, not by a delay.
    received: bool,
    sent_ms: i64,
}

fn schedule_key(queue: &Queue, visible_ms: i64, order: u64) -> String {
    format!("{}/{visible_ms:016}/{order:016}", queue.name)
}

fn message_key(queue: &Queue, id: &str) -> String {
    format!("{}/{id}", queue.name)
}

impl Message {
    /// Adds a new message; it can be received from `visible_ms` on.
    pub(super) fn add(
        self,
        queue: &Queue,
        scope: &Scope,
        tx: &Tx<'_>,
    ) -> Result<Self, ServiceError> {
        let order: u64 = tx.get(scope, ORDER, &queue.name)?.unwrap_or_default();
        tx.put(scope, ORDER, &queue.name, &(order + 1))?;
        let message = Self { order, ..self };
        message.store(queue, scope, tx)?;
        tx.notify(queue.topic());
        Ok(message)
    }

    fn store(&self, queue: &Queue, scope: &Scope, tx: &Tx<'_>) -> Result<(), ServiceError> {
        let line = Scheduled {
            id: self.id.clone(),
            received: self.receipt.is_some(),
            sent_ms: self.sent_ms,
        };
        let key = schedule_key(queue, self.visible_ms, self.order);
        tx.put(scope, SCHEDULE, &key, &line)?;
        tx.put(scope, MESSAGES, &message_key(queue, &self.id), self)
    }

    /// Writes a changed message, at its new place in the schedule.
    pub(super) fn reschedule(
        &mut self,
        visible_ms: i64,
        queue: &Queue,
        scope: &Scope,
        tx: &Tx<'_>,
    ) -> Result<(), ServiceError> {
        let old = schedule_key(queue, self.visible_ms, self.order);
        tx.delete(scope, SCHEDULE, &old)?;
        self.visible_ms = visible_ms;
        self.store(queue, scope, tx)
    }

    pub(super) fn remove(
        &self,
        queue: &Queue,
        scope: &Scope,
        tx: &Tx<'_>,
    ) -> Result<(), ServiceError> {
        let key = schedule_key(queue, self.visible_ms, self.order);
        tx.delete(scope, SCHEDULE, &key)?;
        tx.delete(scope, MESSAGES, &message_key(queue, &self.id))?;
        Ok(())
    }

    pub(super) fn is_expired(&self, queue: &Queue, now_ms: i64) -> bool {
        is_expired(self.sent_ms, queue, now_ms)
    }
}

/// A message that was never received, as `SendMessage` makes it.
pub(super) fn new(
    cloud: &CloudInner,
    body: String,
    attributes: BTreeMap<String, Attribute>,
    sender_id: String,
    now_ms: i64,
    visible_ms: i64,
) -> Message {
    Message {
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
    }
}

pub(super) fn load(
    queue: &Queue,
    id: &str,
    scope: &Scope,
    tx: &Tx<'_>,
) -> Result<Option<Message>, ServiceError> {
    tx.get(scope, MESSAGES, &message_key(queue, id))
}

fn is_expired(sent_ms: i64, queue: &Queue, now_ms: i64) -> bool {
    sent_ms + i64::from(queue.settings.retention) * 1_000 <= now_ms
}

/// The message that can be received next, and if there is none, when the next will be.
pub(super) enum Head {
    Message(Box<Message>),
    NotBefore(i64),
    Empty,
}

pub(super) fn head(
    queue: &Queue,
    scope: &Scope,
    now_ms: i64,
    tx: &Tx<'_>,
) -> Result<Head, ServiceError> {
    let prefix = format!("{}/", queue.name);
    let first: Vec<(String, Scheduled)> = tx.scan(scope, SCHEDULE, &prefix, None, 1)?;
    let Some((key, line)) = first.into_iter().next() else {
        return Ok(Head::Empty);
    };
    let message = load(queue, &line.id, scope, tx)?
        .ok_or_else(|| ServiceError::internal(format!("the schedule names no message: {key}")))?;
    if message.visible_ms > now_ms {
        return Ok(Head::NotBefore(message.visible_ms));
    }
    Ok(Head::Message(Box::new(message)))
}

fn lines(
    queue: &Queue,
    scope: &Scope,
    tx: &Tx<'_>,
) -> Result<Vec<(String, Scheduled)>, ServiceError> {
    tx.scan(
        scope,
        SCHEDULE,
        &format!("{}/", queue.name),
        None,
        usize::MAX,
    )
}

/// Deletes what is older than the queue's retention period.
pub(super) fn expire(
    queue: &Queue,
    scope: &Scope,
    now_ms: i64,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    for (key, line) in lines(queue, scope, tx)? {
        if is_expired(line.sent_ms, queue, now_ms) {
            tx.delete(scope, SCHEDULE, &key)?;
            tx.delete(scope, MESSAGES, &message_key(queue, &line.id))?;
        }
    }
    Ok(())
}

pub(super) fn remove_all(queue: &Queue, scope: &Scope, tx: &Tx<'_>) -> Result<(), ServiceError> {
    for (key, line) in lines(queue, scope, tx)? {
        tx.delete(scope, SCHEDULE, &key)?;
        tx.delete(scope, MESSAGES, &message_key(queue, &line.id))?;
    }
    Ok(())
}

/// How many messages can be received, are delayed, and were received and not deleted.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) visible: u64,
    pub(super) delayed: u64,
    pub(super) in_flight: u64,
}

pub(super) fn count(
    queue: &Queue,
    scope: &Scope,
    now_ms: i64,
    tx: &Tx<'_>,
) -> Result<Counts, ServiceError> {
    let due = schedule_key(queue, now_ms, u64::MAX);
    let from = format!("{}/", queue.name);
    let mut counts = Counts {
        visible: tx.count(scope, SCHEDULE, &from, &due)?,
        ..Counts::default()
    };
    let hidden: Vec<(String, Scheduled)> =
        tx.scan(scope, SCHEDULE, &from, Some(&due), usize::MAX)?;
    for (_, line) in hidden {
        if line.received {
            counts.in_flight += 1;
        } else {
            counts.delayed += 1;
        }
    }
    Ok(counts)
}
