//! A schedule, as it is stored under `<group>/<name>`, and shown by `GetSchedule`.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::target::Target;
use super::{error, firing};
use crate::error::ServiceError;
use crate::schedule::{Dialect, Schedule as Expression, zone};
use crate::services::paging::{self, Listing};
use crate::store::{Scope, Tx};

pub(super) const SCHEDULES: &str = "scheduler.schedules";

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Schedule {
    pub(super) arn: String,
    pub(super) name: String,
    pub(super) group_name: String,
    pub(super) schedule_expression: String,
    pub(super) schedule_expression_timezone: String,
    /// Seconds since the Unix epoch, as all dates here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) start_date: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) end_date: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<String>,
    pub(super) state: State,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) kms_key_arn: Option<String>,
    pub(super) target: Target,
    pub(super) flexible_time_window: FlexibleTimeWindow,
    pub(super) action_after_completion: Action,
    pub(super) creation_date: f64,
    pub(super) last_modification_date: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum State {
    Enabled,
    Disabled,
}

/// What becomes of a schedule whose last invocation is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum Action {
    None,
    Delete,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct FlexibleTimeWindow {
    pub(super) mode: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) maximum_window_in_minutes: Option<i64>,
}

impl Schedule {
    pub(super) fn key(&self) -> String {
        key(&self.group_name, &self.name)
    }

    /// The expression and its zone; both were checked when the schedule was put.
    pub(super) fn expression(&self) -> Result<(Expression, TimeZone), ServiceError> {
        let text = &self.schedule_expression;
        let expression = Expression::parse(text, Dialect::Scheduler)
            .map_err(|_| error::validation(format!("Invalid Schedule Expression {text}.")))?;
        let name = &self.schedule_expression_timezone;
        let zone = zone(name).ok_or_else(|| {
            error::validation(format!("Invalid Schedule Expression Timezone {name}."))
        })?;
        Ok((expression, zone))
    }

    /// Stores the schedule, which fires from now on as it says.
    pub(super) fn save(&self, now_ms: i64, scope: &Scope, tx: &Tx<'_>) -> Result<(), ServiceError> {
        tx.put(scope, SCHEDULES, &self.key(), self)?;
        firing::arrange(self, now_ms, scope, tx)
    }

    /// Deletes the schedule. Invocations that failed before are still tried again.
    pub(super) fn delete(&self, scope: &Scope, tx: &Tx<'_>) -> Result<(), ServiceError> {
        tx.unschedule(firing::INVOKE, &self.key(), scope)?;
        tx.delete(scope, SCHEDULES, &self.key()).map(|_| ())
    }
}

pub(super) fn key(group: &str, name: &str) -> String {
    format!("{group}/{name}")
}

pub(super) fn arn(scope: &Scope, group: &str, name: &str) -> String {
    format!(
        "arn:aws:scheduler:{}:{}:schedule/{group}/{name}",
        scope.region, scope.account
    )
}

pub(super) fn find(
    group: &str,
    name: &str,
    scope: &Scope,
    tx: &Tx<'_>,
) -> Result<Option<Schedule>, ServiceError> {
    tx.get(scope, SCHEDULES, &key(group, name))
}

pub(super) fn require(
    group: &str,
    name: &str,
    scope: &Scope,
    tx: &Tx<'_>,
) -> Result<Schedule, ServiceError> {
    find(group, name, scope, tx)?
        .ok_or_else(|| error::not_found(format!("Schedule {name} does not exist.")))
}

pub(super) fn of_group(
    group: &str,
    scope: &Scope,
    tx: &Tx<'_>,
) -> Result<Vec<Schedule>, ServiceError> {
    paging::all(
        tx,
        Listing {
            scope,
            collection: SCHEDULES,
            prefix: &key(group, ""),
        },
    )
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "moments fit; what does not is clamped"
)]
pub(super) fn milliseconds(date: f64) -> i64 {
    (date * 1000.0).round() as i64
}
