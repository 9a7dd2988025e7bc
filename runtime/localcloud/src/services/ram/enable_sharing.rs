//! `EnableSharingWithAwsOrganization`, by the organization's management account.

use serde::Deserialize;
use serde_json::{Value, json};

use super::error;
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::organizations;
use crate::store::Tx;

#[derive(Debug, Deserialize)]
pub(super) struct Input {}

pub(super) fn enable_sharing(
    _: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    organizations::enable_sharing(call, tx).map_err(|refused| {
        error::not_permitted(format!(
            "Unable to enable sharing with AWS Organizations: {}",
            refused.message
        ))
    })?;
    Ok(json!({"returnValue": true}))
}
