//! The changes that Glue makes to an Iceberg table's metadata.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::super::error;
use super::described::{PartitionSpec, Schema, SortOrder};
use super::metadata::{FIRST_PARTITION_FIELD, highest};
use crate::error::ServiceError;

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
