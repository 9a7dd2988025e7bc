//! `GetUnfilteredTableMetadata`: a table, with the columns and rows that the caller may read of it.
//! Query engines ask this and filter by it.

use serde::Deserialize;
use serde_json::{Value, json};

use super::foreign::reader;
use super::{catalog, error, foreign, table};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::services::lakeformation::{access, location};
use crate::store::Tx;

/// What an engine must be able to do where rows are filtered.
const CELL_FILTERS: &str = "CELL_FILTER_PERMISSION";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    catalog_id: Option<String>,
    database_name: Option<String>,
    name: Option<String>,
    supported_permission_types: Option<Vec<String>>,
}

pub(super) fn get_unfiltered_table_metadata(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let scope = catalog::readable(call, input.catalog_id.as_deref())?;
    let mut constraints = Constraints::new();
    let database = catalog::name(&mut constraints, "databaseName", input.database_name);
    let name = catalog::name(&mut constraints, "name", input.name);
    let supported =
        constraints.required("supportedPermissionTypes", input.supported_permission_types);
    constraints.count("supportedPermissionTypes", Some(&supported), 1, 255);
    constraints.check(error::INVALID_INPUT)?;
    let (owner, behind) = foreign::behind(call, tx, scope.clone(), database.clone())?;
    foreign::check_database(call, tx, &owner, &behind)?;
    let table = table::require_in(tx, &owner, &behind, &name)?;
    let at = table.facts(&owner.account).location;
    let catalog = &scope.account;
    let readable = access::readable(tx, &reader(call), catalog, &database, &name, call.now_ms)?
        .map_err(|refusal| ServiceError::bad_request("AccessDeniedException", refusal.message))?;
    let rows = readable.row_filters.join(") OR (");
    if !rows.is_empty() && !supported.iter().any(|kind| kind == CELL_FILTERS) {
        return Err(ServiceError::bad_request(
            "PermissionTypeMismatchException",
            format!(
                "Table {name} has row filters: an engine that supports {CELL_FILTERS} is needed."
            ),
        ));
    }
    let filters: Vec<Value> = readable
        .columns
        .iter()
        .filter(|_| !rows.is_empty())
        .map(|column| json!({"ColumnName": column, "RowFilterExpression": format!("({rows})")}))
        .collect();
    Ok(json!({
        "Table": table,
        "AuthorizedColumns": readable.columns,
        "IsRegisteredWithLakeFormation": location::is_registered(tx, &owner, at.as_deref())?,
        "CellFilters": filters,
    }))
}
