//! `ListRules` of one bus, in the order of their names.

use serde::{Deserialize, Serialize};

use super::rule::{self, RULES, Rule};
use super::{bus, error};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::services::paging::{self, Listing};
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    name_prefix: Option<String>,
    event_bus_name: Option<String>,
    next_token: Option<String>,
    limit: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    rules: Vec<Rule>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

pub(super) fn list_rules(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Output, ServiceError> {
    let mut constraints = Constraints::new();
    constraints.range("limit", input.limit, 1, 100);
    constraints.check(error::VALIDATION)?;
    let bus = bus::named(call, input.event_bus_name.as_deref())?;
    bus::require(&call.scope, tx, &bus)?;
    let (rules, next_token) = paging::page(
        tx,
        Listing {
            scope: &call.scope,
            collection: RULES,
            prefix: &rule::key(&bus, input.name_prefix.as_deref().unwrap_or_default()),
        },
        input.next_token.as_deref(),
        input.limit.map_or(100, |limit| limit as usize),
        error::bad_token,
        |_| true,
    )?;
    Ok(Output { rules, next_token })
}
