//! `OpenTableFormatInput.IcebergInput`: what Glue adds to a table that it makes an Iceberg table.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::error;
use crate::error::ServiceError;
use crate::request::Call;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OpenTableFormatInput {
    iceberg_input: Option<IcebergInput>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct IcebergInput {
    metadata_operation: Option<String>,
    version: Option<String>,
}

/// Makes the table an Iceberg table: an external one whose parameters name the format and the first
/// metadata file, in the `metadata` folder of the table's location.
pub(super) fn apply(
    input: OpenTableFormatInput,
    table: &mut Map<String, Value>,
    call: &Call<'_>,
) -> Result<(), ServiceError> {
    let Some(iceberg) = input.iceberg_input else {
        return Err(error::invalid(
            "IcebergInput is required in OpenTableFormatInput.",
        ));
    };
    if iceberg.metadata_operation.as_deref() != Some("CREATE") {
        return Err(error::invalid("MetadataOperation must be CREATE."));
    }
    let version = iceberg.version.as_deref().unwrap_or("2");
    if !["1", "2", "3"].contains(&version) {
        return Err(error::invalid(format!(
            "Iceberg version {version} is not supported."
        )));
    }
    let location = table
        .get("StorageDescriptor")
        .and_then(|storage| storage.get("Location"))
        .and_then(Value::as_str)
        .filter(|location| location.starts_with("s3://"))
        .ok_or_else(|| error::invalid("An Iceberg table needs an S3 location."))?;
    let metadata = format!(
        "{}/metadata/00000-{}.metadata.json",
        location.trim_end_matches('/'),
        call.cloud.uuid()
    );
    table.insert("TableType".to_owned(), Value::from("EXTERNAL_TABLE"));
    let parameters = table
        .entry("Parameters")
        .or_insert_with(|| json!({}))
        .as_object_mut()
        .ok_or_else(|| error::invalid("Parameters must be a map."))?;
    parameters.insert("table_type".to_owned(), Value::from("ICEBERG"));
    parameters.insert("metadata_location".to_owned(), Value::from(metadata));
    Ok(())
}
