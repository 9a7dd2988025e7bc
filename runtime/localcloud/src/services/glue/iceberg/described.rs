//! How requests describe Iceberg tables, and how the metadata of a table has it.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::super::error;
use super::metadata::FIRST_PARTITION_FIELD;
use super::types;
use crate::error::ServiceError;

/// Glue's `CreateIcebergTableInput`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct NewTable {
    pub(super) location: Option<String>,
    pub(super) schema: Option<Schema>,
    pub(super) partition_spec: Option<PartitionSpec>,
    pub(super) write_order: Option<SortOrder>,
    pub(super) properties: Option<Map<String, Value>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Schema {
    pub(super) schema_id: Option<u64>,
    identifier_field_ids: Option<Vec<u64>>,
    pub(super) fields: Vec<Field>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Field {
    id: u64,
    name: String,
    r#type: Value,
    #[serde(default)]
    required: bool,
    doc: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PartitionSpec {
    pub(super) fields: Vec<PartitionField>,
    pub(super) spec_id: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PartitionField {
    source_id: u64,
    transform: String,
    name: String,
    field_id: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SortOrder {
    pub(super) order_id: Option<u64>,
    pub(super) fields: Vec<SortField>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SortField {
    source_id: u64,
    transform: String,
    direction: String,
    null_order: String,
}

impl Schema {
    pub(super) fn shown(&self, id: u64) -> Value {
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
    pub(super) fn shown(&self, id: u64) -> Value {
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
    pub(super) fn shown(&self, id: u64) -> Value {
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
    /// `InvalidInputException` for a column whose type Iceberg does not have, or that is nested too deep.
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
