//! The permissions boundary of a role, kept and not evaluated.

use serde::Deserialize;
use serde_json::Value;

use super::role::{OneRole, require};
use super::{error, managed};
use crate::error::ServiceError;
use crate::request::Call;
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PutInput {
    #[serde(default)]
    role_name: String,
    #[serde(default)]
    permissions_boundary: String,
}

/// `PutRolePermissionsBoundary`.
pub(super) fn put(input: PutInput, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let mut role = require(call, tx, &input.role_name)?;
    let arn = input.permissions_boundary;
    if !managed::is_of_aws(&arn) && managed::require(call, tx, &arn).is_err() {
        return Err(error::no_such(format!(
            "Scope ARN: {arn} does not exist or is not attachable."
        )));
    }
    role.boundary = Some(arn);
    role.save(call, tx)?;
    Ok(Value::Null)
}

/// `DeleteRolePermissionsBoundary`.
pub(super) fn delete(input: OneRole, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let mut role = require(call, tx, &input.role_name)?;
    if role.boundary.take().is_none() {
        return Err(error::no_such(format!(
            "Role {} does not have a permission boundary.",
            role.name
        )));
    }
    role.save(call, tx)?;
    Ok(Value::Null)
}
