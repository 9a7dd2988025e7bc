//! Maps on the wire: lists of entries with a key and a value.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use crate::protocol::query;

#[derive(Debug, Deserialize)]
struct Entry {
    key: String,
    #[serde(default)]
    value: String,
}

/// For `#[serde(default, deserialize_with = "attributes::map")]`.
pub(super) fn map<'de, D>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error>
where
    D: Deserializer<'de>,
{
    let entries: Vec<Entry> = query::list(deserializer)?;
    Ok(entries
        .into_iter()
        .map(|entry| (entry.key, entry.value))
        .collect())
}

/// As answers show a map.
pub(super) fn show(attributes: &BTreeMap<String, String>) -> Value {
    let entries: Vec<Value> = attributes
        .iter()
        .map(|(key, value)| json!({"key": key, "value": value}))
        .collect();
    json!({"entry": entries})
}
