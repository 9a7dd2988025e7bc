//! The catalog as Athena shows it: `ListDataCatalogs`, `GetDataCatalog`, `ListDatabases`,
//! `GetDatabase`, `ListTableMetadata`, `GetTableMetadata`. Glue is asked, in the caller's name.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::error;
use crate::error::ServiceError;
use crate::inside::Inside;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::store::Tx;

/// The only catalog that there is.
const CATALOG: &str = "AwsDataCatalog";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    name: Option<String>,
    catalog_name: Option<String>,
    database_name: Option<String>,
    table_name: Option<String>,
    expression: Option<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

/// Refuses every catalog but the one.
fn check_catalog(name: Option<String>, member: &str) -> Result<(), ServiceError> {
    let mut constraints = Constraints::new();
    let name = constraints.required(member, name);
    constraints.length(member, Some(&name), 1, 256);
    constraints.check(error::INVALID_REQUEST)?;
    match name.eq_ignore_ascii_case(CATALOG) {
        true => Ok(()),
        false => Err(error::invalid(format!("Data catalog {name} was not found"))),
    }
}

fn required(value: Option<String>, member: &str) -> Result<String, ServiceError> {
    let mut constraints = Constraints::new();
    let value = constraints.required(member, value);
    constraints.length(member, Some(&value), 1, 255);
    constraints.check(error::INVALID_REQUEST)?;
    Ok(value)
}

/// Glue's answer; its refusals are Athena's `MetadataException`.
fn glue(
    operation: &str,
    input: &Value,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let answer = Inside { call, tx }.json("glue", operation, input);
    answer.map_err(|refusal| {
        let reason = refusal.error();
        match reason.status {
            500.. => reason.clone(),
            _ => ServiceError::bad_request("MetadataException", reason.message.clone()),
        }
    })
}

/// `ListDataCatalogs`.
pub(super) fn list_catalogs(_: Input, _: &Call<'_>, _: &Tx<'_>) -> Result<Value, ServiceError> {
    Ok(json!({
        "DataCatalogsSummary": [{"CatalogName": CATALOG, "Type": "GLUE"}],
    }))
}

/// `GetDataCatalog`.
pub(super) fn get_catalog(
    input: Input,
    call: &Call<'_>,
    _: &Tx<'_>,
) -> Result<Value, ServiceError> {
    check_catalog(input.name, "name")?;
    Ok(json!({
        "DataCatalog": {
            "Name": CATALOG,
            "Type": "GLUE",
            "Parameters": {"catalog-id": call.scope.account},
        },
    }))
}

/// `ListDatabases`.
pub(super) fn list_databases(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    check_catalog(input.catalog_name, "catalogName")?;
    let limit = page_size(input.max_results)?;
    let request = json!({"NextToken": input.next_token, "MaxResults": limit});
    let answer = glue("GetDatabases", &request, call, tx)?;
    let databases = answer["DatabaseList"].as_array().into_iter().flatten();
    Ok(json!({
        "DatabaseList": databases.map(database).collect::<Vec<_>>(),
        "NextToken": answer["NextToken"],
    }))
}

fn page_size(wanted: Option<i64>) -> Result<i64, ServiceError> {
    let mut constraints = Constraints::new();
    constraints.range("maxResults", wanted, 1, 50);
    constraints.check(error::INVALID_REQUEST)?;
    Ok(wanted.unwrap_or(50))
}

/// `GetDatabase`.
pub(super) fn get_database(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    check_catalog(input.catalog_name, "catalogName")?;
    let name = required(input.database_name, "databaseName")?;
    let answer = glue("GetDatabase", &json!({"Name": name}), call, tx)?;
    Ok(json!({"Database": database(&answer["Database"])}))
}

fn database(glue: &Value) -> Value {
    json!({
        "Name": glue["Name"],
        "Description": glue["Description"],
        "Parameters": glue.get("Parameters").cloned().unwrap_or_else(|| json!({})),
    })
}

/// `ListTableMetadata`. `Expression` is a regular expression, as Glue's.
pub(super) fn list_tables(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    check_catalog(input.catalog_name, "catalogName")?;
    let database = required(input.database_name, "databaseName")?;
    let limit = page_size(input.max_results)?;
    let request = json!({
        "DatabaseName": database,
        "Expression": input.expression,
        "NextToken": input.next_token,
        "MaxResults": limit,
    });
    let answer = glue("GetTables", &request, call, tx)?;
    let tables = answer["TableList"].as_array().into_iter().flatten();
    Ok(json!({
        "TableMetadataList": tables.map(table).collect::<Vec<_>>(),
        "NextToken": answer["NextToken"],
    }))
}

/// `GetTableMetadata`.
pub(super) fn get_table(input: Input, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    check_catalog(input.catalog_name, "catalogName")?;
    let database = required(input.database_name, "databaseName")?;
    let name = required(input.table_name, "tableName")?;
    let request = json!({"DatabaseName": database, "Name": name});
    let answer = glue("GetTable", &request, call, tx)?;
    Ok(json!({"TableMetadata": table(&answer["Table"])}))
}

/// A table, with how its files are written among its parameters.
fn table(glue: &Value) -> Value {
    let storage = &glue["StorageDescriptor"];
    let serde = &storage["SerdeInfo"];
    let mut parameters = match &glue["Parameters"] {
        Value::Object(parameters) => parameters.clone(),
        _ => Map::new(),
    };
    for (name, value) in [
        ("location", &storage["Location"]),
        ("inputformat", &storage["InputFormat"]),
        ("outputformat", &storage["OutputFormat"]),
        ("serde.serialization.lib", &serde["SerializationLibrary"]),
    ] {
        if value.is_string() {
            parameters.insert(name.to_owned(), value.clone());
        }
    }
    for (name, value) in serde["Parameters"].as_object().into_iter().flatten() {
        parameters.insert(format!("serde.param.{name}"), value.clone());
    }
    json!({
        "Name": glue["Name"],
        "CreateTime": glue["CreateTime"],
        "LastAccessTime": glue["LastAccessTime"],
        "TableType": glue["TableType"],
        "Columns": columns(&storage["Columns"]),
        "PartitionKeys": columns(&glue["PartitionKeys"]),
        "Parameters": parameters,
    })
}

fn columns(glue: &Value) -> Value {
    let columns = glue.as_array().into_iter().flatten();
    columns
        .map(|column| {
            json!({
                "Name": column["Name"],
                "Type": column["Type"],
                "Comment": column["Comment"],
            })
        })
        .collect()
}
