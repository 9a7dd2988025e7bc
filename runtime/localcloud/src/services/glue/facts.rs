//! What other services need to know of a catalog's databases and tables.

use serde_json::Value;

use super::catalog;
use super::database::{DATABASES, Database};
use super::partition::{self, PARTITIONS};
use super::table::{TABLES, Table};
use crate::error::ServiceError;
use crate::store::{Scope, Tx};

/// What a resource link points to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LinkTarget {
    /// Account id of the target's catalog.
    pub(crate) catalog: String,
    pub(crate) database: String,
    /// None for a link to a database.
    pub(crate) table: Option<String>,
}

/// A table, as far as permissions are concerned.
#[derive(Debug, Clone)]
pub(crate) struct TableFacts {
    pub(crate) name: String,
    /// Names in lower case, partition keys last.
    pub(crate) columns: Vec<String>,
    /// `s3://…`; none for a link or a view.
    pub(crate) location: Option<String>,
    /// Set if the table is a resource link.
    pub(crate) link: Option<LinkTarget>,
}

impl Table {
    /// The table's facts. `catalog` is its own catalog, which a link without `CatalogId` means.
    pub(super) fn facts(&self, catalog: &str) -> TableFacts {
        let storage = self.rest.get("StorageDescriptor");
        let names = |list: Option<&Value>| -> Vec<String> {
            list.and_then(Value::as_array)
                .iter()
                .copied()
                .flatten()
                .filter_map(|column| column.get("Name").and_then(Value::as_str))
                .map(str::to_lowercase)
                .collect()
        };
        let mut columns = names(storage.and_then(|storage| storage.get("Columns")));
        columns.extend(names(self.rest.get("PartitionKeys")));
        TableFacts {
            name: self.name.clone(),
            columns,
            location: storage
                .and_then(|storage| storage.get("Location"))
                .and_then(Value::as_str)
                .map(str::to_owned),
            link: self
                .rest
                .get("TargetTable")
                .and_then(|target| link_target(target, catalog)),
        }
    }
}

impl Database {
    /// What the database links to, if it is a resource link.
    pub(super) fn link(&self, catalog: &str) -> Option<LinkTarget> {
        let target = self.target_database.as_ref()?;
        let text = |name: &str| target.get(name).and_then(Value::as_str);
        Some(LinkTarget {
            catalog: text("CatalogId").unwrap_or(catalog).to_owned(),
            database: text("DatabaseName")?.to_lowercase(),
            table: None,
        })
    }
}

fn link_target(target: &Value, catalog: &str) -> Option<LinkTarget> {
    let text = |name: &str| target.get(name).and_then(Value::as_str);
    Some(LinkTarget {
        catalog: text("CatalogId").unwrap_or(catalog).to_owned(),
        database: text("DatabaseName")?.to_lowercase(),
        table: Some(text("Name")?.to_lowercase()),
    })
}

/// A table's facts; none if there is no such table. Names in lower case.
pub(crate) fn table(
    tx: &Tx<'_>,
    scope: &Scope,
    database: &str,
    name: &str,
) -> Result<Option<TableFacts>, ServiceError> {
    let key = catalog::table_key(database, name);
    let table: Option<Table> = tx.get(scope, TABLES, &key)?;
    Ok(table.map(|table| table.facts(&scope.account)))
}

/// The tables of a database, in the order of their names.
pub(crate) fn tables(
    tx: &Tx<'_>,
    scope: &Scope,
    database: &str,
) -> Result<Vec<TableFacts>, ServiceError> {
    let prefix = catalog::table_key(database, "");
    let tables: Vec<(String, Table)> = tx.scan(scope, TABLES, &prefix, None, usize::MAX)?;
    Ok(tables
        .iter()
        .map(|(_, table)| table.facts(&scope.account))
        .collect())
}

/// Whether there is such a database, and what it links to if it is a resource link.
pub(crate) fn database(
    tx: &Tx<'_>,
    scope: &Scope,
    name: &str,
) -> Result<Option<Option<LinkTarget>>, ServiceError> {
    let database: Option<Database> = tx.get(scope, DATABASES, name)?;
    Ok(database.map(|database| database.link(&scope.account)))
}

/// The names of a catalog's databases, in order.
pub(crate) fn databases(tx: &Tx<'_>, scope: &Scope) -> Result<Vec<String>, ServiceError> {
    let databases: Vec<(String, Database)> = tx.scan(scope, DATABASES, "", None, usize::MAX)?;
    Ok(databases.into_iter().map(|(name, _)| name).collect())
}

/// A table's definition as `GetTable` shows it; none if there is no such table. Names in lower case.
pub(crate) fn definition(
    tx: &Tx<'_>,
    scope: &Scope,
    database: &str,
    name: &str,
) -> Result<Option<Value>, ServiceError> {
    tx.get(scope, TABLES, &catalog::table_key(database, name))
}

/// A partition, as far as readers of its files are concerned.
#[derive(Debug, Clone)]
pub(crate) struct Partition {
    /// One for each partition key.
    pub(crate) values: Vec<String>,
    /// Its storage descriptor, if it has one.
    pub(crate) storage: Option<Value>,
}

/// The partitions of a table, in the order of their values. Names in lower case.
pub(crate) fn partitions(
    tx: &Tx<'_>,
    scope: &Scope,
    database: &str,
    name: &str,
) -> Result<Vec<Partition>, ServiceError> {
    let below = catalog::partition_key(database, name, &[]);
    let all: Vec<(String, partition::Partition)> =
        tx.scan(scope, PARTITIONS, &below, None, usize::MAX)?;
    Ok(all
        .into_iter()
        .map(|(_, mut partition)| Partition {
            values: partition.values,
            storage: partition.rest.remove("StorageDescriptor"),
        })
        .collect())
}
