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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use serde_json::json;

    use crate::stage::{ACCOUNT, REGION, Stage};
    use crate::{Fault, FaultEffect, Times};

    #[test]
    fn the_deepest_event_is_archived_forwarded_tried_again_and_delivered() {
        let stage = Stage::new();
        let (url, queue) = stage.queue("q");
        let ask = |operation, input| stage.json("events", operation, input);
        let bus = |name| format!("arn:aws:events:{REGION}:{ACCOUNT}:event-bus/{name}");
        ask("CreateEventBus", json!({"Name": "second"}));
        for (from, target) in [("default", bus("second")), ("second", queue)] {
            let pattern = r#"{"source":["deep"]}"#;
            let rule = json!({"Name": "r", "EventBusName": from, "EventPattern": pattern});
            ask("PutRule", rule);
            let targets = json!([{"Id": "t", "Arn": target}]);
            let targets = json!({"Rule": "r", "EventBusName": from, "Targets": targets});
            ask("PutTargets", targets);
        }
        let archive = json!({"ArchiveName": "a", "EventSourceArn": bus("default")});
        ask("CreateArchive", archive);
        stage.cloud.faults().inject(Fault {
            operation: Some("SendMessage".to_owned()),
            times: Times::Count(1),
            ..Fault::once(FaultEffect::ServerError)
        });
        let detail = format!(r#"{{"a":{}{}}}"#, "[".repeat(126), "]".repeat(126));
        let entry = json!({"Source": "deep", "DetailType": "t", "Detail": detail});
        let put = ask("PutEvents", json!({"Entries": [entry]}));
        assert_eq!(put["FailedEntryCount"], 0, "{put}");
        stage.minutes(1);
        let bodies = stage.bodies(&url);
        assert_eq!(bodies.len(), 1);
        assert!(bodies[0].contains(&detail), "{}", bodies[0]);
        let archive = format!("arn:aws:events:{REGION}:{ACCOUNT}:archive/a");
        let replay = json!({
            "ReplayName": "again", "EventSourceArn": archive,
            "Destination": {"Arn": bus("default")},
            "EventStartTime": 1_769_860_000, "EventEndTime": 1_769_860_860,
        });
        ask("StartReplay", replay);
        stage.minutes(10);
        assert_eq!(stage.bodies(&url).len(), 1);
    }
}
