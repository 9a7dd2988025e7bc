//! Payloads that stand in a field of their own (`ItemSelector`, `Credentials`, `BatchInput`).

use serde_json::Value;

use super::View;
use crate::document::Payload;
use crate::fault::Fault;
use crate::scope::Random;

impl Payload {
    /// The payload filled in. `field` names where it stands.
    pub(crate) fn eval(
        &self,
        field: &str,
        view: &View<'_>,
        random: &mut dyn Random,
    ) -> Result<Value, Fault> {
        match self {
            Payload::Template(template) => template
                .eval(view, random)
                .map_err(|error| Fault::expression(&error)),
            Payload::Jsonata(template) => Ok(template.eval(field, view, random)?),
        }
    }
}
