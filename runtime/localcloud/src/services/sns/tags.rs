//! Tags of topics.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::topic::require;
use crate::error::ServiceError;
use crate::protocol::query;
use crate::request::Call;
use crate::store::Tx;

/// Tags of a topic.
const MAX_TAGS: usize = 50;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tag {
    key: String,
    #[serde(default)]
    value: String,
}

pub(super) fn collect(tags: Vec<Tag>) -> BTreeMap<String, String> {
    tags.into_iter().map(|tag| (tag.key, tag.value)).collect()
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    #[serde(default)]
    resource_arn: String,
    #[serde(default, deserialize_with = "query::list")]
    tags: Vec<Tag>,
    #[serde(default, deserialize_with = "query::list")]
    tag_keys: Vec<String>,
}

/// `TagResource`.
pub(super) fn tag_resource(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut topic = require(call, tx, &input.resource_arn)?;
    topic.tags.extend(collect(input.tags));
    if topic.tags.len() > MAX_TAGS {
        return Err(ServiceError::bad_request(
            "TagLimitExceeded",
            "Could not complete request: tag quota of per resource exceeded",
        ));
    }
    topic.save(&call.scope, tx)?;
    Ok(json!({}))
}

/// `UntagResource`.
pub(super) fn untag_resource(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut topic = require(call, tx, &input.resource_arn)?;
    topic.tags.retain(|key, _| !input.tag_keys.contains(key));
    topic.save(&call.scope, tx)?;
    Ok(json!({}))
}

/// `ListTagsForResource`.
pub(super) fn list(input: Input, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let topic = require(call, tx, &input.resource_arn)?;
    let tags: Vec<Value> = topic
        .tags
        .iter()
        .map(|(key, value)| json!({"Key": key, "Value": value}))
        .collect();
    Ok(json!({"Tags": tags}))
}
