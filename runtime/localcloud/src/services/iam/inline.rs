//! Policies that are part of a role.

use serde::Deserialize;
use serde_json::{Value, json};

use super::document::{self, Kind};
use super::role::{OneRole, require};
use super::{error, name};
use crate::error::ServiceError;
use crate::request::Call;
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PutInput {
    #[serde(default)]
    role_name: String,
    #[serde(default)]
    policy_name: String,
    #[serde(default)]
    policy_document: String,
}

/// `PutRolePolicy`.
pub(super) fn put(input: PutInput, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    name::check("policyName", &input.policy_name, 128)?;
    let mut role = require(call, tx, &input.role_name)?;
    document::check(&input.policy_document, Kind::Permissions)?;
    role.inline.insert(input.policy_name, input.policy_document);
    role.save(call, tx)?;
    Ok(Value::Null)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OnePolicy {
    #[serde(default)]
    role_name: String,
    #[serde(default)]
    policy_name: String,
}

fn no_such_policy(policy: &str) -> ServiceError {
    error::no_such(format!(
        "The role policy with name {policy} cannot be found."
    ))
}

/// `GetRolePolicy`.
pub(super) fn get(input: OnePolicy, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let role = require(call, tx, &input.role_name)?;
    let text = role
        .inline
        .get(&input.policy_name)
        .ok_or_else(|| no_such_policy(&input.policy_name))?;
    Ok(json!({
        "RoleName": role.name,
        "PolicyName": input.policy_name,
        "PolicyDocument": document::encoded(text),
    }))
}

/// `ListRolePolicies`, in one page.
pub(super) fn list(input: OneRole, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let role = require(call, tx, &input.role_name)?;
    let names: Vec<&String> = role.inline.keys().collect();
    Ok(json!({"PolicyNames": names, "IsTruncated": false}))
}

/// `DeleteRolePolicy`.
pub(super) fn delete(
    input: OnePolicy,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut role = require(call, tx, &input.role_name)?;
    if role.inline.remove(&input.policy_name).is_none() {
        return Err(no_such_policy(&input.policy_name));
    }
    role.save(call, tx)?;
    Ok(Value::Null)
}
