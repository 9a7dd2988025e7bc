//! `GetTables` of a database, in the order of their names.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::expression::Expression;
use super::table::{TABLES, Table};
use super::{catalog, database, error, foreign};
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
    expression: Option<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
    attributes_to_get: Option<Vec<String>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    table_list: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

pub(super) fn get_tables(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Output, ServiceError> {
    let scope = catalog::readable(call, input.catalog_id.as_deref())?;
    let mut constraints = Constraints::new();
    let database = catalog::name(&mut constraints, "databaseName", input.database_name);
    constraints.length("expression", input.expression.as_deref(), 0, 2048);
    let limit = catalog::page_size(&mut constraints, input.max_results);
    constraints.check(error::INVALID_INPUT)?;
    let expression = match input.expression.as_deref() {
        None | Some("") => None,
        Some(text) => Some(Expression::new(text)?),
    };
    let (scope, database) = foreign::behind(call, tx, scope, database)?;
    foreign::check_database(call, tx, &scope, &database)?;
    database::require_in(tx, &scope, &database)?;
    let from = expression.as_ref().map_or("", Expression::prefix);
    let mut broken = None;
    let (tables, next_token) = paging::page(
        tx,
        Listing {
            scope: &scope,
            collection: TABLES,
            prefix: &catalog::table_key(&database, from),
        },
        input.next_token.as_deref(),
        limit,
        error::bad_token,
        |table: &Table| {
            let wanted = expression
                .as_ref()
                .is_none_or(|expression| expression.takes(&table.name));
            wanted
                && foreign::sees(call, tx, &scope, table).unwrap_or_else(|error| {
                    broken = Some(error);
                    false
                })
        },
    )?;
    if let Some(broken) = broken {
        return Err(broken);
    }
    let wanted = input.attributes_to_get.unwrap_or_default();
    let table_list = tables
        .iter()
        .map(|table| shown(table, &wanted))
        .collect::<Result<_, _>>()?;
    Ok(Output {
        table_list,
        next_token,
    })
}

/// The whole table, or only its name and, if wanted, its type.
fn shown(table: &Table, wanted: &[String]) -> Result<Value, ServiceError> {
    if wanted.is_empty() {
        return serde_json::to_value(table)
            .map_err(|error| ServiceError::internal(error.to_string()));
    }
    let mut short = json!({"Name": table.name, "DatabaseName": table.database_name});
    if wanted.iter().any(|attribute| attribute == "TABLE_TYPE")
        && let Some(table_type) = table.rest.get("TableType")
    {
        short["TableType"] = table_type.clone();
    }
    Ok(short)
}
