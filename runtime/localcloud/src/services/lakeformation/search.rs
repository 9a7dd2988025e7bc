//! `SearchDatabasesByLFTags` and `SearchTablesByLFTags`, in the order of the names.

use serde::Deserialize;
use serde_json::{Value, json};

use super::columns::Columns;
use super::list_permissions::page_size;
use super::resource::{TagChoice, choices};
use super::{error, own_catalog, tagging};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::glue::facts;
use crate::services::paging;
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    catalog_id: Option<String>,
    expression: Option<Vec<TagChoice>>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

/// `SearchDatabasesByLFTags`.
pub(super) fn databases(input: Input, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    own_catalog(input.catalog_id.as_deref(), call)?;
    let expression = choices(input.expression)?;
    let mut found = Vec::new();
    for database in facts::databases(tx, &call.scope)? {
        let tags = tagging::of_database(tx, &call.scope, &database)?;
        if tagging::fits(&tags, &expression) {
            found.push(json!({
                "Database": {"CatalogId": call.scope.account, "Name": database},
                "LFTags": tagging::show(&call.scope, &tags),
            }));
        }
    }
    let (page, next) = paging::slice(
        "lakeformation.databases-by-tags",
        found,
        input.next_token.as_deref(),
        page_size(input.max_results)?,
        error::bad_token,
    )?;
    Ok(json!({"DatabaseList": page, "NextToken": next}))
}

/// `SearchTablesByLFTags`: tables that fit, and those with a column that does.
pub(super) fn tables(input: Input, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    own_catalog(input.catalog_id.as_deref(), call)?;
    let expression = choices(input.expression)?;
    let mut found = Vec::new();
    for database in facts::databases(tx, &call.scope)? {
        for table in facts::tables(tx, &call.scope, &database)? {
            let mut fits = tagging::fits(
                &tagging::of_table(tx, &call.scope, &database, &table.name)?,
                &expression,
            );
            for column in &table.columns {
                let tags = tagging::of_column(tx, &call.scope, &database, &table.name, column)?;
                fits |= tagging::fits(&tags, &expression);
            }
            if fits {
                let all = Columns::all();
                let mut entry = tagging::of_all(tx, &call.scope, &database, &table, &all, false)?;
                entry["Table"] = json!({
                    "CatalogId": call.scope.account,
                    "DatabaseName": database,
                    "Name": table.name,
                });
                found.push(entry);
            }
        }
    }
    let (page, next) = paging::slice(
        "lakeformation.tables-by-tags",
        found,
        input.next_token.as_deref(),
        page_size(input.max_results)?,
        error::bad_token,
    )?;
    Ok(json!({"TableList": page, "NextToken": next}))
}
