//! Tags.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::role::{PagedRole, require};
use super::{error, managed, name};
use crate::error::ServiceError;
use crate::protocol::query;
use crate::request::Call;
use crate::store::Tx;

const MOST: usize = 50;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tag {
    key: String,
    #[serde(default)]
    value: String,
}

/// Checks and collects them.
pub(super) fn collect(tags: Vec<Tag>) -> Result<BTreeMap<String, String>, ServiceError> {
    let mut collected = BTreeMap::new();
    for tag in tags {
        if tag.key.is_empty() || tag.key.len() > 128 || tag.value.len() > 256 {
            return Err(error::validation(format!(
                "The tag {:?} is invalid: a key has 1 to 128 characters, a value at most 256.",
                tag.key
            )));
        }
        if collected.insert(tag.key, tag.value).is_some() {
            return Err(ServiceError::bad_request(
                "InvalidInput",
                "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
            ));
        }
    }
    check_count(&collected)?;
    Ok(collected)
}

fn check_count(tags: &BTreeMap<String, String>) -> Result<(), ServiceError> {
    if tags.len() <= MOST {
        return Ok(());
    }
    Err(error::limit(format!(
        "Cannot exceed quota for TagsPerResource: {MOST}"
    )))
}

pub(super) fn show(tags: &BTreeMap<String, String>) -> Value {
    tags.iter()
        .map(|(key, value)| json!({"Key": key, "Value": value}))
        .collect()
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TagInput {
    #[serde(default)]
    role_name: String,
    #[serde(default, deserialize_with = "query::list")]
    tags: Vec<Tag>,
}

/// `TagRole`.
pub(super) fn tag_role(
    input: TagInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut role = require(call, tx, &input.role_name)?;
    role.tags.extend(collect(input.tags)?);
    check_count(&role.tags)?;
    role.save(call, tx)?;
    Ok(Value::Null)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UntagInput {
    #[serde(default)]
    role_name: String,
    #[serde(default, deserialize_with = "query::list")]
    tag_keys: Vec<String>,
}

/// `UntagRole`.
pub(super) fn untag_role(
    input: UntagInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    name::check("roleName", &input.role_name, 64)?;
    let mut role = require(call, tx, &input.role_name)?;
    role.tags.retain(|key, _| !input.tag_keys.contains(key));
    role.save(call, tx)?;
    Ok(Value::Null)
}

/// `ListRoleTags`, by key.
pub(super) fn list_role_tags(
    input: PagedRole,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let role = require(call, tx, &input.role_name)?;
    let (page, marker) = input.slice("iam.tags", role.tags.into_iter().collect())?;
    Ok(json!({
        "Tags": show(&page.into_iter().collect()),
        "IsTruncated": marker.is_some(),
        "Marker": marker,
    }))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PolicyTagInput {
    #[serde(default)]
    policy_arn: String,
    #[serde(default, deserialize_with = "query::list")]
    tags: Vec<Tag>,
    #[serde(default, deserialize_with = "query::list")]
    tag_keys: Vec<String>,
}

/// `TagPolicy`.
pub(super) fn tag_policy(
    input: PolicyTagInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut policy = managed::require(call, tx, &input.policy_arn)?;
    policy.tags.extend(collect(input.tags)?);
    check_count(&policy.tags)?;
    policy.save(call, tx)?;
    Ok(Value::Null)
}

/// `UntagPolicy`.
pub(super) fn untag_policy(
    input: PolicyTagInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut policy = managed::require(call, tx, &input.policy_arn)?;
    policy.tags.retain(|key, _| !input.tag_keys.contains(key));
    policy.save(call, tx)?;
    Ok(Value::Null)
}

/// `ListPolicyTags`, in one page.
pub(super) fn list_policy_tags(
    input: PolicyTagInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let policy = managed::require(call, tx, &input.policy_arn)?;
    Ok(json!({"Tags": show(&policy.tags), "IsTruncated": false}))
}
