//! What a request says of a schedule, checked.

use serde::Deserialize;

use super::schedule::{self, Action, FlexibleTimeWindow, Schedule, State, milliseconds};
use super::target::{self, TargetInput};
use super::{error, group};
use crate::error::ServiceError;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::schedule::Schedule as Expression;
use crate::services::constraints::Constraints;

/// How long ago a start may be: 5 minutes.
const LATE_START_MS: i64 = 300_000;
/// The year 10000, in seconds since the Unix epoch: moments behind it cannot be written.
const END_OF_TIME: f64 = 253_402_300_800.0;

/// The members of `CreateSchedule` and `UpdateSchedule`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    pub(super) name: String,
    group_name: Option<String>,
    schedule_expression: Option<String>,
    schedule_expression_timezone: Option<String>,
    start_date: Option<f64>,
    end_date: Option<f64>,
    description: Option<String>,
    state: Option<String>,
    kms_key_arn: Option<String>,
    target: Option<TargetInput>,
    flexible_time_window: Option<WindowInput>,
    action_after_completion: Option<String>,
    pub(super) client_token: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct WindowInput {
    mode: Option<String>,
    maximum_window_in_minutes: Option<i64>,
}

impl Input {
    /// The schedule that the request wants, as if it were new.
    pub(super) fn define(self, call: &Call<'_>) -> Result<Schedule, ServiceError> {
        let mut constraints = Constraints::new();
        group::check_name(&mut constraints, "name", Some(&self.name));
        group::check_name(&mut constraints, "groupName", self.group_name.as_deref());
        let expression = constraints.required("scheduleExpression", self.schedule_expression);
        constraints.length("scheduleExpression", Some(&expression), 1, 256);
        let timezone = self.schedule_expression_timezone;
        constraints.length("scheduleExpressionTimezone", timezone.as_deref(), 1, 50);
        constraints.length("description", self.description.as_deref(), 0, 512);
        let state = self.state.as_deref();
        constraints.one_of("state", state, &["ENABLED", "DISABLED"]);
        let action = self.action_after_completion.as_deref();
        constraints.one_of("actionAfterCompletion", action, &["NONE", "DELETE"]);
        constraints.length("kmsKeyArn", self.kms_key_arn.as_deref(), 1, 2048);
        constraints.pattern(
            "kmsKeyArn",
            self.kms_key_arn.as_deref(),
            r"^arn:aws(-[a-z]+)?:kms:[a-z0-9\-]+:\d{12}:(key|alias)\/[0-9a-zA-Z-_]*$",
        );
        let window = self.flexible_time_window;
        let window = window.map(|window| window.check(&mut constraints));
        let window = constraints.required("flexibleTimeWindow", window);
        let target = self.target.map(|target| target.check(&mut constraints));
        let target = constraints.required("target", target);
        constraints.check(error::VALIDATION)?;

        let now = epoch_seconds(call.now_ms);
        let group = self.group_name.unwrap_or_else(|| group::DEFAULT.to_owned());
        let schedule = Schedule {
            arn: schedule::arn(&call.scope, &group, &self.name),
            name: self.name,
            group_name: group,
            schedule_expression: expression,
            schedule_expression_timezone: timezone.unwrap_or_else(|| "UTC".to_owned()),
            start_date: self.start_date,
            end_date: self.end_date,
            description: self.description,
            state: match state {
                Some("DISABLED") => State::Disabled,
                _ => State::Enabled,
            },
            kms_key_arn: self.kms_key_arn,
            target,
            flexible_time_window: window,
            action_after_completion: match action {
                Some("DELETE") => Action::Delete,
                _ => Action::None,
            },
            creation_date: now,
            last_modification_date: now,
        };
        check(&schedule)?;
        Ok(schedule)
    }
}

impl WindowInput {
    fn check(self, constraints: &mut Constraints) -> FlexibleTimeWindow {
        let mode = constraints.required("flexibleTimeWindow.mode", self.mode);
        constraints.one_of("flexibleTimeWindow.mode", Some(&mode), &["OFF", "FLEXIBLE"]);
        let minutes = self.maximum_window_in_minutes;
        constraints.range(
            "flexibleTimeWindow.maximumWindowInMinutes",
            minutes,
            1,
            1440,
        );
        FlexibleTimeWindow {
            mode,
            maximum_window_in_minutes: minutes,
        }
    }
}

fn check(schedule: &Schedule) -> Result<(), ServiceError> {
    schedule.expression()?;
    let window = &schedule.flexible_time_window;
    match (window.mode.as_str(), window.maximum_window_in_minutes) {
        ("OFF", Some(_)) => {
            return Err(error::validation(
                "MaximumWindowInMinutes cannot be specified when the FlexibleTimeWindow mode is OFF.",
            ));
        }
        ("FLEXIBLE", None) => {
            return Err(error::validation(
                "MaximumWindowInMinutes must be specified when the FlexibleTimeWindow mode is FLEXIBLE.",
            ));
        }
        _ => {}
    }
    target::check(&schedule.target)
}

/// Checks the dates of a schedule, and of a recurring one that they come in their order; one that comes once ignores them.
pub(super) fn check_dates(schedule: &Schedule, now_ms: i64) -> Result<(), ServiceError> {
    for (name, date) in [
        ("StartDate", schedule.start_date),
        ("EndDate", schedule.end_date),
    ] {
        if date.is_some_and(|date| !(0.0..END_OF_TIME).contains(&date)) {
            return Err(error::validation(format!(
                "The {name} you specify must lie in the years from 1970 to 9999."
            )));
        }
    }
    if matches!(schedule.expression()?.0, Expression::At(_)) {
        return Ok(());
    }
    let start_ms = schedule.start_date.map(milliseconds);
    let end_ms = schedule.end_date.map(milliseconds);
    if start_ms.is_some_and(|start_ms| start_ms < now_ms - LATE_START_MS) {
        return Err(error::validation(
            "The StartDate you specify cannot be earlier than 5 minutes ago.",
        ));
    }
    if end_ms.is_some_and(|end_ms| end_ms <= now_ms) {
        return Err(error::validation(
            "The EndDate you specify must be later than the current time.",
        ));
    }
    if let (Some(start_ms), Some(end_ms)) = (start_ms, end_ms)
        && start_ms >= end_ms
    {
        return Err(error::validation(
            "The EndDate you specify must be later than the StartDate.",
        ));
    }
    Ok(())
}
