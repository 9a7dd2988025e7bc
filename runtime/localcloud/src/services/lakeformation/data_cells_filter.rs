//! Data cells filters: `CreateDataCellsFilter`, `GetDataCellsFilter`, `UpdateDataCellsFilter`,
//! `DeleteDataCellsFilter`, `ListDataCellsFilter`.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::columns::Columns;
use super::grant;
use super::list_permissions::page_size;
use super::resource::{ColumnWildcard, Resource, Target, filter_prefix, lowered};
use super::{authority, error, existence, row_filter};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::services::paging::{self, Listing};
use crate::store::{Scope, Tx};

const FILTERS: &str = "lakeformation.filters";

/// A filter on a table.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Filter {
    database: String,
    table: String,
    name: String,
    /// An SQL predicate; none for all rows.
    pub(super) rows: Option<String>,
    pub(super) columns: Columns,
    version: String,
}

impl Filter {
    fn show(&self, catalog: &str) -> Value {
        let rows = match &self.rows {
            Some(rows) => json!({"FilterExpression": rows}),
            None => json!({"FilterExpression": "TRUE", "AllRowsWildcard": {}}),
        };
        let mut shown = json!({
            "TableCatalogId": catalog,
            "DatabaseName": self.database,
            "TableName": self.table,
            "Name": self.name,
            "RowFilter": rows,
            "VersionId": self.version,
        });
        match &self.columns {
            Columns::Only(names) => shown["ColumnNames"] = json!(names),
            Columns::AllBut(names) => {
                shown["ColumnWildcard"] = json!({"ExcludedColumnNames": names});
            }
        }
        shown
    }
}

/// `DataCellsFilter` on the wire.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TableData {
    table_catalog_id: Option<String>,
    database_name: Option<String>,
    table_name: Option<String>,
    name: Option<String>,
    row_filter: Option<RowFilter>,
    column_names: Option<Vec<String>>,
    column_wildcard: Option<ColumnWildcard>,
    version_id: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RowFilter {
    filter_expression: Option<String>,
    all_rows_wildcard: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct WriteInput {
    table_data: Option<TableData>,
}

fn key(database: &str, table: &str, name: &str) -> String {
    format!("{database}\n{table}\n{name}")
}

/// The filter of this name.
pub(super) fn find(
    tx: &Tx<'_>,
    scope: &Scope,
    database: &str,
    table: &str,
    name: &str,
) -> Result<Option<Filter>, ServiceError> {
    tx.get(scope, FILTERS, &key(database, table, name))
}

/// # Errors
/// `EntityNotFoundException`.
pub(super) fn require(
    tx: &Tx<'_>,
    scope: &Scope,
    database: &str,
    table: &str,
    name: &str,
) -> Result<Filter, ServiceError> {
    find(tx, scope, database, table, name)?
        .ok_or_else(|| error::not_found(format!("Data cells filter {name} not found.")))
}

/// Deletes the filters of a table, and what is held on them.
pub(super) fn drop_of(
    tx: &Tx<'_>,
    call: &Call<'_>,
    database: &str,
    table: &str,
) -> Result<(), ServiceError> {
    let filters: Vec<(String, Filter)> = tx.scan(
        &call.scope,
        FILTERS,
        &key(database, table, ""),
        None,
        usize::MAX,
    )?;
    for (key, _) in filters {
        tx.delete(&call.scope, FILTERS, &key)?;
    }
    let start = filter_prefix(&call.scope.account, database, table);
    grant::drop_on(tx, call, &start)
}

/// Checks the data and makes a filter of it.
fn read(
    input: WriteInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(Filter, Option<String>), ServiceError> {
    let data = input
        .table_data
        .ok_or_else(|| error::invalid("TableData is mandatory."))?;
    let mut constraints = Constraints::new();
    let catalog = constraints.required("tableData.tableCatalogId", data.table_catalog_id);
    let database = constraints.required("tableData.databaseName", data.database_name);
    let table = constraints.required("tableData.tableName", data.table_name);
    let name = constraints.required("tableData.name", data.name);
    constraints.length("tableData.name", Some(&name), 1, 255);
    constraints.pattern("tableData.name", Some(&name), r"[^\x00-\x1F]*");
    constraints.check(error::INVALID_INPUT)?;
    super::own_catalog(Some(&catalog), call)?;
    let (database, table) = (database.to_lowercase(), table.to_lowercase());
    let facts = existence::table(tx, &call.scope, &database, &table)?;
    if facts.link.is_some() {
        return Err(error::invalid(format!(
            "Table {table} is a resource link: make the filter on its target."
        )));
    }
    let columns = match (data.column_names, data.column_wildcard) {
        (Some(names), None) if !names.is_empty() => Columns::Only(lowered(&names)),
        (None, Some(wildcard)) => Columns::AllBut(lowered(&wildcard.excluded_column_names)),
        _ => {
            return Err(error::invalid(
                "You must specify either a ColumnNames list or the ColumnWildCard.",
            ));
        }
    };
    existence::check_columns(&columns, &facts)?;
    let rows = match data
        .row_filter
        .map(|f| (f.filter_expression, f.all_rows_wildcard))
    {
        None | Some((None, None)) => {
            return Err(error::invalid(
                "RowFilter needs either a FilterExpression or the AllRowsWildcard.",
            ));
        }
        Some((Some(_), Some(_))) => {
            return Err(error::invalid(
                "FilterExpression and AllRowsWildcard cannot be set together.",
            ));
        }
        Some((None, Some(_))) => None,
        Some((Some(rows), None)) => {
            row_filter::check(&rows, &facts.columns)?;
            Some(rows).filter(|rows| !rows.trim().eq_ignore_ascii_case("true"))
        }
    };
    authority::may_filter(tx, call, &Resource::table(&catalog, &database, &table))?;
    let filter = Filter {
        database,
        table,
        name,
        rows,
        columns,
        version: call.cloud.uuid(),
    };
    Ok((filter, data.version_id))
}

/// `CreateDataCellsFilter`.
pub(super) fn create(
    input: WriteInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let (filter, _) = read(input, call, tx)?;
    let key = key(&filter.database, &filter.table, &filter.name);
    if !tx.insert(&call.scope, FILTERS, &key, &filter)? {
        return Err(error::exists(format!(
            "Data cells filter {} already exists.",
            filter.name
        )));
    }
    Ok(json!({}))
}

/// `UpdateDataCellsFilter`. With a `VersionId`, only if it is the filter's.
pub(super) fn update(
    input: WriteInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let (filter, expected) = read(input, call, tx)?;
    let known = require(
        tx,
        &call.scope,
        &filter.database,
        &filter.table,
        &filter.name,
    )?;
    if expected.is_some_and(|expected| expected != known.version) {
        return Err(error::concurrent(format!(
            "Data cells filter {} has changed: its version is {}.",
            known.name, known.version
        )));
    }
    let key = key(&filter.database, &filter.table, &filter.name);
    tx.put(&call.scope, FILTERS, &key, &filter)?;
    Ok(json!({}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OneInput {
    table_catalog_id: Option<String>,
    #[serde(default)]
    database_name: String,
    #[serde(default)]
    table_name: String,
    #[serde(default)]
    name: String,
}

impl OneInput {
    fn find(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<Filter, ServiceError> {
        super::own_catalog(self.table_catalog_id.as_deref(), call)?;
        let (database, table) = (
            self.database_name.to_lowercase(),
            self.table_name.to_lowercase(),
        );
        require(tx, &call.scope, &database, &table, &self.name)
    }
}

/// `GetDataCellsFilter`.
pub(super) fn get(input: OneInput, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let filter = input.find(call, tx)?;
    Ok(json!({"DataCellsFilter": filter.show(&call.scope.account)}))
}

/// `DeleteDataCellsFilter`. What is held on it goes with it.
pub(super) fn delete(input: OneInput, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let filter = input.find(call, tx)?;
    let table = Resource::table(&call.scope.account, &filter.database, &filter.table);
    authority::may_filter(tx, call, &table)?;
    let resource = Resource::new(
        &call.scope.account,
        Target::Filter {
            database: filter.database.clone(),
            table: filter.table.clone(),
            name: filter.name.clone(),
        },
    );
    grant::drop_on(tx, call, &resource.key())?;
    let key = key(&filter.database, &filter.table, &filter.name);
    tx.delete(&call.scope, FILTERS, &key)?;
    Ok(json!({}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListInput {
    table: Option<TableInput>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TableInput {
    catalog_id: Option<String>,
    database_name: Option<String>,
    name: Option<String>,
}

/// `ListDataCellsFilter`: of a table, of a database, or all, by their names.
pub(super) fn list(input: ListInput, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let mut start = String::new();
    if let Some(table) = input.table {
        super::own_catalog(table.catalog_id.as_deref(), call)?;
        let database = table.database_name.unwrap_or_default().to_lowercase();
        existence::database(tx, &call.scope, &database)?;
        start = format!("{database}\n");
        if let Some(name) = table.name {
            let name = name.to_lowercase();
            existence::table(tx, &call.scope, &database, &name)?;
            start = key(&database, &name, "");
        }
    }
    let (filters, next) = paging::page(
        tx,
        Listing {
            scope: &call.scope,
            collection: FILTERS,
            prefix: &start,
        },
        input.next_token.as_deref(),
        page_size(input.max_results)?,
        error::bad_token,
        |_: &Filter| true,
    )?;
    let shown: Vec<Value> = filters
        .iter()
        .map(|filter| filter.show(&call.scope.account))
        .collect();
    Ok(json!({"DataCellsFilters": shown, "NextToken": next}))
}
