//! `UpdateResourceShare`: its name, and whether outsiders may be in it.

use serde::Deserialize;
use serde_json::{Value, json};

use super::association::{self, Kind};
use super::create_resource_share::check_name;
use super::{error, idempotency, share};
use crate::error::ServiceError;
use crate::request::Call;
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    #[serde(default)]
    resource_share_arn: String,
    name: Option<String>,
    allow_external_principals: Option<bool>,
    client_token: Option<String>,
}

pub(super) fn update_resource_share(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let token = input.client_token.clone();
    idempotency::once(call, tx, token.as_deref(), || update(input, call, tx))
}

fn update(input: Input, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let mut share = share::require_own(&call.scope, tx, &input.resource_share_arn)?;
    if let Some(name) = input.name {
        check_name(&name)?;
        share.name = name;
    }
    if let Some(allowed) = input.allow_external_principals {
        if !allowed && has_outsiders(tx, &share, call.now_ms)? {
            return Err(error::not_permitted(
                "The resource share has external principals: disassociate them first.",
            ));
        }
        share.allow_external = allowed;
    }
    share.updated_ms = call.now_ms;
    share.save(tx)?;
    Ok(json!({"resourceShare": share.show(call.now_ms)}))
}

fn has_outsiders(tx: &Tx<'_>, share: &share::Share, now_ms: i64) -> Result<bool, ServiceError> {
    for principal in association::of_share(tx, Kind::Principal, share)? {
        if principal.external && principal.standing(tx, share, now_ms)?.status.is_live() {
            return Ok(true);
        }
    }
    Ok(false)
}
