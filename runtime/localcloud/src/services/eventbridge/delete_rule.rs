//! `DeleteRule`: refused while the rule has targets; a rule that is not there is deleted already.

use serde::Deserialize;
use serde_json::{Value, json};

use super::rule::{self, RULES};
use super::{bus, error, schedule, target};
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

pub(super) fn delete_rule(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut constraints = Constraints::new();
    let name = constraints.required("name", input.name);
    rule::check_name(&mut constraints, "name", &name);
    constraints.check(error::VALIDATION)?;
    let bus = bus::named(call, input.event_bus_name.as_deref())?;
    bus::require(&call.scope, tx, &bus)?;
    let key = rule::key(&bus, &name);
    if !target::of_rule(&call.scope, tx, &key)?.is_empty() {
        return Err(error::validation(
            "Rule can't be deleted since it has targets.",
        ));
    }
    tx.delete(&call.scope, RULES, &key)?;
    schedule::forget(&bus, &name, &call.scope, tx)?;
    Ok(json!({}))
}
