//! From a FIFO topic to a queue that subscribed, in order.
//!
//! The messages of one group on their way to one subscription are a lane. Where the first of them has
//! to be tried again, the others wait behind it: none is delivered before those that were published
//! before it were, or were given up.
//!
//! Documents: `sns.waiting` under `<subscription ARN>/<group>`, a line feed (which no group has), and
//! the message's sequence number. A lane in which something waits has one piece of due work.

use serde::de::IgnoredAny;

use super::delivery::{Delivery, delay_ms, is_over};
use crate::cloud::CloudInner;
use crate::due::Due;
use crate::error::ServiceError;
use crate::request::Call;
use crate::store::{Scope, Tx};

/// The kind of the work that is due: one entry for a lane, whose id is the lane's.
pub(super) const KIND: &str = "sns.lane";
const WAITING: &str = "sns.waiting";
/// How many deliveries share a piece of work.
const AT_ONCE: usize = 100;

/// A message's place in its lane.
#[derive(Debug, Clone)]
pub(super) struct Turn<'a> {
    pub(super) subscription_arn: &'a str,
    pub(super) group: &'a str,
    /// 20 digits.
    pub(super) sequence_number: &'a str,
}

/// Delivers for the first time, or lets it wait behind what waits.
pub(super) fn begin(
    delivery: &Delivery,
    turn: &Turn<'_>,
    scope: &Scope,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    let lane = format!("{}/{}", turn.subscription_arn, turn.group);
    let key = format!("{}{}", prefix(&lane), turn.sequence_number);
    let waiting: Vec<(String, IgnoredAny)> = tx.scan(scope, WAITING, &prefix(&lane), None, 1)?;
    if !waiting.is_empty() {
        return tx.put(scope, WAITING, &key, delivery);
    }
    if is_over(delivery, scope, (call.now_ms, call.cloud), tx)? {
        return Ok(());
    }
    tx.put(scope, WAITING, &key, delivery)?;
    let at_ms = call.now_ms + delay_ms(delivery.retries);
    tx.schedule(at_ms, KIND, &lane, scope, &())
}

/// Delivers what waits in a lane, up to the first that has to be tried again.
pub(super) fn due(due: &Due, cloud: &CloudInner, tx: &Tx<'_>) -> Result<(), ServiceError> {
    let (scope, lane) = (due.scope(), &due.id);
    let waiting: Vec<(String, Delivery)> =
        tx.scan(&scope, WAITING, &prefix(lane), None, AT_ONCE)?;
    let is_whole = waiting.len() < AT_ONCE;
    for (at, (key, mut delivery)) in waiting.into_iter().enumerate() {
        if at == 0 {
            delivery.retries += 1;
        }
        if !is_over(&delivery, &scope, (due.at_ms, cloud), tx)? {
            tx.put(&scope, WAITING, &key, &delivery)?;
            let at_ms = due.at_ms + delay_ms(delivery.retries);
            return tx.schedule(at_ms, KIND, lane, &scope, &());
        }
        tx.delete(&scope, WAITING, &key)?;
    }
    if is_whole {
        return Ok(());
    }
    tx.schedule(due.at_ms, KIND, lane, &scope, &())
}

fn prefix(lane: &str) -> String {
    format!("{lane}\n")
}
