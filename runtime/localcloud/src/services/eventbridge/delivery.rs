//! From a bus through its rules to their queues.

use super::bus;
use super::envelope::Envelope;
use super::pattern::{Event, Pattern};
use super::rule::{self, Rule, State};
use super::target::{self, Target};
use super::{arn, input};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::sqs;
use crate::store::Tx;

/// Hands the event to the queues of every rule on `bus` that is enabled and matches.
pub(super) fn deliver(
    bus: &str,
    envelope: &Envelope,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    if bus::find(&call.scope, tx, bus)?.is_none() {
        tracing::debug!(
            bus,
            id = envelope.id,
            "an event for a bus that does not exist"
        );
        return Ok(());
    }
    let value = serde_json::to_value(envelope)
        .map_err(|error| ServiceError::internal(format!("an event is not JSON: {error}")))?;
    let event = Event::new(&value.to_string())
        .map_err(|error| ServiceError::internal(error.to_string()))?;
    for rule in rule::on_bus(&call.scope, tx, bus)? {
        if !takes(&rule, &event) {
            continue;
        }
        for target in target::of_rule(&call.scope, tx, &rule.key())? {
            invoke(&target, &rule, &value, call, tx)?;
        }
    }
    Ok(())
}

/// Hands the event to the targets of one rule, whatever its pattern: a schedule's event is no one
/// else's.
pub(super) fn fire(
    rule: &Rule,
    envelope: &Envelope,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    let event = serde_json::to_value(envelope)
        .map_err(|error| ServiceError::internal(format!("an event is not JSON: {error}")))?;
    for target in target::of_rule(&call.scope, tx, &rule.key())? {
        invoke(&target, rule, &event, call, tx)?;
    }
    Ok(())
}

fn takes(rule: &Rule, event: &Event) -> bool {
    rule.state != State::Disabled
        && rule
            .event_pattern
            .as_deref()
            .is_some_and(|text| Pattern::new(text).is_ok_and(|pattern| pattern.matches(event)))
}

/// What cannot be delivered goes to the target's dead-letter queue, as it would have been sent.
fn invoke(
    target: &Target,
    rule: &Rule,
    event: &serde_json::Value,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    if !arn::is_queue(&target.arn) {
        tracing::debug!(target = target.arn, "a target that is not invoked");
        return Ok(());
    }
    let body = input::body(target, event, rule);
    if let Some(body) = &body {
        let delivery = sqs::Delivery {
            queue_arn: &target.arn,
            body: body.clone(),
            group: target
                .sqs_parameters
                .as_ref()
                .and_then(|parameters| parameters.message_group_id.as_deref()),
            ..sqs::Delivery::default()
        };
        if sqs::deliver_to(tx, call.cloud, delivery, call.now_ms)? {
            return Ok(());
        }
    }
    let dead_letters = target
        .dead_letter_config
        .as_ref()
        .and_then(|config| config.arn.as_deref());
    if let Some(queue) = dead_letters {
        let letter = body.unwrap_or_else(|| event.to_string());
        sqs::deliver(tx, call.cloud, queue, letter, call.now_ms)?;
    }
    Ok(())
}
