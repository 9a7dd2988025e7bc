//! `ListRuleNamesByTarget`, in the order of the names.

use serde::{Deserialize, Serialize};

use super::{bus, error, target};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::services::paging;
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    target_arn: Option<String>,
    event_bus_name: Option<String>,
    next_token: Option<String>,
    limit: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    rule_names: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

pub(super) fn list_rule_names_by_target(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Output, ServiceError> {
    let mut constraints = Constraints::new();
    let arn = constraints.required("targetArn", input.target_arn);
    constraints.length("targetArn", Some(&arn), 1, 1600);
    constraints.range("limit", input.limit, 1, 100);
    constraints.check(error::VALIDATION)?;
    let bus = bus::named(call, input.event_bus_name.as_deref())?;
    bus::require(&call.scope, tx, &bus)?;
    let (rule_names, next_token) = paging::slice(
        &format!("{bus}\n{arn}"),
        target::rules_with(&call.scope, tx, &bus, &arn)?,
        input.next_token.as_deref(),
        input.limit.map_or(100, |limit| limit as usize),
        error::bad_token,
    )?;
    Ok(Output {
        rule_names,
        next_token,
    })
}
