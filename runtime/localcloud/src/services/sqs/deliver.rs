//! How other services of the embedded cloud put messages into queues.

use std::collections::BTreeMap;

use super::message::{self, Attribute};
use super::queue::find_by_arn;
use crate::cloud::CloudInner;
use crate::error::ServiceError;
use crate::store::Tx;

/// Puts a message into the queue of any account, within the caller's transaction, and wakes the
/// queue's long polls when that commits. `false` if there is no such queue. The queue's policy is
/// not evaluated, its delay and its largest size are.
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
    let Some((scope, queue)) = find_by_arn(queue_arn, tx)? else {
        return Ok(false);
    };
    if body.len() > queue.settings.maximum_size as usize {
        return Ok(false);
    }
    let visible_ms = now_ms + i64::from(queue.settings.delay) * 1_000;
    message::new(
        cloud,
        body,
        attributes,
        // AWS shows the unique id of the service's role here.
        scope.account.clone(),
        now_ms,
        visible_ms,
    )
    .add(&queue, &scope, tx)?;
    Ok(true)
}
