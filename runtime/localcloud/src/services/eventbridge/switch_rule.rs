//! `EnableRule` and `DisableRule`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::rule::{self, RULES, State};
use super::{bus, error, schedule};
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

pub(super) fn enable_rule(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    switch(input, call, tx, State::Enabled)
}

pub(super) fn disable_rule(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    switch(input, call, tx, State::Disabled)
}

fn switch(input: Input, call: &Call<'_>, tx: &Tx<'_>, state: State) -> Result<Value, ServiceError> {
    let mut constraints = Constraints::new();
    let name = constraints.required("name", input.name);
    rule::check_name(&mut constraints, "name", &name);
    constraints.check(error::VALIDATION)?;
    let bus = bus::named(call, input.event_bus_name.as_deref())?;
    let mut rule = rule::require(&call.scope, tx, &bus, &name)?;
    rule.state = state;
    tx.put(&call.scope, RULES, &rule.key(), &rule)?;
    schedule::arrange(&rule, call.now_ms, &call.scope, tx)?;
    Ok(json!({}))
}
