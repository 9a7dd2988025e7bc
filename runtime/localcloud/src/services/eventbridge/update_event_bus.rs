//! `UpdateEventBus`: what the request does not name stays.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{arn, bus, error};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    name: Option<String>,
    description: Option<String>,
    kms_key_identifier: Option<String>,
    dead_letter_config: Option<Value>,
    log_config: Option<Value>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    arn: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kms_key_identifier: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dead_letter_config: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    log_config: Option<Value>,
}

pub(super) fn update_event_bus(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Output, ServiceError> {
    let mut constraints = Constraints::new();
    constraints.length("description", input.description.as_deref(), 0, 512);
    constraints.check(error::VALIDATION)?;
    let name = bus::named(call, input.name.as_deref())?;
    let mut bus = bus::require(&call.scope, tx, &name)?;
    bus.description = input.description.or(bus.description);
    bus.kms_key_identifier = input.kms_key_identifier.or(bus.kms_key_identifier);
    bus.dead_letter_config = input.dead_letter_config.or(bus.dead_letter_config);
    bus.log_config = input.log_config.or(bus.log_config);
    bus.modified_ms = call.now_ms;
    bus.save(&call.scope, tx)?;
    Ok(Output {
        arn: arn::of_bus(&call.scope, &name),
        name,
        description: bus.description,
        kms_key_identifier: bus.kms_key_identifier,
        dead_letter_config: bus.dead_letter_config,
        log_config: bus.log_config,
    })
}
