//! `CreateScheduleGroup`, `GetScheduleGroup`, `DeleteScheduleGroup`, `ListScheduleGroups`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::group::{self, DEFAULT, GROUPS, Group};
use super::tags::{self, Tag};
use super::{error, schedule, token};
use crate::error::ServiceError;
use crate::protocol::rest_json;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::services::paging::{self, Listing};
use crate::store::Tx;

/// Groups per account and region, the quota's default.
const MOST: u64 = 500;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Create {
    name: String,
    client_token: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
}

pub(super) fn create(input: Create, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let name = input.name;
    let mut constraints = Constraints::new();
    group::check_name(&mut constraints, "name", Some(&name));
    tags::check(&mut constraints, &input.tags);
    constraints.check(error::VALIDATION)?;
    token::once(input.client_token.as_deref(), call, tx, || {
        group::make_default(call, tx)?;
        let mut group = Group::new(&name, call.now_ms);
        tags::add(&mut group, input.tags)?;
        if !tx.insert(&call.scope, GROUPS, &name, &group)? {
            return Err(error::conflict(format!(
                "Schedule group {name} already exists."
            )));
        }
        if tx.count(&call.scope, GROUPS, "", "\u{7f}")? > MOST {
            return Err(error::quota(format!(
                "The limit of {MOST} schedule groups is reached."
            )));
        }
        Ok(json!({"ScheduleGroupArn": group::arn(&call.scope, &name)}))
    })
}

#[derive(Debug, Deserialize)]
pub(super) struct One {
    #[serde(rename = "Name")]
    name: String,
    #[serde(rename = "clientToken")]
    client_token: Option<String>,
}

impl One {
    fn check(&self) -> Result<(), ServiceError> {
        let mut constraints = Constraints::new();
        group::check_name(&mut constraints, "name", Some(&self.name));
        constraints.check(error::VALIDATION)
    }
}

pub(super) fn get(input: One, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    input.check()?;
    Ok(group::require(&input.name, call, tx)?.show(&call.scope))
}

/// Deletes a group with its schedules.
pub(super) fn delete(input: One, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    input.check()?;
    token::once(input.client_token.as_deref(), call, tx, || {
        if input.name == DEFAULT {
            return Err(error::validation(
                "The default schedule group cannot be deleted.",
            ));
        }
        let group = group::require(&input.name, call, tx)?;
        for schedule in schedule::of_group(&group.name, &call.scope, tx)? {
            schedule.delete(&call.scope, tx)?;
        }
        tx.delete(&call.scope, GROUPS, &group.name)?;
        Ok(json!({}))
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct List {
    name_prefix: Option<String>,
    next_token: Option<String>,
    #[serde(default, deserialize_with = "rest_json::from_text")]
    max_results: Option<i64>,
}

pub(super) fn list(input: List, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let mut constraints = Constraints::new();
    group::check_name(&mut constraints, "namePrefix", input.name_prefix.as_deref());
    constraints.range("maxResults", input.max_results, 1, 100);
    constraints.length("nextToken", input.next_token.as_deref(), 1, 2048);
    constraints.check(error::VALIDATION)?;
    group::make_default(call, tx)?;
    let listing = Listing {
        scope: &call.scope,
        collection: GROUPS,
        prefix: input.name_prefix.as_deref().unwrap_or_default(),
    };
    let limit = usize::try_from(input.max_results.unwrap_or(100)).unwrap_or(100);
    let (groups, next): (Vec<Group>, _) = paging::page(
        tx,
        listing,
        input.next_token.as_deref(),
        limit,
        error::bad_token,
        |_| true,
    )?;
    let shown: Vec<Value> = groups.iter().map(|group| group.show(&call.scope)).collect();
    let mut answer = json!({"ScheduleGroups": shown});
    if let Some(next) = next {
        answer["NextToken"] = next.into();
    }
    Ok(answer)
}
