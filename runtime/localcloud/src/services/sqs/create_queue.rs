//! `CreateQueue`, `DeleteQueue`, `PurgeQueue`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::attributes::{apply, fifo_is_not_there};
use super::error::{error, invalid, missing};
use super::message;
use super::queue::{self, QUEUES, Queue, Settings};
use crate::error::ServiceError;
use crate::request::Call;
use crate::store::Tx;

/// A queue is purged at most once in this time.
const PURGE_EVERY_MS: i64 = 60_000;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateInput {
    queue_name: Option<String>,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
    #[serde(default, rename = "tags")]
    tags: BTreeMap<String, String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct QueueUrl {
    pub(super) queue_url: String,
}

/// Creates a queue. Idempotent: again with the same attributes, it answers with the queue that is
/// there; with others it is `QueueNameExists`.
pub(super) fn create_queue(
    input: CreateInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<QueueUrl, ServiceError> {
    let name = input.queue_name.ok_or_else(|| missing("QueueName"))?;
    if name.ends_with(".fifo") {
        return Err(fifo_is_not_there());
    }
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if !(1..=80).contains(&name.len()) || !name.bytes().all(allowed) {
        return Err(invalid(
            "QueueName",
            name,
            "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length.",
        ));
    }
    let known: Option<Queue> = tx.get(&call.scope, QUEUES, &name)?;
    if let Some(queue) = known {
        if apply(&queue.settings, &input.attributes, &call.scope, tx)? != queue.settings {
            return Err(error(
                "QueueNameExists",
                format!(
                    "A queue already exists with the same name and a different value for an \
                     attribute: {name}"
                ),
            ));
        }
    } else {
        Queue {
            arn: queue::arn(&call.scope, &name),
            created_ms: call.now_ms,
            modified_ms: call.now_ms,
            purged_ms: None,
            settings: apply(&Settings::default(), &input.attributes, &call.scope, tx)?,
            tags: input.tags,
            name: name.clone(),
        }
        .save(&call.scope, tx)?;
    }
    Ok(QueueUrl {
        queue_url: queue::url(call, &name),
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OneQueue {
    pub(super) queue_url: Option<String>,
}

/// Deletes a queue and its messages. Unlike on AWS, its name is free again at once.
pub(super) fn delete_queue(
    input: OneQueue,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    let queue = queue::find(input.queue_url.as_deref(), call, tx)?;
    message::remove_all(&queue, &call.scope, tx)?;
    tx.delete(&call.scope, QUEUES, &queue.name)?;
    tx.notify(queue.topic());
    Ok(())
}

/// Deletes a queue's messages, at once.
pub(super) fn purge_queue(
    input: OneQueue,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    let mut queue = queue::find(input.queue_url.as_deref(), call, tx)?;
    let recently = |at: i64| at <= call.now_ms && call.now_ms < at + PURGE_EVERY_MS;
    if queue.purged_ms.is_some_and(recently) {
        return Err(error(
            "PurgeQueueInProgress",
            format!(
                "Only one PurgeQueue operation on {} is allowed every 60 seconds.",
                queue.name
            ),
        ));
    }
    message::remove_all(&queue, &call.scope, tx)?;
    queue.purged_ms = Some(call.now_ms);
    queue.save(&call.scope, tx)
}
