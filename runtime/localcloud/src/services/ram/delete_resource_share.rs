//! `DeleteResourceShare`: everybody loses what the share gave. Open invitations are taken back.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{admit, idempotency, share};
use crate::error::ServiceError;
use crate::request::Call;
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    #[serde(default)]
    resource_share_arn: String,
    client_token: Option<String>,
}

pub(super) fn delete_resource_share(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    idempotency::once(call, tx, input.client_token.as_deref(), || {
        let mut share = share::require_own(&call.scope, tx, &input.resource_share_arn)?;
        admit::delete(tx, call, &mut share)?;
        Ok(json!({"returnValue": true}))
    })
}
