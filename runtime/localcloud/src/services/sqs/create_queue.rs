//! `CreateQueue`, `DeleteQueue`, `PurgeQueue`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::error::{error, missing, refused};
use super::fifo::Fifo;
use super::queue::{self, QUEUES, Queue};
use super::settings::{Settings, boolean, changed, shown, unknown};
use super::tags::check_tags;
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
    #[serde(default, rename = "tags", alias = "Tags")]
    tags: BTreeMap<String, String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct QueueUrl {
    pub(super) queue_url: String,
}

/// Creates a queue. Idempotent: again with the same attributes, it answers with the queue that is
/// there; with others it is `QueueNameExists`. Within a minute of its deletion a name is
/// `QueueDeletedRecently`.
pub(super) fn create_queue(
    input: CreateInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<QueueUrl, ServiceError> {
    let name = input.queue_name.ok_or_else(|| missing("QueueName"))?;
    let is_fifo = match input.attributes.get("FifoQueue") {
        None => false,
        Some(value) if boolean("FifoQueue", value)? => true,
        Some(_) => return Err(unknown("FifoQueue")),
    };
    check_name(&name, is_fifo)?;
    let known: Option<Queue> = tx.get(&call.scope, QUEUES, &name)?;
    if let Some(queue) = known {
        check_same(&queue, &input.attributes, call, tx)?;
    } else {
        queue::name_has_rested(&name, call, tx)?;
        check_tags(&input.tags, &name)?;
        let mut queue = Queue {
            arn: queue::arn(&call.scope, &name),
            created_ms: call.now_ms,
            modified_ms: call.now_ms,
            purged_ms: None,
            settings: Settings {
                fifo: is_fifo.then(Fifo::default),
                ..Settings::default()
            },
            tags: input.tags,
            name: name.clone(),
        };
        let settings = changed(&queue, &input.attributes, &call.scope, tx)?;
        queue.set(settings, &call.scope, tx)?;
    }
    Ok(QueueUrl {
        queue_url: queue::url(call, &name),
    })
}

fn check_name(name: &str, is_fifo: bool) -> Result<(), ServiceError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let stem = if is_fifo {
        name.strip_suffix(".fifo").unwrap_or_default()
    } else {
        name
    };
    if (1..=80).contains(&name.len()) && !stem.is_empty() && stem.bytes().all(allowed) {
        return Ok(());
    }
    Err(refused(if is_fifo {
        "The name of a FIFO queue can only include alphanumeric characters, hyphens, or \
         underscores, must end with .fifo suffix and be 1 to 80 in length."
    } else {
        "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
    }))
}

fn check_same(
    queue: &Queue,
    attributes: &BTreeMap<String, String>,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    let old = shown(&queue.settings);
    let new = shown(&changed(queue, attributes, &call.scope, tx)?);
    let differs = |name: &&String| old.get(*name) != new.get(*name);
    match attributes.keys().find(differs) {
        None => Ok(()),
        Some(name) => Err(error(
            "QueueNameExists",
            format!(
                "A queue already exists with the same name and a different value for attribute \
                 {name}"
            ),
        )),
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OneQueue {
    pub(super) queue_url: Option<String>,
}

/// Deletes a queue and its messages.
pub(super) fn delete_queue(
    input: OneQueue,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    queue::find(input.queue_url.as_deref(), call, tx)?.delete(call, tx)
}

/// Deletes a queue's messages, at once, and forgets which were sent.
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
    queue.backlog(call, tx).clear()?;
    queue.purged_ms = Some(call.now_ms);
    queue.save(&call.scope, tx)
}
