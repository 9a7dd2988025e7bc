//! `DescribeEventBus`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::bus::{self, Summary};
use crate::error::ServiceError;
use crate::request::Call;
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    name: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    #[serde(flatten)]
    summary: Summary,
    #[serde(skip_serializing_if = "Option::is_none")]
    kms_key_identifier: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dead_letter_config: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    log_config: Option<Value>,
}

pub(super) fn describe_event_bus(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Output, ServiceError> {
    let name = bus::named(call, input.name.as_deref())?;
    let bus = bus::require(&call.scope, tx, &name)?;
    Ok(Output {
        summary: bus.summary(&call.scope),
        kms_key_identifier: bus.kms_key_identifier,
        dead_letter_config: bus.dead_letter_config,
        log_config: bus.log_config,
    })
}
