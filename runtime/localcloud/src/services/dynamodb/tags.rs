//! Tags.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::table::require;
use crate::error::ServiceError;
use crate::request::Call;
use crate::store::Tx;

/// A list of `Key` and `Value`.
pub(super) fn collect(tags: &Value) -> BTreeMap<String, String> {
    let tags = tags.as_array().into_iter().flatten();
    tags.filter_map(|tag| {
        let text = |name: &str| tag[name].as_str().map(str::to_owned);
        Some((text("Key")?, text("Value").unwrap_or_default()))
    })
    .collect()
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    #[serde(default)]
    resource_arn: String,
    #[serde(default)]
    tags: Value,
    #[serde(default)]
    tag_keys: Vec<String>,
}

/// `TagResource`.
pub(super) fn tag_resource(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut table = require(call, tx, &input.resource_arn)?;
    table.tags.extend(collect(&input.tags));
    table.save(call, tx)?;
    Ok(json!({}))
}

/// `UntagResource`.
pub(super) fn untag_resource(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut table = require(call, tx, &input.resource_arn)?;
    table.tags.retain(|key, _| !input.tag_keys.contains(key));
    table.save(call, tx)?;
    Ok(json!({}))
}

/// `ListTagsOfResource`, in one page.
pub(super) fn list(input: Input, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let table = require(call, tx, &input.resource_arn)?;
    let tags: Vec<Value> = table
        .tags
        .iter()
        .map(|(key, value)| json!({"Key": key, "Value": value}))
        .collect();
    Ok(json!({"Tags": tags}))
}
