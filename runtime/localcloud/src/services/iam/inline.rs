//! Policies that are part of a role.

use serde::Deserialize;
use serde_json::{Value, json};

use super::document::{self, Kind};
use super::role::{PagedRole, require};
use super::{error, name};
use crate::error::ServiceError;
use crate::request::Call;
use crate::store::Tx;

/// All inline policies of a role together, without white space.
const LONGEST: usize = 10_240;

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
    let size: usize = role.inline.values().map(|text| document::size(text)).sum();
    if size > LONGEST {
        return Err(error::limit(format!(
            "Maximum policy size of {LONGEST} bytes exceeded for role {}",
            role.name
        )));
    }
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

/// `ListRolePolicies`, by name.
pub(super) fn list(input: PagedRole, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let role = require(call, tx, &input.role_name)?;
    let names = role.inline.into_keys().collect();
    let (names, marker) = input.slice("iam.inline", names)?;
    Ok(json!({
        "PolicyNames": names,
        "IsTruncated": marker.is_some(),
        "Marker": marker,
    }))
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
