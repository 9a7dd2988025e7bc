//! `CreateEventBus`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::bus::{BUSES, Bus, DEFAULT};
use super::tags::{self, Tag};
use super::{arn, error};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::store::Tx;

/// Custom buses per account and region, the quota's default.
const MAX_BUSES: u64 = 100;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    name: Option<String>,
    event_source_name: Option<String>,
    description: Option<String>,
    kms_key_identifier: Option<String>,
    dead_letter_config: Option<Value>,
    log_config: Option<Value>,
    #[serde(default)]
    tags: Vec<Tag>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    event_bus_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kms_key_identifier: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dead_letter_config: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    log_config: Option<Value>,
}

pub(super) fn create_event_bus(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Output, ServiceError> {
    let mut constraints = Constraints::new();
    let name = constraints.required("name", input.name);
    constraints.length("name", Some(&name), 1, 256);
    constraints.pattern("name", Some(&name), r"[/\.\-_A-Za-z0-9]+");
    constraints.length("description", input.description.as_deref(), 0, 512);
    constraints.check(error::VALIDATION)?;
    if let Some(source) = input.event_source_name {
        return Err(error::not_found(format!(
            "Event source {source} does not exist."
        )));
    }
    if name.contains('/') {
        return Err(error::validation("Event bus name must not contain '/'."));
    }
    let bus = Bus {
        name: name.clone(),
        description: input.description,
        kms_key_identifier: input.kms_key_identifier,
        dead_letter_config: input.dead_letter_config,
        log_config: input.log_config,
        policy: None,
        created_ms: call.now_ms,
        modified_ms: call.now_ms,
    };
    if name == DEFAULT || !tx.insert(&call.scope, BUSES, &name, &bus)? {
        return Err(ServiceError::bad_request(
            "ResourceAlreadyExistsException",
            format!("Event bus {name} already exists."),
        ));
    }
    if tx.count(&call.scope, BUSES, "", "\u{10ffff}")? > MAX_BUSES {
        return Err(ServiceError::bad_request(
            "LimitExceededException",
            "The requested resource exceeds the maximum number allowed.",
        ));
    }
    let arn = arn::of_bus(&call.scope, &name);
    tags::set(&call.scope, tx, &arn, input.tags)?;
    Ok(Output {
        event_bus_arn: arn,
        description: bus.description,
        kms_key_identifier: bus.kms_key_identifier,
        dead_letter_config: bus.dead_letter_config,
        log_config: bus.log_config,
    })
}
