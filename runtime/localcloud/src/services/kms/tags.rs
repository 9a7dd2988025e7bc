//! Tags, whose members have names of KMS's own.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::key::{OneKey, require};
use crate::error::ServiceError;
use crate::request::Call;
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tag {
    tag_key: String,
    #[serde(default)]
    tag_value: String,
}

pub(super) fn collect(tags: Vec<Tag>) -> BTreeMap<String, String> {
    tags.into_iter()
        .map(|tag| (tag.tag_key, tag.tag_value))
        .collect()
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TagInput {
    key_id: String,
    #[serde(default)]
    tags: Vec<Tag>,
}

/// `TagResource`.
pub(super) fn tag_resource(
    input: TagInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut key = require(call, tx, &input.key_id)?;
    key.alive()?;
    key.tags.extend(collect(input.tags));
    key.save(call, tx)?;
    Ok(json!({}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UntagInput {
    key_id: String,
    #[serde(default)]
    tag_keys: Vec<String>,
}

/// `UntagResource`.
pub(super) fn untag_resource(
    input: UntagInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut key = require(call, tx, &input.key_id)?;
    key.alive()?;
    key.tags.retain(|name, _| !input.tag_keys.contains(name));
    key.save(call, tx)?;
    Ok(json!({}))
}

/// `ListResourceTags`, in one page.
pub(super) fn list_resource_tags(
    input: OneKey,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let key = require(call, tx, &input.key_id)?;
    let tags: Vec<Value> = key
        .tags
        .iter()
        .map(|(key, value)| json!({"TagKey": key, "TagValue": value}))
        .collect();
    Ok(json!({"Tags": tags, "Truncated": false}))
}
