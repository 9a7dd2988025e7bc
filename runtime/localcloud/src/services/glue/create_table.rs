//! `CreateTable`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::iceberg::{self, OpenTableFormatInput};
use super::partition::index::{self, PartitionIndex};
use super::table::{self, Table, TableInput};
use super::{catalog, database, error, link};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    catalog_id: Option<String>,
    database_name: Option<String>,
    /// The table's name where an Iceberg input describes the rest.
    name: Option<String>,
    table_input: Option<TableInput>,
    partition_indexes: Option<Vec<PartitionIndex>>,
    open_table_format_input: Option<OpenTableFormatInput>,
}

pub(super) fn create_table(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    catalog::check(call, input.catalog_id.as_deref())?;
    let mut constraints = Constraints::new();
    let database = catalog::name(&mut constraints, "databaseName", input.database_name);
    let mut table = match (input.table_input, input.name) {
        (None, Some(name)) if input.open_table_format_input.is_some() => TableInput {
            name: Some(name),
            ..TableInput::default()
        },
        (table, _) => constraints.required("tableInput", table),
    };
    let name = table.check(&mut constraints);
    let indexes = input.partition_indexes.unwrap_or_default();
    constraints.count("partitionIndexes", Some(&indexes), 0, index::MOST);
    constraints.check(error::INVALID_INPUT)?;
    let within = database::require(call, tx, &database)?;
    if within.target_database.is_some() {
        return Err(error::invalid(format!(
            "Database {database} is a resource link: create the table in its target."
        )));
    }
    link::check_table(&table.rest)?;
    if table::exists(call, tx, &database, &name)? {
        return Err(error::exists("Table already exists."));
    }
    if let Some(format) = input.open_table_format_input {
        iceberg::create(format, &mut table.rest, call, tx)?;
    }
    let table = Table::new(&database, name, table.rest, call);
    table::add(call, tx, &within, &table)?;
    for wanted in indexes {
        index::add(call, tx, &table, wanted)?;
    }
    Ok(json!({}))
}
