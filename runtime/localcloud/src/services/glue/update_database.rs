//! `UpdateDatabase`: replaces everything but the name and the time of creation.

use serde::Deserialize;
use serde_json::{Value, json};

use super::database::{self, DATABASES, Database, DatabaseInput};
use super::{catalog, error};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    catalog_id: Option<String>,
    name: Option<String>,
    database_input: Option<DatabaseInput>,
}

pub(super) fn update_database(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    catalog::check(call, input.catalog_id.as_deref())?;
    let mut constraints = Constraints::new();
    let name = catalog::name(&mut constraints, "name", input.name);
    let changed = constraints.required("databaseInput", input.database_input);
    let mut database = Database::new(changed, constraints, call, tx)?;
    let known = database::require(call, tx, &name)?;
    if database.name != name {
        return Err(error::invalid("The name of a database cannot be changed."));
    }
    database.create_time = known.create_time;
    tx.put(&call.scope, DATABASES, &name, &database)?;
    Ok(json!({}))
}
