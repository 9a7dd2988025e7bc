//! `DescribeRule`.

use serde::{Deserialize, Serialize};

use super::rule::{self, Rule};
use super::{bus, error};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    name: Option<String>,
    event_bus_name: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    #[serde(flatten)]
    rule: Rule,
    created_by: String,
}

pub(super) fn describe_rule(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Output, ServiceError> {
    let mut constraints = Constraints::new();
    let name = constraints.required("name", input.name);
    rule::check_name(&mut constraints, "name", &name);
    constraints.check(error::VALIDATION)?;
    let bus = bus::named(call, input.event_bus_name.as_deref())?;
    Ok(Output {
        rule: rule::require(&call.scope, tx, &bus, &name)?,
        created_by: call.scope.account.clone(),
    })
}
