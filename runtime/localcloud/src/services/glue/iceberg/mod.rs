//! Tables in the Iceberg format: `OpenTableFormatInput` makes one, `UpdateOpenTableFormatInput`
//! commits changes to its metadata.
//!
//! The table's metadata is a file in the `metadata` folder of its location, and the parameter
//! `metadata_location` of the catalog's table says which one counts. A change writes the next file and
//! then moves the parameter, both in the transaction of the request: who dies in between leaves
//! neither. Writers that keep the metadata themselves move the parameter with `UpdateTable` and a
//! `VersionId`.

mod described;
mod metadata;
mod types;
mod updates;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::table::Table;
use super::{error, s3};
use crate::error::ServiceError;
use crate::request::Call;
use crate::store::Tx;

/// The parameter that names the metadata file.
const LOCATION: &str = "metadata_location";
/// The parameter that names the file before it.
const PREVIOUS: &str = "previous_metadata_location";

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
    create_iceberg_table_input: Option<described::NewTable>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UpdateOpenTableFormatInput {
    update_iceberg_input: Option<UpdateIcebergInput>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UpdateIcebergInput {
    update_iceberg_table_input: Option<UpdateIcebergTableInput>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UpdateIcebergTableInput {
    updates: Option<Vec<updates::Update>>,
}

/// Makes the table an Iceberg table: an external one whose parameters name the format and the first
/// metadata file, which is written.
///
/// # Errors
/// `InvalidInputException` for what is missing or wrong, and where S3 refuses the file.
pub(super) fn create(
    input: OpenTableFormatInput,
    table: &mut Map<String, Value>,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    let Some(iceberg) = input.iceberg_input else {
        return Err(error::invalid(
            "IcebergInput is required in OpenTableFormatInput.",
        ));
    };
    if iceberg.metadata_operation.as_deref() != Some("CREATE") {
        return Err(error::invalid("MetadataOperation must be CREATE."));
    }
    let version = match iceberg.version.as_deref().unwrap_or("2") {
        "1" => 1,
        "2" => 2,
        "3" => 3,
        other => {
            return Err(error::invalid(format!(
                "Iceberg version {other} is not supported."
            )));
        }
    };
    if table
        .get("PartitionKeys")
        .is_some_and(|keys| keys != &json!([]))
    {
        return Err(error::invalid(
            "An Iceberg table has no PartitionKeys: its metadata says how it is partitioned.",
        ));
    }
    let described = match iceberg.create_iceberg_table_input {
        Some(described) => described,
        None => described::NewTable::of_glue(table)?,
    };
    let made = metadata::create(described, version, call)?;
    let at = metadata_file(&made, 0, call);
    s3::put(call, tx, &at, &made.to_string())?;
    table.insert("TableType".to_owned(), Value::from("EXTERNAL_TABLE"));
    show_in(table, &made)?;
    let parameters = parameters(table)?;
    parameters.insert("table_type".to_owned(), Value::from("ICEBERG"));
    parameters.insert(LOCATION.to_owned(), Value::from(at));
    Ok(())
}

/// Commits changes to an Iceberg table: writes the next metadata file. The definition that the table
/// has from then on.
///
/// # Errors
/// `InvalidInputException` if the table is not an Iceberg table, if a change does not fit, and where
/// S3 refuses a file.
pub(super) fn update(
    input: UpdateOpenTableFormatInput,
    table: &Table,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Map<String, Value>, ServiceError> {
    let updates = input
        .update_iceberg_input
        .and_then(|input| input.update_iceberg_table_input)
        .and_then(|input| input.updates)
        .filter(|updates| !updates.is_empty())
        .ok_or_else(|| error::invalid("Updates are required in UpdateIcebergTableInput."))?;
    let mut rest = table.rest.clone();
    let known = rest.get("Parameters").and_then(|all| all.get(LOCATION));
    let Some(before) = known.and_then(Value::as_str).map(str::to_owned) else {
        return Err(error::invalid(format!(
            "Table {} is not an Iceberg table.",
            table.name
        )));
    };
    let mut changed: Value = serde_json::from_slice(&s3::get(call, tx, &before)?)
        .map_err(|broken| error::invalid(format!("{before} is no table metadata: {broken}")))?;
    for update in updates {
        updates::apply(&mut changed, update)?;
    }
    metadata::follow(&mut changed, &before, call);
    let number = before
        .rsplit('/')
        .next()
        .and_then(|name| name.split('-').next())
        .and_then(|number| number.parse::<u64>().ok())
        .map_or(1, |number| number + 1);
    let at = metadata_file(&changed, number, call);
    s3::put(call, tx, &at, &changed.to_string())?;
    show_in(&mut rest, &changed)?;
    let parameters = parameters(&mut rest)?;
    parameters.insert(LOCATION.to_owned(), Value::from(at));
    parameters.insert(PREVIOUS.to_owned(), Value::from(before));
    Ok(rest)
}

fn metadata_file(metadata: &Value, number: u64, call: &Call<'_>) -> String {
    let location = metadata["location"].as_str().unwrap_or_default();
    format!(
        "{}/metadata/{number:05}-{}.metadata.json",
        location.trim_end_matches('/'),
        call.cloud.uuid()
    )
}

fn parameters(table: &mut Map<String, Value>) -> Result<&mut Map<String, Value>, ServiceError> {
    table
        .entry("Parameters")
        .or_insert_with(|| json!({}))
        .as_object_mut()
        .ok_or_else(|| error::invalid("Parameters must be a map."))
}

/// Location and columns of the catalog's table follow the metadata.
fn show_in(table: &mut Map<String, Value>, metadata: &Value) -> Result<(), ServiceError> {
    let storage = table
        .entry("StorageDescriptor")
        .or_insert_with(|| json!({}))
        .as_object_mut()
        .ok_or_else(|| error::invalid("StorageDescriptor must be a structure."))?;
    storage.insert("Location".to_owned(), metadata["location"].clone());
    storage.insert("Columns".to_owned(), metadata::columns(metadata));
    Ok(())
}
