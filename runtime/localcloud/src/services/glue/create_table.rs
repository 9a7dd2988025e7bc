//! `CreateTable`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::iceberg::{self, OpenTableFormatInput};
use super::table::{TABLES, Table, TableInput};
use super::{catalog, database, error, link};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::services::lakeformation::lifecycle;
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    catalog_id: Option<String>,
    database_name: Option<String>,
    table_input: Option<TableInput>,
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
    let mut table = constraints.required("tableInput", input.table_input);
    let name = table.check(&mut constraints);
    constraints.check(error::INVALID_INPUT)?;
    if let Some(format) = input.open_table_format_input {
        iceberg::apply(format, &mut table.rest, call)?;
    }
    let within = database::require(call, tx, &database)?;
    if within.target_database.is_some() {
        return Err(error::invalid(format!(
            "Database {database} is a resource link: create the table in its target."
        )));
    }
    link::check_table(&table.rest)?;
    let table = Table::new(&database, name, table.rest, call);
    if !tx.insert(&call.scope, TABLES, &table.key(), &table)? {
        return Err(error::exists("Table already exists."));
    }
    let defaults = &within.create_table_default_permissions;
    lifecycle::table_created(tx, call, &database, &table.name, defaults)?;
    Ok(json!({}))
}
