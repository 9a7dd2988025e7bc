//! From a topic to a queue that subscribed.
//!
//! A queue that is not there costs the message, or sends it to the subscription's dead-letter queue. A
//! fault that is injected for `sqs` is tried again by the clock, as SNS tries its AWS endpoints: 3
//! times at once, 2 times after a second, 10 times after up to 20 seconds, and then every 20 seconds
//! for 23 days.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::cloud::CloudInner;
use crate::due::Due;
use crate::error::ServiceError;
use crate::faults::FaultEffect;
use crate::request::Call;
use crate::services::sqs::{self, Attribute};
use crate::store::{Scope, Tx};

/// The kind of the work that is due: one entry for a delivery.
pub(super) const KIND: &str = "sns.retry";
const RETRIES: u32 = 100_015;

/// A message on its way to one queue.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Delivery {
    pub(super) queue: String,
    pub(super) body: String,
    pub(super) attributes: BTreeMap<String, Attribute>,
    pub(super) group: Option<String>,
    pub(super) deduplication_id: Option<String>,
    /// The subscription's `RedrivePolicy`.
    pub(super) redrive: Option<String>,
    pub(super) retries: u32,
}

/// Delivers for the first time, in the name of the topic's account.
pub(super) fn begin(
    delivery: Delivery,
    scope: &Scope,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    let cloud = call.cloud;
    go_on(delivery, None, scope, (call.now_ms, cloud), tx)
}

/// Delivers again, when that is due.
pub(super) fn due(due: &Due, cloud: &CloudInner, tx: &Tx<'_>) -> Result<(), ServiceError> {
    let mut delivery: Delivery = due.payload()?;
    delivery.retries += 1;
    let at = (due.at_ms, cloud);
    go_on(delivery, Some(&due.id), &due.scope(), at, tx)
}

fn go_on(
    delivery: Delivery,
    id: Option<&str>,
    scope: &Scope,
    (now_ms, cloud): (i64, &CloudInner),
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    let fault = cloud
        .faults
        .strike("sqs", "SendMessage", &scope.account, &cloud.ids)
        .effect
        .filter(|effect| *effect != FaultEffect::Pass);
    let arrives = matches!(fault, None | Some(FaultEffect::TimeoutAfter));
    if arrives && !to_queue(&delivery.queue, &delivery, now_ms, cloud, tx)? {
        return give_up(&delivery, now_ms, cloud, tx);
    }
    match fault {
        None => Ok(()),
        Some(FaultEffect::Error { status, .. }) if status < 500 && status != 429 => {
            give_up(&delivery, now_ms, cloud, tx)
        }
        Some(_) if delivery.retries >= RETRIES => give_up(&delivery, now_ms, cloud, tx),
        Some(_) => {
            let id = id.map_or_else(|| cloud.uuid(), str::to_owned);
            let at_ms = now_ms + delay_ms(delivery.retries);
            tx.schedule(at_ms, KIND, &id, scope, &delivery)
        }
    }
}

fn delay_ms(retries: u32) -> i64 {
    match retries {
        0..3 => 0,
        3..5 => 1_000,
        5..15 => (1_000 << (retries - 5)).min(20_000),
        _ => 20_000,
    }
}

fn to_queue(
    queue: &str,
    delivery: &Delivery,
    now_ms: i64,
    cloud: &CloudInner,
    tx: &Tx<'_>,
) -> Result<bool, ServiceError> {
    let delivery = sqs::Delivery {
        queue_arn: queue,
        body: delivery.body.clone(),
        attributes: delivery.attributes.clone(),
        group: delivery.group.as_deref(),
        deduplication_id: delivery.deduplication_id.as_deref(),
    };
    sqs::deliver_to(tx, cloud, delivery, now_ms)
}

fn give_up(
    delivery: &Delivery,
    now_ms: i64,
    cloud: &CloudInner,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    let redrive: Value = delivery
        .redrive
        .as_deref()
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default();
    let arrived = match redrive["deadLetterTargetArn"].as_str() {
        Some(queue) => to_queue(queue, delivery, now_ms, cloud, tx)?,
        None => false,
    };
    if !arrived {
        tracing::debug!(queue = delivery.queue, "a message was not delivered");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::delay_ms;

    #[test]
    fn delays_grow_to_twenty_seconds() {
        let delays: Vec<i64> = (0..12).map(delay_ms).collect();
        assert_eq!(
            delays,
            [
                0, 0, 0, 1_000, 1_000, 1_000, 2_000, 4_000, 8_000, 16_000, 20_000, 20_000
            ]
        );
        assert_eq!(delay_ms(50_000), 20_000);
    }
}
