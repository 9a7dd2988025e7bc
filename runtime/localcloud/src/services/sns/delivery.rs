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
use crate::faults::{Before, FaultEffect};
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
    let at = (call.now_ms, call.cloud);
    if is_over(&delivery, scope, at, tx)? {
        return Ok(());
    }
    let at_ms = call.now_ms + delay_ms(delivery.retries);
    tx.schedule(at_ms, KIND, &call.cloud.uuid(), scope, &delivery)
}

/// Delivers again, when that is due.
pub(super) fn due(due: &Due, cloud: &CloudInner, tx: &Tx<'_>) -> Result<(), ServiceError> {
    let mut delivery: Delivery = due.payload()?;
    delivery.retries += 1;
    let scope = due.scope();
    if is_over(&delivery, &scope, (due.at_ms, cloud), tx)? {
        return Ok(());
    }
    let at_ms = due.at_ms + delay_ms(delivery.retries);
    tx.schedule(at_ms, KIND, &due.id, &scope, &delivery)
}

/// Tries once; `false` if it is to be tried again.
pub(super) fn is_over(
    delivery: &Delivery,
    scope: &Scope,
    (now_ms, cloud): (i64, &CloudInner),
    tx: &Tx<'_>,
) -> Result<bool, ServiceError> {
    let struck = cloud
        .faults
        .strike("sqs", "SendMessage", &scope.account, &cloud.ids);
    let before = match (&struck.effect, cloud.service("sqs")) {
        (Some(effect), Some(service)) => effect.before(service),
        _ => Before::GoOn,
    };
    let passes = match before {
        Before::GoOn => {
            let arrived = to_queue(&delivery.queue, delivery, now_ms, cloud, tx)?;
            if arrived && struck.effect != Some(FaultEffect::TimeoutAfter) {
                return Ok(true);
            }
            arrived
        }
        Before::Refuse(error) => {
            matches!(error.status, 429 | 500..) || error.code.contains("Throttl")
        }
        Before::Lose | Before::Reset | Before::Silence(_) => true,
    };
    if passes && delivery.retries < RETRIES {
        return Ok(false);
    }
    give_up(delivery, now_ms, cloud, tx)?;
    Ok(true)
}

/// How long after a try that failed the next one is, after so many retries: milliseconds.
pub(super) fn delay_ms(retries: u32) -> i64 {
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
