//! `CreateDatabase`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::catalog;
use super::database::{self, Database, DatabaseInput};
use super::tags::{self, Tags};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    catalog_id: Option<String>,
    database_input: Option<DatabaseInput>,
    tags: Option<Tags>,
}

pub(super) fn create_database(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    catalog::check(call, input.catalog_id.as_deref())?;
    let mut constraints = Constraints::new();
    let database = constraints.required("databaseInput", input.database_input);
    if let Some(tags) = &input.tags {
        tags::check(&mut constraints, "tags", tags);
    }
    let database = Database::new(database, constraints, call, tx)?;
    database::add(call, tx, &database)?;
    let arn = tags::arn(call, &format!("database/{}", database.name));
    tags::set(call, tx, &arn, input.tags)?;
    Ok(json!({}))
}
