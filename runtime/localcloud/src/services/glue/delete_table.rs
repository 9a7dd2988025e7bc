//! `DeleteTable`, with all its versions.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{catalog, database, error, table};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::store::Tx;

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
