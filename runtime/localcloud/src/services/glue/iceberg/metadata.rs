//! The metadata of an Iceberg table (table specification, "Table Metadata"), as Glue writes it.

use serde_json::{Value, json};

use super::super::error;
use super::described::{NewTable, PartitionSpec, SortOrder};
use super::types;
use crate::error::ServiceError;
use crate::request::Call;

/// How many earlier metadata files are remembered: Iceberg's default of
/// `write.metadata.previous-versions-max`.
const REMEMBERED: usize = 100;
/// The ids of partition fields count from here.
pub(super) const FIRST_PARTITION_FIELD: u64 = 1_000;

/// The first metadata of a table.
///
/// # Errors
/// `InvalidInputException` if it has no location in S3, or no schema.
pub(super) fn create(
    table: NewTable,
    version: u64,
    call: &Call<'_>,
) -> Result<Value, ServiceError> {
    let location = table
        .location
        .filter(|location| location.starts_with("s3://"))
        .ok_or_else(|| error::invalid("An Iceberg table needs an S3 location."))?;
    let schema = table
        .schema
        .ok_or_else(|| error::invalid("An Iceberg table needs a schema."))?;
    let spec = table.partition_spec.unwrap_or(PartitionSpec {
        fields: Vec::new(),
        spec_id: None,
    });
    let order = table.write_order.unwrap_or(SortOrder {
        order_id: None,
        fields: Vec::new(),
    });
    let order_id = u64::from(!order.fields.is_empty());
    let (schema, spec) = (schema.shown(0), spec.shown(0));
    let mut properties = table.properties.unwrap_or_default();
    properties
        .entry("write.parquet.compression-codec")
        .or_insert_with(|| Value::from("zstd"));
    let mut made = json!({
        "format-version": version,
        "table-uuid": call.cloud.uuid(),
        "location": location.trim_end_matches('/'),
        "last-updated-ms": call.now_ms,
        "last-column-id": highest(&schema, &["id", "element-id", "key-id", "value-id"]),
        "current-schema-id": 0,
        "default-spec-id": 0,
        "last-partition-id": highest(&spec, &["field-id"]).max(FIRST_PARTITION_FIELD - 1),
        "default-sort-order-id": order_id,
        "sort-orders": [order.shown(order_id)],
        "schemas": [schema],
        "partition-specs": [spec],
        "properties": properties,
        "current-snapshot-id": -1,
        "refs": {},
        "snapshots": [],
        "statistics": [],
        "snapshot-log": [],
        "metadata-log": [],
    });
    if version > 1 {
        made["last-sequence-number"] = Value::from(0);
    }
    if version > 2 {
        made["next-row-id"] = Value::from(0);
    }
    Ok(made)
}

/// Notes the file that the metadata follows.
pub(super) fn follow(metadata: &mut Value, before: &str, call: &Call<'_>) {
    let written_ms = metadata["last-updated-ms"].clone();
    if let Some(log) = metadata["metadata-log"].as_array_mut() {
        log.push(json!({"timestamp-ms": written_ms, "metadata-file": before}));
        let forgotten = log.len().saturating_sub(REMEMBERED);
        log.drain(..forgotten);
    }
    metadata["last-updated-ms"] = Value::from(call.now_ms);
}

/// The current schema as Glue's columns.
pub(super) fn columns(metadata: &Value) -> Value {
    let current = &metadata["current-schema-id"];
    let schema = metadata["schemas"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|schema| schema["schema-id"] == *current);
    let fields = schema
        .and_then(|schema| schema["fields"].as_array())
        .into_iter()
        .flatten();
    fields
        .map(|field| {
            let required = field["required"].as_bool().unwrap_or_default();
            let mut column = json!({
                "Name": field["name"],
                "Type": types::to_glue(&field["type"]),
                "Parameters": {
                    "iceberg.field.current": "true",
                    "iceberg.field.id": field["id"].to_string(),
                    "iceberg.field.optional": (!required).to_string(),
                },
            });
            if let Some(doc) = field.get("doc") {
                column["Comment"] = doc.clone();
            }
            column
        })
        .collect()
}

/// The highest number among the members of these names, however deep; 0 if there is none.
pub(super) fn highest(tree: &Value, names: &[&str]) -> u64 {
    match tree {
        Value::Array(items) => items.iter().map(|item| highest(item, names)).max(),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| match value.as_u64() {
                Some(number) if names.contains(&name.as_str()) => number,
                _ => highest(value, names),
            })
            .max(),
        _ => None,
    }
    .unwrap_or_default()
}
