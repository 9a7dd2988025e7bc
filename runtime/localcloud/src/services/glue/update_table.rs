//! `UpdateTable`: replaces the table's definition and keeps the old one as a version.

use serde::Deserialize;
use serde_json::{Value, json};

use super::table::{self, TABLES, TableInput, VERSIONS};
use super::{catalog, database, error, link};
use crate::error::ServiceError;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    catalog_id: Option<String>,
    database_name: Option<String>,
    table_input: Option<TableInput>,
    skip_archive: Option<bool>,
    version_id: Option<String>,
}

pub(super) fn update_table(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    catalog::check(call, input.catalog_id.as_deref())?;
    let mut constraints = Constraints::new();
    let database = catalog::name(&mut constraints, "databaseName", input.database_name);
    let mut changed = constraints.required("tableInput", input.table_input);
    let name = changed.check(&mut constraints);
    constraints.check(error::INVALID_INPUT)?;
    database::require(call, tx, &database)?;
    link::check_table(&changed.rest)?;
    let mut table = table::require(call, tx, &database, &name)?;
    if let Some(version) = &input.version_id
        && *version != table.version_id
    {
        return Err(ServiceError::bad_request(
            "ConcurrentModificationException",
            format!(
                "Update table failed due to concurrent modifications: the version is {}.",
                table.version_id
            ),
        ));
    }
    if input.skip_archive != Some(true) {
        let key = catalog::version_key(&database, &name, Some(table.version()));
        tx.put(&call.scope, VERSIONS, &key, &table)?;
    }
    table.rest = changed.rest;
    table.version_id = (table.version() + 1).to_string();
    table.update_time = epoch_seconds(call.now_ms);
    tx.put(&call.scope, TABLES, &table.key(), &table)?;
    Ok(json!({}))
}
