//! Versions of a managed policy: at most five, of which one counts.

use serde::Deserialize;
use serde_json::{Value, json};

use super::document::{self, Kind};
use super::error;
use super::managed::{OnePolicy, Policy, Version, require};
use crate::error::ServiceError;
use crate::protocol::{rest_json, timestamp};
use crate::request::Call;
use crate::store::Tx;

const MOST: usize = 5;

fn show(version: &Version, policy: &Policy, with_document: bool) -> Value {
    json!({
        "VersionId": format!("v{}", version.number),
        "IsDefaultVersion": version.number == policy.default,
        "CreateDate": timestamp::iso8601(version.created_ms),
        "Document": with_document.then(|| document::encoded(&version.document)),
    })
}

fn find<'p>(policy: &'p Policy, id: &str) -> Result<&'p Version, ServiceError> {
    policy
        .versions
        .iter()
        .find(|version| format!("v{}", version.number) == id)
        .ok_or_else(|| error::no_such(format!("Policy version {id} does not exist.")))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateInput {
    #[serde(default)]
    policy_arn: String,
    #[serde(default)]
    policy_document: String,
    #[serde(default, deserialize_with = "rest_json::from_text")]
    set_as_default: Option<bool>,
}

/// `CreatePolicyVersion`.
pub(super) fn create(
    input: CreateInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut policy = require(call, tx, &input.policy_arn)?;
    document::check(&input.policy_document, Kind::Permissions)?;
    document::check_size(&input.policy_document)?;
    if policy.versions.len() >= MOST {
        return Err(error::limit(
            "A managed policy can have up to 5 versions. Before you create a new version, you must \
             delete an existing version.",
        ));
    }
    let number = policy
        .versions
        .last()
        .map_or(1, |version| version.number + 1);
    let version = Version {
        number,
        document: input.policy_document,
        created_ms: call.now_ms,
    };
    policy.versions.push(version.clone());
    if input.set_as_default == Some(true) {
        policy.default = number;
    }
    policy.updated_ms = call.now_ms;
    policy.save(call, tx)?;
    Ok(json!({"PolicyVersion": show(&version, &policy, false)}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OneVersion {
    #[serde(default)]
    policy_arn: String,
    #[serde(default)]
    version_id: String,
}

/// `GetPolicyVersion`.
pub(super) fn get(input: OneVersion, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let policy = require(call, tx, &input.policy_arn)?;
    let version = find(&policy, &input.version_id)?;
    Ok(json!({"PolicyVersion": show(version, &policy, true)}))
}

/// `ListPolicyVersions`, newest first, in one page.
pub(super) fn list(input: OnePolicy, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let policy = require(call, tx, &input.policy_arn)?;
    let versions: Vec<Value> = policy
        .versions
        .iter()
        .rev()
        .map(|version| show(version, &policy, false))
        .collect();
    Ok(json!({"Versions": versions, "IsTruncated": false}))
}

/// `DeletePolicyVersion`: not of the default one.
pub(super) fn delete(
    input: OneVersion,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut policy = require(call, tx, &input.policy_arn)?;
    let number = find(&policy, &input.version_id)?.number;
    if number == policy.default {
        return Err(error::conflict(
            "Cannot delete the default version of a policy.",
        ));
    }
    policy.versions.retain(|version| version.number != number);
    policy.save(call, tx)?;
    Ok(Value::Null)
}

/// `SetDefaultPolicyVersion`.
pub(super) fn set_default(
    input: OneVersion,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut policy = require(call, tx, &input.policy_arn)?;
    policy.default = find(&policy, &input.version_id)?.number;
    policy.updated_ms = call.now_ms;
    policy.save(call, tx)?;
    Ok(Value::Null)
}
