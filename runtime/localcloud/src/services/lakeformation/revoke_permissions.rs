//! `RevokePermissions`.

use serde_json::{Value, json};

use super::modify::{self, Modification};
use crate::error::ServiceError;
use crate::request::Call;
use crate::store::Tx;

pub(super) fn revoke_permissions(
    input: Modification,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    modify::revoke(input, call, tx)?;
    Ok(json!({}))
}
