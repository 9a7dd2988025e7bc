//! `UpdateTable`: replaces the table's definition, or commits to its Iceberg metadata, and keeps the
//! old definition as a version.

use serde::Deserialize;
use serde_json::{Value, json};

use super::iceberg::{self, UpdateOpenTableFormatInput};
use super::table::{self, TableInput};
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
    /// The table's name where an Iceberg update says the rest.
    name: Option<String>,
    table_input: Option<TableInput>,
    skip_archive: Option<bool>,
    version_id: Option<String>,
    update_open_table_format_input: Option<UpdateOpenTableFormatInput>,
}

pub(super) fn update_table(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    catalog::check(call, input.catalog_id.as_deref())?;
    let mut constraints = Constraints::new();
    let database = catalog::name(&mut constraints, "databaseName", input.database_name);
    let version = input.version_id.as_deref();
    constraints.length("versionId", version, 1, 255);
    let mut changed = match (input.table_input, input.name) {
        (None, Some(name)) if input.update_open_table_format_input.is_some() => TableInput {
            name: Some(name),
            ..TableInput::default()
        },
        (changed, _) => constraints.required("tableInput", changed),
    };
    let name = changed.check(&mut constraints);
    constraints.check(error::INVALID_INPUT)?;
    database::require(call, tx, &database)?;
    link::check_table(&changed.rest)?;
    let table = table::require(call, tx, &database, &name)?;
    if version.is_some_and(|version| version != table.version_id) {
        return Err(error::raced(
            "Update table failed due to concurrent modifications.",
        ));
    }
    let rest = match input.update_open_table_format_input {
        Some(update) => iceberg::update(update, &table, call, tx)?,
        None => changed.rest,
    };
    let archived = input.skip_archive != Some(true);
    table::supersede(call, tx, table, rest, archived)?;
    Ok(json!({}))
}
