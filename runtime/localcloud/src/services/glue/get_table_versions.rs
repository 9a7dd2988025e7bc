//! `GetTableVersions`: the current version and those that it superseded, the latest first.

use serde::{Deserialize, Serialize};

use super::table::{self, Table, VERSIONS};
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
    database_name: Option<String>,
    table_name: Option<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    table_versions: Vec<Version>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Version {
    version_id: String,
    table: Table,
}

pub(super) fn get_table_versions(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Output, ServiceError> {
    catalog::check(call, input.catalog_id.as_deref())?;
    let mut constraints = Constraints::new();
    let database = catalog::name(&mut constraints, "databaseName", input.database_name);
    let name = catalog::name(&mut constraints, "tableName", input.table_name);
    let limit = catalog::page_size(&mut constraints, input.max_results);
    constraints.check(error::INVALID_INPUT)?;
    let current = table::require(call, tx, &database, &name)?;
    let list = catalog::version_key(&database, &name, None);
    let mut versions: Vec<Table> = paging::all(
        tx,
        Listing {
            scope: &call.scope,
            collection: VERSIONS,
            prefix: &list,
        },
    )?;
    versions.push(current);
    versions.reverse();
    let (page, next_token) = paging::slice(
        &list,
        versions,
        input.next_token.as_deref(),
        limit,
        error::bad_token,
    )?;
    let table_versions = page
        .into_iter()
        .map(|table| Version {
            version_id: table.version_id.clone(),
            table,
        })
        .collect();
    Ok(Output {
        table_versions,
        next_token,
    })
}
