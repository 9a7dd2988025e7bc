//! A table's versions: the current one and those that it superseded. `GetTableVersions`,
//! `GetTableVersion`, `DeleteTableVersion`, `BatchDeleteTableVersion`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::table::{self, Table, VERSIONS};
use super::{catalog, error};
use crate::error::ServiceError;
use crate::faults::BatchFaults;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::services::paging;
use crate::store::Tx;

/// How many versions one request deletes at most.
const MOST_AT_ONCE: usize = 100;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListInput {
    catalog_id: Option<String>,
    database_name: Option<String>,
    table_name: Option<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

/// `GetTableVersions`, the latest first.
pub(super) fn list(input: ListInput, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    catalog::check(call, input.catalog_id.as_deref())?;
    let mut constraints = Constraints::new();
    let database = catalog::name(&mut constraints, "databaseName", input.database_name);
    let name = catalog::name(&mut constraints, "tableName", input.table_name);
    let limit = catalog::page_size(&mut constraints, input.max_results);
    constraints.check(error::INVALID_INPUT)?;
    let current = table::require(call, tx, &database, &name)?;
    let list = catalog::version_key(&database, &name, None);
    let (mut page, after) = match &input.next_token {
        None => (vec![(list.clone(), current)], None),
        Some(token) => {
            let after = paging::key_of(&list, token).ok_or_else(error::bad_token)?;
            (Vec::new(), Some(after))
        }
    };
    let wanted = limit + 1 - page.len();
    page.extend(tx.scan(&call.scope, VERSIONS, &list, after.as_deref(), wanted)?);
    let more = page.len() > limit;
    page.truncate(limit);
    let next = page.last().filter(|_| more);
    let mut output = json!({});
    if let Some((key, _)) = next {
        output["NextToken"] = Value::from(paging::token(&list, key));
    }
    output["TableVersions"] = page.into_iter().map(|(_, table)| shown(&table)).collect();
    Ok(output)
}

fn shown(table: &Table) -> Value {
    json!({"VersionId": table.version_id, "Table": table})
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OneInput {
    catalog_id: Option<String>,
    database_name: Option<String>,
    table_name: Option<String>,
    version_id: Option<String>,
}

/// `GetTableVersion`; the current one if none is named.
pub(super) fn get(input: OneInput, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    catalog::check(call, input.catalog_id.as_deref())?;
    let mut constraints = Constraints::new();
    let database = catalog::name(&mut constraints, "databaseName", input.database_name);
    let name = catalog::name(&mut constraints, "tableName", input.table_name);
    constraints.length("versionId", input.version_id.as_deref(), 1, 255);
    constraints.check(error::INVALID_INPUT)?;
    let current = table::require(call, tx, &database, &name)?;
    let table = match input.version_id {
        Some(version) if version != current.version_id => {
            let key = catalog::version_key(&database, &name, Some(number(&version)?));
            tx.get(&call.scope, VERSIONS, &key)?
                .ok_or_else(|| missing(&version))?
        }
        _ => current,
    };
    Ok(json!({"TableVersion": shown(&table)}))
}

fn number(version: &str) -> Result<u64, ServiceError> {
    version
        .parse()
        .map_err(|_| error::invalid(format!("Version id {version} is not a number.")))
}

fn missing(version: &str) -> ServiceError {
    error::not_found(format!("Version {version} not found."))
}

/// `DeleteTableVersion`. The current version goes only with the table.
pub(super) fn delete(input: OneInput, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    catalog::check(call, input.catalog_id.as_deref())?;
    let mut constraints = Constraints::new();
    let database = catalog::name(&mut constraints, "databaseName", input.database_name);
    let name = catalog::name(&mut constraints, "tableName", input.table_name);
    let version = constraints.required("versionId", input.version_id);
    constraints.length("versionId", Some(&version), 1, 255);
    constraints.check(error::INVALID_INPUT)?;
    let table = table::require(call, tx, &database, &name)?;
    remove(call, tx, &table, &version)?;
    Ok(json!({}))
}

fn remove(call: &Call<'_>, tx: &Tx<'_>, table: &Table, version: &str) -> Result<(), ServiceError> {
    let number = number(version)?;
    if number == table.version() {
        return Err(error::invalid(format!(
            "Version {version} is the current version of table {}.",
            table.name
        )));
    }
    let key = catalog::version_key(&table.database_name, &table.name, Some(number));
    match tx.delete(&call.scope, VERSIONS, &key)? {
        true => Ok(()),
        false => Err(missing(version)),
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct BatchInput {
    catalog_id: Option<String>,
    database_name: Option<String>,
    table_name: Option<String>,
    version_ids: Option<Vec<String>>,
}

/// `BatchDeleteTableVersion`: one after the other; the answer names those that failed.
pub(super) fn batch_delete(
    input: BatchInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    catalog::check(call, input.catalog_id.as_deref())?;
    let mut constraints = Constraints::new();
    let database = catalog::name(&mut constraints, "databaseName", input.database_name);
    let name = catalog::name(&mut constraints, "tableName", input.table_name);
    let versions = constraints.required("versionIds", input.version_ids);
    constraints.count("versionIds", Some(&versions), 0, MOST_AT_ONCE);
    constraints.check(error::INVALID_INPUT)?;
    let table = table::require(call, tx, &database, &name)?;
    let mut faults = BatchFaults::of(call);
    let mut errors = Vec::new();
    for version in versions {
        if let Err(refusal) = faults.entry(|| remove(call, tx, &table, &version))? {
            errors.push(json!({
                "TableName": name,
                "VersionId": version,
                "ErrorDetail": error::detail(&refusal),
            }));
        }
    }
    Ok(json!({"Errors": errors}))
}
