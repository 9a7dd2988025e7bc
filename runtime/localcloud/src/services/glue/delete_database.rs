//! `DeleteDatabase`: its tables go with it, at once here and over time on AWS.

use serde::Deserialize;
use serde_json::{Value, json};

use super::database::{self, DATABASES};
use super::{catalog, error, table, tags};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::services::lakeformation::lifecycle;
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    catalog_id: Option<String>,
    name: Option<String>,
}

pub(super) fn delete_database(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    catalog::check(call, input.catalog_id.as_deref())?;
    let mut constraints = Constraints::new();
    let name = catalog::name(&mut constraints, "name", input.name);
    constraints.check(error::INVALID_INPUT)?;
    database::require(call, tx, &name)?;
    for table in table::in_database(call, tx, &name)? {
        table::remove(call, tx, &table)?;
    }
    tx.delete(&call.scope, DATABASES, &name)?;
    tags::drop_of(call, tx, &tags::arn(call, &format!("database/{name}")))?;
    lifecycle::database_dropped(tx, call, &name)?;
    Ok(json!({}))
}
