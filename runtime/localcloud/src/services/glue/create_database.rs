//! `CreateDatabase`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::database::{DATABASES, Database, DatabaseInput};
use super::{catalog, error};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::services::lakeformation::lifecycle;
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    catalog_id: Option<String>,
    database_input: Option<DatabaseInput>,
}

pub(super) fn create_database(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    catalog::check(call, input.catalog_id.as_deref())?;
    let mut constraints = Constraints::new();
    let database = constraints.required("databaseInput", input.database_input);
    let database = Database::new(database, constraints, call, tx)?;
    if !tx.insert(&call.scope, DATABASES, &database.name, &database)? {
        return Err(error::exists("Database already exists."));
    }
    lifecycle::database_created(tx, call, &database.name)?;
    Ok(json!({}))
}
