//! From a bus through its rules to their targets.

use serde_json::Value;

use super::attempt::Invocation;
use super::envelope::Envelope;
use super::pattern::Event;
use super::rule::Rule;
use super::target::{self, Target};
use super::{archive, arn, bus, compiled, input, retry};
use crate::error::ServiceError;
use crate::request::Call;
use crate::store::{Scope, Tx};

/// An event on a bus.
#[derive(Debug, Clone, Copy)]
pub(super) struct Incoming<'e> {
    /// As rules see it.
    pub(super) event: &'e Value,
    /// Milliseconds since the Unix epoch: when the event came to its first bus.
    pub(super) ingested_ms: i64,
    pub(super) origin: Origin<'e>,
}

/// How an event came to a bus.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Origin<'e> {
    Sent,
    /// By a rule of another bus: it goes to no third bus, as on AWS, so nothing goes in circles.
    Forwarded,
    /// Out of an archive, only to these rules if there are any: it is not archived again.
    Replayed(&'e [String]),
}

/// Hands the event to the targets of every rule on the bus that is enabled and matches, and to the
/// bus's archives. `false` if there is no such bus.
pub(super) fn deliver(
    scope: &Scope,
    bus: &str,
    incoming: Incoming<'_>,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<bool, ServiceError> {
    if bus::find(scope, tx, bus)?.is_none() {
        return Ok(false);
    }
    let archives = match incoming.origin {
        Origin::Replayed(_) => Vec::new(),
        Origin::Sent | Origin::Forwarded => archive::of_bus(scope, bus, tx)?,
    };
    let rules = compiled::of_bus(scope, tx, call.cloud, bus)?;
    let source = incoming.event["source"].as_str().unwrap_or_default();
    if archives.is_empty() && !rules.can_match(source) {
        return Ok(true);
    }
    let event = Event::new(&incoming.event.to_string())
        .map_err(|error| ServiceError::internal(error.to_string()))?;
    archive::keep(scope, &archives, incoming, &event, call, tx)?;
    for rule in rules.matching(source, &event) {
        if let Origin::Replayed(only) = incoming.origin
            && !only.is_empty()
            && !only.contains(&rule.arn)
        {
            continue;
        }
        for target in target::of_rule(scope, tx, &rule.key())? {
            invoke(scope, target, rule, incoming, call, tx)?;
        }
    }
    Ok(true)
}

/// Hands the event to the targets of one rule, whatever its pattern: a schedule's event is no one
/// else's.
pub(super) fn fire(
    rule: &Rule,
    envelope: &Envelope,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    let event = envelope.to_value()?;
    let incoming = Incoming {
        event: &event,
        ingested_ms: call.now_ms,
        origin: Origin::Sent,
    };
    for target in target::of_rule(&call.scope, tx, &rule.key())? {
        invoke(&call.scope, target, rule, incoming, call, tx)?;
    }
    Ok(())
}

fn invoke(
    scope: &Scope,
    target: Target,
    rule: &Rule,
    incoming: Incoming<'_>,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    let is_bus = arn::named(&target.arn, "event-bus/").is_some();
    if is_bus && incoming.origin == Origin::Forwarded {
        tracing::debug!(target = target.arn, "an event goes to no third bus");
        return Ok(());
    }
    let body = if is_bus {
        // A bus gets the event, whatever else its target says.
        Some(incoming.event.to_string())
    } else {
        input::body(&target, incoming.event, incoming.ingested_ms, rule)
    };
    let has_body = body.is_some();
    let invocation = Invocation {
        rule_arn: rule.arn.clone(),
        body: body.unwrap_or_else(|| incoming.event.to_string()),
        target,
        first_ms: call.now_ms,
        ingested_ms: incoming.ingested_ms,
        retries: 0,
    };
    if has_body {
        retry::begin(scope, invocation, call, tx)
    } else {
        retry::give_up_untransformed(&invocation, call, tx)
    }
}
