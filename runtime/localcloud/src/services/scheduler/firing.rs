//! When a schedule invokes its target.
//!
//! A rate without a start invokes at once and then at its intervals; with one, from the start on. A
//! flexible time window delays each invocation by a part of the window that follows from the
//! schedule's ARN and the moment, so that a run can be repeated. A moment that passed while the cloud
//! was closed, or over which its clock was stepped, is made up for, once. A single moment that was
//! past when the schedule was put is not.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::attempt::Attempt;
use super::schedule::{Action, SCHEDULES, Schedule, State, milliseconds};
use crate::cloud::CloudInner;
use crate::due::Due;
use crate::error::ServiceError;
use crate::schedule::Schedule as Expression;
use crate::store::{Scope, Tx};

/// The kind of due work that invokes a schedule's target; its id is the schedule's key.
pub(crate) const INVOKE: &str = "scheduler.invoke";

#[derive(Debug, Serialize, Deserialize)]
struct Firing {
    /// The schedule's moment; a flexible time window lies behind it.
    scheduled_ms: i64,
    /// What a rate counts from.
    anchor_ms: i64,
}

/// The schedule was put: from now on it fires as it says, or not at all.
pub(super) fn arrange(
    schedule: &Schedule,
    now_ms: i64,
    scope: &Scope,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    tx.unschedule(INVOKE, &schedule.key(), scope)?;
    if schedule.state == State::Disabled {
        return Ok(());
    }
    let start_ms = schedule.start_date.map(milliseconds);
    let anchor_ms = start_ms.unwrap_or(now_ms);
    let after_ms = match schedule.expression()?.0 {
        Expression::At(_) => now_ms.saturating_sub(1),
        Expression::Rate(_) => anchor_ms.max(now_ms).saturating_sub(1),
        Expression::Cron(_) => {
            start_ms.map_or(now_ms, |start_ms| now_ms.max(start_ms.saturating_sub(1)))
        }
    };
    await_next(schedule, after_ms, anchor_ms, scope, tx).map(|_| ())
}

/// `false` if there is no next invocation.
fn await_next(
    schedule: &Schedule,
    after_ms: i64,
    anchor_ms: i64,
    scope: &Scope,
    tx: &Tx<'_>,
) -> Result<bool, ServiceError> {
    let (expression, zone) = schedule.expression()?;
    let once = matches!(expression, Expression::At(_));
    let end_ms = schedule.end_date.map(milliseconds).filter(|_| !once);
    let next_ms = expression
        .next_after(after_ms, anchor_ms, &zone)
        .filter(|next_ms| end_ms.is_none_or(|end_ms| *next_ms < end_ms));
    let Some(scheduled_ms) = next_ms else {
        return Ok(false);
    };
    let firing = Firing {
        scheduled_ms,
        anchor_ms,
    };
    let at_ms = scheduled_ms.saturating_add(delay_ms(schedule, scheduled_ms));
    tx.schedule(at_ms, INVOKE, &schedule.key(), scope, &firing)?;
    Ok(true)
}

/// Less than the flexible time window.
fn delay_ms(schedule: &Schedule, scheduled_ms: i64) -> i64 {
    let Some(minutes) = schedule.flexible_time_window.maximum_window_in_minutes else {
        return 0;
    };
    let digest = Sha256::digest(format!("{}/{scheduled_ms}", schedule.arn));
    let number = digest
        .iter()
        .take(7)
        .fold(0, |number: i64, byte| number << 8 | i64::from(*byte));
    number % (minutes * 60_000)
}

/// Invokes the target of the schedule whose moment has come.
pub(crate) fn invoke(due: &Due, cloud: &CloudInner, tx: &Tx<'_>) -> Result<(), ServiceError> {
    let scope = due.scope();
    let Some(schedule) = tx.get::<Schedule>(&scope, SCHEDULES, &due.id)? else {
        return Ok(());
    };
    let Firing {
        scheduled_ms,
        anchor_ms,
    } = due.payload()?;
    Attempt::first(&schedule, scheduled_ms, due.at_ms, cloud).make(due, cloud, tx)?;
    let goes_on = await_next(&schedule, scheduled_ms, anchor_ms, &scope, tx)?;
    if !goes_on && schedule.action_after_completion == Action::Delete {
        schedule.delete(&scope, tx)?;
    }
    Ok(())
}
