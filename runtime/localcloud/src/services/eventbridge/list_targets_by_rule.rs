//! `ListTargetsByRule`, in the order of their ids.

use serde::{Deserialize, Serialize};

use super::target::{self, TARGETS, Target};
use super::{bus, error, rule};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::services::paging::{self, Listing};
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    rule: Option<String>,
    event_bus_name: Option<String>,
    next_token: Option<String>,
    limit: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    targets: Vec<Target>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

pub(super) fn list_targets_by_rule(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Output, ServiceError> {
    let mut constraints = Constraints::new();
    let name = constraints.required("rule", input.rule);
    rule::check_name(&mut constraints, "rule", &name);
    constraints.range("limit", input.limit, 1, 100);
    constraints.check(error::VALIDATION)?;
    let bus = bus::named(call, input.event_bus_name.as_deref())?;
    let rule = rule::require(&call.scope, tx, &bus, &name)?.key();
    let (targets, next_token) = paging::page(
        tx,
        Listing {
            scope: &call.scope,
            collection: TARGETS,
            prefix: &target::key(&rule, ""),
        },
        input.next_token.as_deref(),
        input.limit.map_or(100, |limit| limit as usize),
        error::bad_token,
        |_| true,
    )?;
    Ok(Output {
        targets,
        next_token,
    })
}
