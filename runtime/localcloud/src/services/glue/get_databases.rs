//! `GetDatabases`, in the order of their names.

use serde::{Deserialize, Serialize};

use super::database::{DATABASES, Database};
use super::{catalog, error};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::services::paging::{self, Listing};
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    catalog_id: Option<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    database_list: Vec<Database>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

pub(super) fn get_databases(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Output, ServiceError> {
    catalog::check(call, input.catalog_id.as_deref())?;
    let mut constraints = Constraints::new();
    let limit = catalog::page_size(&mut constraints, input.max_results);
    constraints.check(error::INVALID_INPUT)?;
    let (database_list, next_token) = paging::page(
        tx,
        Listing {
            scope: &call.scope,
            collection: DATABASES,
            prefix: "",
        },
        input.next_token.as_deref(),
        limit,
        error::bad_token,
        |_| true,
    )?;
    Ok(Output {
        database_list,
        next_token,
    })
}
