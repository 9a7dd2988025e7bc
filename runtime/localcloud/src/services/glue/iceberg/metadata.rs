//! The metadata of an Iceberg table (table specification, "Table Metadata"), as Glue writes it, and the
//! changes that Glue makes to it.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::super::error;
use super::types;
use crate::error::ServiceError;
use crate::request::Call;

/// How many earlier metadata files are remembered: Iceberg's default of
/// `write.metadata.previous-versions-max`.
const REMEMBERED: usize = 100;
/// The ids of partition fields count from here.
const FIRST_PARTITION_FIELD: u64 = 1_000;

/// Glue's `CreateIcebergTableInput`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct NewTable {
    location: Option<String>,
    schema: Option<Schema>,
    partition_spec: Option<PartitionSpec>,
    write_order: Option<SortOrder>,
    properties: Option<Map<String, Value>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Schema {
    schema_id: Option<u64>,
    identifier_field_ids: Option<Vec<u64>>,
    fields: Vec<Field>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Field {
    id: u64,
    name: String,
    r#type: Value,
    #[serde(default)]
    required: bool,
    doc: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PartitionSpec {
    fields: Vec<PartitionField>,
    spec_id: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PartitionField {
    source_id: u64,
    transform: String,
    name: String,
    field_id: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SortOrder {
    order_id: Option<u64>,
    fields: Vec<SortField>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SortField {
    source_id: u64,
    transform: String,
    direction: String,
    null_order: String,
}

/// Glue's `IcebergTableUpdate`. Without an `Action`, whatever is there is added and made the current
/// one.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Update {
    action: Option<String>,
    schema: Option<Schema>,
    partition_spec: Option<PartitionSpec>,
    sort_order: Option<SortOrder>,
    location: Option<String>,
    properties: Option<Map<String, Value>>,
}

impl Schema {
    fn shown(&self, id: u64) -> Value {
        let fields: Vec<Value> = self
            .fields
            .iter()
            .map(|field| {
                let mut shown = json!({
                    "id": field.id,
                    "name": field.name,
                    "required": field.required,
                    "type": field.r#type,
                });
                if let Some(doc) = &field.doc {
                    shown["doc"] = Value::from(doc.as_str());
                }
                shown
            })
            .collect();
        let mut shown = json!({"type": "struct", "schema-id": id, "fields": fields});
        if let Some(ids) = &self.identifier_field_ids {
            shown["identifier-field-ids"] = json!(ids);
        }
        shown
    }
}

impl PartitionSpec {
    fn shown(&self, id: u64) -> Value {
        let fields = (FIRST_PARTITION_FIELD..)
            .zip(&self.fields)
            .map(|(next, field)| {
                json!({
                    "source-id": field.source_id,
                    "field-id": field.field_id.unwrap_or(next),
                    "name": field.name,
                    "transform": field.transform,
                })
            });
        json!({"spec-id": id, "fields": fields.collect::<Vec<_>>()})
    }
}

impl SortOrder {
    fn shown(&self, id: u64) -> Value {
        let fields = self.fields.iter().map(|field| {
            json!({
                "transform": field.transform,
                "source-id": field.source_id,
                "direction": field.direction,
                "null-order": field.null_order,
            })
        });
        json!({"order-id": id, "fields": fields.collect::<Vec<_>>()})
    }
}

impl NewTable {
    /// What a table's Glue definition says: its location and its columns.
    ///
    /// # Errors
    /// `InvalidInputException` for a column whose type Iceberg does not have.
    pub(super) fn of_glue(table: &Map<String, Value>) -> Result<Self, ServiceError> {
        let storage = table.get("StorageDescriptor").unwrap_or(&Value::Null);
        let columns = storage["Columns"].as_array().into_iter().flatten();
        let columns: Vec<&Value> = columns.collect();
        let mut next_id = u64::try_from(columns.len()).unwrap_or_default() + 1;
        let mut fields = Vec::new();
        for (id, column) in (1..).zip(columns) {
            let text = |name: &str| column[name].as_str();
            let (name, kind) = (text("Name").unwrap_or_default(), text("Type"));
            let r#type =
                types::of_glue(kind.unwrap_or("string"), &mut next_id).ok_or_else(|| {
                    error::invalid(format!(
                        "Column {name} has the type {}, which Iceberg does not have.",
                        kind.unwrap_or_default()
                    ))
                })?;
            fields.push(Field {
                id,
                name: name.to_owned(),
                r#type,
                required: false,
                doc: text("Comment").map(str::to_owned),
            });
        }
        Ok(Self {
            location: storage["Location"].as_str().map(str::to_owned),
            schema: Some(Schema {
                schema_id: None,
                identifier_field_ids: None,
                fields,
            }),
            partition_spec: None,
            write_order: None,
            properties: None,
        })
    }
}

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

/// Makes one change.
///
/// # Errors
/// `InvalidInputException` for a change that lacks what it needs, or that is not had here.
pub(super) fn apply(metadata: &mut Value, update: Update) -> Result<(), ServiceError> {
    let action = update.action.as_deref();
    let does = |wanted: &str| action.is_none_or(|action| action == wanted);
    let lacks =
        |what: &str| error::invalid(format!("{} needs a {what}.", action.unwrap_or("An update")));
    match action {
        None
        | Some(
            "add-schema"
            | "set-current-schema"
            | "add-spec"
            | "set-default-spec"
            | "add-sort-order"
            | "set-default-sort-order"
            | "set-location"
            | "set-properties"
            | "remove-properties",
        ) => {}
        Some(other) => {
            return Err(error::invalid(format!(
                "The embedded Glue does not have the Iceberg update {other}."
            )));
        }
    }
    if let Some(schema) = &update.schema {
        add(
            metadata,
            &SCHEMAS,
            schema.schema_id,
            action,
            "add-schema",
            |id| schema.shown(id),
        );
        let ids = ["id", "element-id", "key-id", "value-id"];
        let last = highest(&metadata["schemas"], &ids);
        metadata["last-column-id"] = Value::from(last);
    } else if matches!(action, Some("add-schema" | "set-current-schema")) {
        return Err(lacks("Schema"));
    }
    if let Some(spec) = &update.partition_spec {
        add(metadata, &SPECS, spec.spec_id, action, "add-spec", |id| {
            spec.shown(id)
        });
        let last = highest(&metadata["partition-specs"], &["field-id"]);
        metadata["last-partition-id"] = Value::from(last.max(FIRST_PARTITION_FIELD - 1));
    } else if matches!(action, Some("add-spec" | "set-default-spec")) {
        return Err(lacks("PartitionSpec"));
    }
    if let Some(order) = &update.sort_order {
        add(
            metadata,
            &ORDERS,
            order.order_id,
            action,
            "add-sort-order",
            |id| order.shown(id),
        );
    } else if matches!(action, Some("add-sort-order" | "set-default-sort-order")) {
        return Err(lacks("SortOrder"));
    }
    match update.location {
        Some(location) if does("set-location") => metadata["location"] = Value::from(location),
        None if action == Some("set-location") => return Err(lacks("Location")),
        _ => {}
    }
    let Some(known) = metadata["properties"].as_object_mut() else {
        return Err(error::invalid("The table's metadata has no properties."));
    };
    for (name, value) in update.properties.unwrap_or_default() {
        match action {
            Some("remove-properties") => drop(known.remove(&name)),
            _ => drop(known.insert(name, value)),
        }
    }
    Ok(())
}

/// Where a kind of part is in the metadata.
struct Part {
    list: &'static str,
    id: &'static str,
    current: &'static str,
}

const SCHEMAS: Part = Part {
    list: "schemas",
    id: "schema-id",
    current: "current-schema-id",
};
const SPECS: Part = Part {
    list: "partition-specs",
    id: "spec-id",
    current: "default-spec-id",
};
const ORDERS: Part = Part {
    list: "sort-orders",
    id: "order-id",
    current: "default-sort-order-id",
};

/// Adds a part unless one of this id is there, and makes it the current one unless it is only to be
/// added.
fn add(
    metadata: &mut Value,
    part: &Part,
    id: Option<u64>,
    action: Option<&str>,
    only_adds: &str,
    shown: impl FnOnce(u64) -> Value,
) {
    let Some(list) = metadata[part.list].as_array_mut() else {
        return;
    };
    let ids = || list.iter().filter_map(|known| known[part.id].as_u64());
    let next = ids().max().map_or(0, |last| last + 1);
    let id = match id {
        Some(id) if ids().any(|known| known == id) && action.is_some() => id,
        _ => {
            list.push(shown(next));
            next
        }
    };
    if action != Some(only_adds) {
        metadata[part.current] = Value::from(id);
    }
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
fn highest(tree: &Value, names: &[&str]) -> u64 {
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
