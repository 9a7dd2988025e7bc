//! `GrantPermissions`.

use serde_json::{Value, json};

use super::modify::{self, Modification};
use crate::error::ServiceError;
use crate::request::Call;
use crate::store::Tx;

pub(super) fn grant_permissions(
    input: Modification,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    modify::grant(input, call, tx)?;
    Ok(json!({}))
}
