//! `GetTable`.

use serde::{Deserialize, Serialize};

use super::table::{self, Table};
use super::{catalog, database, error, foreign};
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

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    table: Table,
}

pub(super) fn get_table(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Output, ServiceError> {
    let scope = catalog::readable(call, input.catalog_id.as_deref())?;
    let mut constraints = Constraints::new();
    let database = catalog::name(&mut constraints, "databaseName", input.database_name);
    let name = catalog::name(&mut constraints, "name", input.name);
    constraints.check(error::INVALID_INPUT)?;
    let (scope, database) = foreign::behind(call, tx, scope, database)?;
    foreign::check_table(call, tx, &scope, &database, &name)?;
    database::require_in(tx, &scope, &database)?;
    Ok(Output {
        table: table::require_in(tx, &scope, &database, &name)?,
    })
}
