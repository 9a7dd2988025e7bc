//! `DeleteTable` and `BatchDeleteTable`: tables go with all that belongs to them.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{catalog, database, error, table};
use crate::error::ServiceError;
use crate::faults::BatchFaults;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::store::Tx;

/// How many tables one request deletes at most.
const MOST_AT_ONCE: usize = 100;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    catalog_id: Option<String>,
    database_name: Option<String>,
    name: Option<String>,
}

pub(super) fn delete_table(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    catalog::check(call, input.catalog_id.as_deref())?;
    let mut constraints = Constraints::new();
    let database = catalog::name(&mut constraints, "databaseName", input.database_name);
    let name = catalog::name(&mut constraints, "name", input.name);
    constraints.check(error::INVALID_INPUT)?;
    database::require(call, tx, &database)?;
    let table = table::require(call, tx, &database, &name)?;
    table::remove(call, tx, &table)?;
    Ok(json!({}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct BatchInput {
    catalog_id: Option<String>,
    database_name: Option<String>,
    tables_to_delete: Option<Vec<String>>,
}

/// One after the other; the answer names those that were not there.
pub(super) fn batch_delete_table(
    input: BatchInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    catalog::check(call, input.catalog_id.as_deref())?;
    let mut constraints = Constraints::new();
    let database = catalog::name(&mut constraints, "databaseName", input.database_name);
    let names = constraints.required("tablesToDelete", input.tables_to_delete);
    constraints.count("tablesToDelete", Some(&names), 0, MOST_AT_ONCE);
    constraints.check(error::INVALID_INPUT)?;
    database::require(call, tx, &database)?;
    let mut faults = BatchFaults::of(call);
    let mut errors = Vec::new();
    for name in names {
        let deed = || match table::find(call, tx, &database, &name.to_lowercase())? {
            Some(table) => table::remove(call, tx, &table),
            None => Err(error::not_found(format!("Table {name} not found."))),
        };
        if let Err(refusal) = faults.entry(deed)? {
            errors.push(json!({
                "TableName": name,
                "ErrorDetail": error::detail(&refusal),
            }));
        }
    }
    Ok(json!({"Errors": errors}))
}
