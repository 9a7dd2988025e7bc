//! How other services of the embedded cloud put messages into queues.

use std::collections::BTreeMap;

use super::backlog::Backlog;
use super::content::size;
use super::message::{Attribute, Message};
use super::queue::find_by_arn;
use super::send_message::put_once;
use crate::cloud::CloudInner;
use crate::error::ServiceError;
use crate::store::Tx;

/// A message that a service puts into a queue.
#[derive(Debug, Clone, Default)]
pub(crate) struct Delivery<'a> {
    pub(crate) queue_arn: &'a str,
    pub(crate) body: String,
    pub(crate) attributes: BTreeMap<String, Attribute>,
    /// A FIFO queue wants one.
    pub(crate) group: Option<&'a str>,
    /// A FIFO queue that does not deduplicate by content wants one.
    pub(crate) deduplication_id: Option<&'a str>,
}

/// Puts a message into the queue of any account, within the caller's transaction, and wakes the
/// queue's long polls when that commits. `false` if there is no such queue, or if it is a FIFO queue:
/// those want a message group. The queue's policy is not evaluated, its delay and its largest size
/// are.
pub fn deliver(
    tx: &Tx<'_>,
    cloud: &CloudInner,
    queue_arn: &str,
    body: String,
    now_ms: i64,
) -> Result<bool, ServiceError> {
    deliver_with(tx, cloud, queue_arn, body, BTreeMap::new(), now_ms)
}

/// The same with message attributes.
pub(crate) fn deliver_with(
    tx: &Tx<'_>,
    cloud: &CloudInner,
    queue_arn: &str,
    body: String,
    attributes: BTreeMap<String, Attribute>,
    now_ms: i64,
) -> Result<bool, ServiceError> {
    let delivery = Delivery {
        queue_arn,
        body,
        attributes,
        ..Delivery::default()
    };
    deliver_to(tx, cloud, delivery, now_ms)
}

/// The same to any queue, FIFO queues too: `false` also if such a queue lacks what it wants. A
/// duplicate is accepted and not put in again.
pub(crate) fn deliver_to(
    tx: &Tx<'_>,
    cloud: &CloudInner,
    delivery: Delivery<'_>,
    now_ms: i64,
) -> Result<bool, ServiceError> {
    let Some((scope, queue)) = find_by_arn(delivery.queue_arn, tx)? else {
        return Ok(false);
    };
    let settings = &queue.settings;
    if size(&delivery.body, &delivery.attributes) > settings.maximum_size as usize {
        return Ok(false);
    }
    if let Some(fifo) = &settings.fifo
        && (delivery.group.is_none()
            || !(fifo.content_based || delivery.deduplication_id.is_some()))
    {
        return Ok(false);
    }
    let mut message = Message::new(
        cloud,
        delivery.body,
        delivery.attributes,
        // AWS shows the unique id of the service's role here.
        scope.account.clone(),
        now_ms,
        now_ms + i64::from(settings.delay) * 1_000,
    );
    message.group = delivery.group.map(str::to_owned);
    if queue.is_fifo() {
        message.deduplication_id = delivery.deduplication_id.map(str::to_owned);
    }
    let backlog = Backlog {
        queue: &queue,
        scope: &scope,
        tx,
        now_ms,
    };
    put_once(message, &backlog)?;
    Ok(true)
}
