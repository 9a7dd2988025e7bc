//! Rules on a schedule, on the default bus. Times are UTC.
//!
//! A rule that is enabled has one piece of due work, for its next moment; doing it fires the rule and
//! puts the work for the moment after. A rate counts from when the rule was last put or enabled, and
//! comes first one interval later. A moment that passed while the cloud was closed, or over which its
//! clock was stepped, fires late, once, with its own time in the event.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::bus::DEFAULT;
use super::delivery;
use super::envelope::{Envelope, Sent};
use super::rule::{self, RULES, Rule, State};
use crate::cloud::CloudInner;
use crate::due::Due;
use crate::error::ServiceError;
use crate::schedule::{Dialect, Schedule};
use crate::store::{Scope, Tx};

/// The kind of due work that fires a rule; its id is the rule's name.
pub(crate) const FIRE: &str = "events.fire";

#[derive(Debug, Serialize, Deserialize)]
struct Firing {
    /// When the rule was put or enabled.
    anchor_ms: i64,
    /// The rule's moment, which work that failed is put off behind; older files lack it.
    moment_ms: Option<i64>,
}

/// Whether `PutRule` takes this expression.
pub(super) fn is_valid(expression: &str) -> bool {
    Schedule::parse(expression, Dialect::Rules).is_ok()
}

/// The rule was put, enabled or disabled: from now on it fires as it says, or not at all.
pub(super) fn arrange(
    rule: &Rule,
    now_ms: i64,
    scope: &Scope,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    if rule.event_bus_name != DEFAULT {
        return Ok(());
    }
    tx.unschedule(FIRE, &rule.name, scope)?;
    await_next(rule, now_ms, now_ms, scope, tx)
}

/// The rule is gone.
pub(super) fn forget(
    bus: &str,
    name: &str,
    scope: &Scope,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    if bus == DEFAULT {
        tx.unschedule(FIRE, name, scope)?;
    }
    Ok(())
}

fn await_next(
    rule: &Rule,
    after_ms: i64,
    anchor_ms: i64,
    scope: &Scope,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    let expression = rule.schedule_expression.as_deref();
    let schedule = expression.and_then(|text| Schedule::parse(text, Dialect::Rules).ok());
    let (Some(schedule), false) = (schedule, rule.state == State::Disabled) else {
        return Ok(());
    };
    match schedule.next_after(after_ms, anchor_ms, &TimeZone::UTC) {
        Some(moment_ms) => {
            let firing = Firing {
                anchor_ms,
                moment_ms: Some(moment_ms),
            };
            tx.schedule(moment_ms, FIRE, &rule.name, scope, &firing)
        }
        None => Ok(()),
    }
}

/// Fires the rule whose moment has come.
pub(crate) fn fire(due: &Due, cloud: &CloudInner, tx: &Tx<'_>) -> Result<(), ServiceError> {
    let scope = due.scope();
    let Some(rule) = tx.get::<Rule>(&scope, RULES, &rule::key(DEFAULT, &due.id))? else {
        return Ok(());
    };
    let Firing {
        anchor_ms,
        moment_ms,
    } = due.payload()?;
    let moment_ms = moment_ms.unwrap_or(due.at_ms);
    let sent = Sent {
        detail_type: "Scheduled Event".to_owned(),
        source: "aws.events".to_owned(),
        time_ms: moment_ms,
        resources: vec![rule.arn.clone()],
        detail: json!({}),
    };
    let envelope = Envelope::new(&scope, cloud.uuid(), sent);
    delivery::fire(&rule, &envelope, &due.call("events", cloud), tx)?;
    await_next(&rule, moment_ms, anchor_ms, &scope, tx)
}

#[cfg(test)]
mod tests;
