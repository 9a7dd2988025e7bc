//! The tables that a statement names: found in the asker's catalog, links followed, and what of them
//! Lake Formation lets through.

use serde_json::Value;

use super::statement::Named;
use super::{Asker, Failure, place};
use crate::error::ServiceError;
use crate::services::glue::facts;
use crate::services::lakeformation::access::{self, Reader};
use crate::store::Scope;

/// A table, as far as it may be seen.
pub(super) struct Found {
    /// Its columns: name in lower case, and Glue's type; those of its files first, in their order.
    pub(super) columns: Vec<(String, String)>,
    /// How many of them, the last ones, are partition keys.
    pub(super) keys: usize,
    /// The names of those that may be seen, in the table's order.
    pub(super) visible: Vec<String>,
    /// The rows that may be seen: those for which one holds; all if there is none.
    pub(super) row_filters: Vec<String>,
    /// `s3://…`.
    pub(super) location: String,
    /// Its partitions in the catalog.
    pub(super) partitions: Vec<facts::Partition>,
    /// How its files are written: the table's storage descriptor and parameters.
    pub(super) definition: Value,
}

pub(super) const CATALOG: &str = "awsdatacatalog";

/// Finds a table for the asker.
///
/// # Errors
/// The outer error is the store's; the inner one is what the asker is shown.
pub(super) fn table(
    sql: &str,
    named: &Named,
    asker: &Asker<'_>,
) -> Result<Result<Found, Failure>, ServiceError> {
    let at = place(sql, named.at);
    if let Some(catalog) = &named.catalog
        && !catalog.eq_ignore_ascii_case(CATALOG)
    {
        return Ok(Err(Failure::user(format!(
            "CATALOG_NOT_FOUND: {at}: Catalog '{catalog}' does not exist"
        ))));
    }
    let database = match &named.database {
        Some(database) => database.clone(),
        None => asker.database.to_lowercase(),
    };
    if facts::database(asker.tx, asker.scope, &database)?.is_none() {
        return Ok(Err(Failure::user(format!(
            "SCHEMA_NOT_FOUND: {at}: Schema '{database}' does not exist"
        ))));
    }
    let full = format!("{CATALOG}.{database}.{}", named.table);
    let missing = || {
        Failure::user(format!(
            "TABLE_NOT_FOUND: {at}: Table '{full}' does not exist"
        ))
    };
    let reader = Reader {
        account: &asker.scope.account,
        region: &asker.scope.region,
        principal: asker.principal,
    };
    // There is no such table, or the link is there, and what it leads to is not.
    let Some(definition) = target(asker, &database, &named.table)? else {
        return Ok(Err(missing()));
    };
    let readable = access::readable(
        asker.tx,
        &reader,
        &asker.scope.account,
        &database,
        &named.table,
        asker.now_ms,
    )?;
    let readable = match readable {
        Ok(readable) => readable,
        Err(refusal) => {
            return Ok(Err(Failure::denied(format!(
                "Insufficient permissions to execute the query. {}",
                refusal.message
            ))));
        }
    };
    let storage = &definition["StorageDescriptor"];
    let mut columns = columns(&storage["Columns"]);
    let keys = self::columns(&definition["PartitionKeys"]);
    let key_count = keys.len();
    columns.extend(keys);
    let partitions = match key_count {
        0 => Vec::new(),
        _ => partitions(asker, &definition)?,
    };
    Ok(Ok(Found {
        columns,
        keys: key_count,
        visible: readable.columns,
        row_filters: readable.row_filters,
        location: storage["Location"].as_str().unwrap_or_default().to_owned(),
        partitions,
        definition,
    }))
}

fn columns(list: &Value) -> Vec<(String, String)> {
    list.as_array()
        .iter()
        .copied()
        .flatten()
        .map(|column| {
            let text = |name: &str| column[name].as_str().unwrap_or_default().to_lowercase();
            (text("Name"), text("Type"))
        })
        .collect()
}

fn partitions(
    asker: &Asker<'_>,
    definition: &Value,
) -> Result<Vec<facts::Partition>, ServiceError> {
    let text = |name: &str| definition[name].as_str().unwrap_or_default();
    let scope = Scope {
        account: text("CatalogId").to_owned(),
        region: asker.scope.region.clone(),
    };
    facts::partitions(asker.tx, &scope, text("DatabaseName"), text("Name"))
}

/// The definition of a table behind its links; none if there is none.
fn target(asker: &Asker<'_>, database: &str, table: &str) -> Result<Option<Value>, ServiceError> {
    let in_account = |account: &str| Scope {
        account: account.to_owned(),
        region: asker.scope.region.clone(),
    };
    let tx = asker.tx;
    let (mut scope, mut database) = (asker.scope.clone(), database.to_owned());
    if let Some(Some(link)) = facts::database(tx, &scope, &database)? {
        (scope, database) = (in_account(&link.catalog), link.database);
    }
    let Some(found) = facts::table(tx, &scope, &database, table)? else {
        return Ok(None);
    };
    match found.link {
        None => facts::definition(tx, &scope, &database, table),
        Some(link) => {
            let scope = in_account(&link.catalog);
            let name = link.table.unwrap_or(found.name);
            facts::definition(tx, &scope, &link.database, &name)
        }
    }
}
