//! `GetDatabase`.

use serde::{Deserialize, Serialize};

use super::database::{self, Database};
use super::{catalog, error, foreign};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    catalog_id: Option<String>,
    name: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    database: Database,
}

pub(super) fn get_database(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Output, ServiceError> {
    let scope = catalog::readable(call, input.catalog_id.as_deref())?;
    let mut constraints = Constraints::new();
    let name = catalog::name(&mut constraints, "name", input.name);
    constraints.check(error::INVALID_INPUT)?;
    foreign::check_database(call, tx, &scope, &name)?;
    Ok(Output {
        database: database::require_in(tx, &scope, &name)?,
    })
}
