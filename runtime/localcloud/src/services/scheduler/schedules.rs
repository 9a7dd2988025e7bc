//! `CreateSchedule`, `GetSchedule`, `UpdateSchedule`, `DeleteSchedule`, `ListSchedules`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::definition::{Input, check_dates};
use super::group::{self, DEFAULT};
use super::schedule::{self, SCHEDULES, Schedule, State};
use super::{error, token};
use crate::error::ServiceError;
use crate::protocol::rest_json;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::services::paging::{self, Listing};
use crate::store::Tx;

pub(super) fn create(
    mut input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let token = input.client_token.take();
    let wanted = input.define(call)?;
    token::once(token.as_deref(), call, tx, || {
        check_dates(&wanted, call.now_ms)?;
        group::require(&wanted.group_name, call, tx)?;
        if schedule::find(&wanted.group_name, &wanted.name, &call.scope, tx)?.is_some() {
            return Err(error::conflict(format!(
                "Schedule {} already exists.",
                wanted.name
            )));
        }
        wanted.save(call.now_ms, &call.scope, tx)?;
        Ok(json!({"ScheduleArn": wanted.arn}))
    })
}

/// Replaces all of a schedule: what the request does not say has its default afterwards. A rate
/// without a start begins anew.
pub(super) fn update(
    mut input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let token = input.client_token.take();
    let mut wanted = input.define(call)?;
    token::once(token.as_deref(), call, tx, || {
        let known = schedule::require(&wanted.group_name, &wanted.name, &call.scope, tx)?;
        if (wanted.start_date, wanted.end_date) != (known.start_date, known.end_date) {
            check_dates(&wanted, call.now_ms)?;
        }
        wanted.creation_date = known.creation_date;
        wanted.save(call.now_ms, &call.scope, tx)?;
        Ok(json!({"ScheduleArn": wanted.arn}))
    })
}

#[derive(Debug, Deserialize)]
pub(super) struct One {
    #[serde(rename = "Name")]
    name: String,
    #[serde(rename = "groupName")]
    group_name: Option<String>,
    #[serde(rename = "clientToken")]
    client_token: Option<String>,
}

impl One {
    fn find(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<Schedule, ServiceError> {
        let mut constraints = Constraints::new();
        group::check_name(&mut constraints, "name", Some(&self.name));
        group::check_name(&mut constraints, "groupName", self.group_name.as_deref());
        constraints.check(error::VALIDATION)?;
        let group = self.group_name.as_deref().unwrap_or(DEFAULT);
        schedule::require(group, &self.name, &call.scope, tx)
    }
}

pub(super) fn get(input: One, call: &Call<'_>, tx: &Tx<'_>) -> Result<Schedule, ServiceError> {
    input.find(call, tx)
}

pub(super) fn delete(input: One, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    token::once(input.client_token.as_deref(), call, tx, || {
        input.find(call, tx)?.delete(&call.scope, tx)?;
        Ok(json!({}))
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct List {
    schedule_group: Option<String>,
    name_prefix: Option<String>,
    state: Option<String>,
    next_token: Option<String>,
    #[serde(default, deserialize_with = "rest_json::from_text")]
    max_results: Option<i64>,
}

pub(super) fn list(input: List, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let (group, prefix) = (
        input.schedule_group.as_deref(),
        input.name_prefix.as_deref(),
    );
    let mut constraints = Constraints::new();
    group::check_name(&mut constraints, "groupName", group);
    group::check_name(&mut constraints, "namePrefix", prefix);
    constraints.one_of("state", input.state.as_deref(), &["ENABLED", "DISABLED"]);
    constraints.range("maxResults", input.max_results, 1, 100);
    constraints.length("nextToken", input.next_token.as_deref(), 1, 2048);
    constraints.check(error::VALIDATION)?;
    let prefix = prefix.unwrap_or_default();
    let keys = match group {
        Some(group) => schedule::key(&group::require(group, call, tx)?.name, prefix),
        None => String::new(),
    };
    let state = input.state.map(|state| match state.as_str() {
        "DISABLED" => State::Disabled,
        _ => State::Enabled,
    });
    let listing = Listing {
        scope: &call.scope,
        collection: SCHEDULES,
        prefix: &keys,
    };
    let limit = usize::try_from(input.max_results.unwrap_or(100)).unwrap_or(100);
    let (schedules, next) = paging::page(
        tx,
        listing,
        input.next_token.as_deref(),
        limit,
        error::bad_token,
        |schedule: &Schedule| {
            schedule.name.starts_with(prefix) && state.is_none_or(|state| schedule.state == state)
        },
    )?;
    let shown: Vec<Value> = schedules.iter().map(summary).collect();
    let mut answer = json!({"Schedules": shown});
    if let Some(next) = next {
        answer["NextToken"] = next.into();
    }
    Ok(answer)
}

fn summary(schedule: &Schedule) -> Value {
    json!({
        "Arn": schedule.arn,
        "CreationDate": schedule.creation_date,
        "GroupName": schedule.group_name,
        "LastModificationDate": schedule.last_modification_date,
        "Name": schedule.name,
        "State": schedule.state,
        "Target": {"Arn": schedule.target.arn},
    })
}
