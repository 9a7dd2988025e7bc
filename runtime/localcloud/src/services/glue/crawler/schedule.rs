//! When a crawler starts by itself: `StartCrawlerSchedule`, `StopCrawlerSchedule`,
//! `UpdateCrawlerSchedule`.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Crawler, State, error, require, run};
use crate::error::ServiceError;
use crate::request::Call;
use crate::schedule::{self, Dialect};
use crate::services::constraints::Constraints;
use crate::store::Tx;

/// Work: a crawler starts by its schedule.
pub(crate) const SCHEDULE: &str = "glue.crawler-schedule";

/// Stored and shown alike.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Schedule {
    schedule_expression: String,
    state: ScheduleState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum ScheduleState {
    Scheduled,
    NotScheduled,
}

impl Schedule {
    /// A schedule that is on: `cron(15 12 * * ? *)`, in UTC.
    ///
    /// # Errors
    /// `InvalidInputException` for what is no cron expression.
    pub(super) fn new(schedule_expression: String) -> Result<Self, ServiceError> {
        let schedule = Self {
            schedule_expression,
            state: ScheduleState::Scheduled,
        };
        schedule.cron()?;
        Ok(schedule)
    }

    fn cron(&self) -> Result<schedule::Schedule, ServiceError> {
        match schedule::Schedule::parse(&self.schedule_expression, Dialect::Rules) {
            Ok(cron @ schedule::Schedule::Cron(_)) => Ok(cron),
            _ => Err(error::invalid(format!(
                "Schedule expression {} is not valid.",
                self.schedule_expression
            ))),
        }
    }

    /// Its first moment later than this; none if there is none any more.
    fn next_ms(&self, after_ms: i64) -> Result<Option<i64>, ServiceError> {
        let cron = self.cron()?;
        Ok(cron.next_after(after_ms, after_ms, &TimeZone::UTC))
    }
}

/// Puts the crawler down, and the work of its schedule: from now on it starts when the schedule says.
pub(super) fn plan(
    crawler: &mut Crawler,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    crawler.save(call, tx)?;
    let schedule = crawler.schedule.as_ref();
    let on = schedule.filter(|schedule| schedule.state == ScheduleState::Scheduled);
    match on
        .map(|schedule| schedule.next_ms(call.now_ms))
        .transpose()?
        .flatten()
    {
        Some(at_ms) => tx.schedule(at_ms, SCHEDULE, &crawler.name, &call.scope, &()),
        None => tx
            .unschedule(SCHEDULE, &crawler.name, &call.scope)
            .map(drop),
    }
}

/// The schedule's moment has come. A crawler that is still running from before is left alone.
pub(super) fn fire(mut crawler: Crawler, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
    plan(&mut crawler, call, tx)?;
    match crawler.state {
        State::Ready => run::begin(crawler, call, tx),
        State::Running | State::Stopping => Ok(()),
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in super::super) struct Input {
    crawler_name: Option<String>,
    schedule: Option<String>,
}

impl Input {
    fn crawler(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<Crawler, ServiceError> {
        let mut constraints = Constraints::new();
        let name = constraints.required("crawlerName", self.crawler_name.clone());
        constraints.length("crawlerName", Some(&name), 1, 255);
        constraints.check(error::INVALID_INPUT)?;
        require(call, tx, &name)
    }
}

pub(in super::super) fn update(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut crawler = input.crawler(call, tx)?;
    let expression = input.schedule.filter(|expression| !expression.is_empty());
    crawler.schedule = expression.map(Schedule::new).transpose()?;
    crawler.version += 1;
    crawler.updated_ms = call.now_ms;
    plan(&mut crawler, call, tx)?;
    Ok(json!({}))
}

fn switch(
    input: &Input,
    to: ScheduleState,
    refusal: &'static str,
    why: &str,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut crawler = input.crawler(call, tx)?;
    let name = crawler.name.clone();
    let refused = |code, why: &str| {
        ServiceError::bad_request(code, format!("The schedule of crawler {name} {why}."))
    };
    match &mut crawler.schedule {
        None => {
            return Err(ServiceError::bad_request(
                "NoScheduleException",
                format!("Crawler {name} has no schedule."),
            ));
        }
        Some(schedule) if schedule.state == to => return Err(refused(refusal, why)),
        Some(schedule) => schedule.state = to,
    }
    plan(&mut crawler, call, tx)?;
    Ok(json!({}))
}

pub(in super::super) fn start(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let code = "SchedulerRunningException";
    let to = ScheduleState::Scheduled;
    switch(&input, to, code, "is already running", call, tx)
}

pub(in super::super) fn stop(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let code = "SchedulerNotRunningException";
    let to = ScheduleState::NotScheduled;
    switch(&input, to, code, "is not running", call, tx)
}
