//! `DeleteEventBus`: refused while the bus has rules; a bus that is not there is deleted already.

use serde::Deserialize;
use serde_json::{Value, json};

use super::bus::{self, BUSES, DEFAULT};
use super::{arn, error, rule, tags};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    name: Option<String>,
}

pub(super) fn delete_event_bus(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut constraints = Constraints::new();
    let name = constraints.required("name", input.name);
    constraints.check(error::VALIDATION)?;
    let name = bus::named(call, Some(&name))?;
    if name == DEFAULT {
        return Err(error::validation("Cannot delete event bus default."));
    }
    if rule::count(&call.scope, tx, &name)? > 0 {
        return Err(error::validation(format!(
            "Event bus {name} can't be deleted since it has rules."
        )));
    }
    tx.delete(&call.scope, BUSES, &name)?;
    tags::forget(&call.scope, tx, &arn::of_bus(&call.scope, &name))?;
    Ok(json!({}))
}
