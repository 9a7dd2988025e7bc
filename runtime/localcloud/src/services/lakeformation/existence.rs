//! Is what a request names there?

use super::columns::Columns;
use super::resource::{Named, Resource, Target};
use super::{data_cells_filter, error, lf_tag, location};
use crate::error::ServiceError;
use crate::services::glue::facts::{self, LinkTarget, TableFacts};
use crate::store::{Scope, Tx};

/// The catalog of a resource, in this region.
pub(super) fn catalog(resource: &Resource, region: &str) -> Scope {
    Scope {
        account: resource.catalog.clone(),
        region: region.to_owned(),
    }
}

/// A table of a catalog.
///
/// # Errors
/// `EntityNotFoundException`.
pub(super) fn table(
    tx: &Tx<'_>,
    scope: &Scope,
    database: &str,
    table: &str,
) -> Result<TableFacts, ServiceError> {
    facts::table(tx, scope, database, table)?
        .ok_or_else(|| error::not_found(format!("Table not found: {database}.{table}")))
}

/// A database of a catalog: what it links to, if it is a resource link.
///
/// # Errors
/// `EntityNotFoundException`.
pub(super) fn database(
    tx: &Tx<'_>,
    scope: &Scope,
    name: &str,
) -> Result<Option<LinkTarget>, ServiceError> {
    facts::database(tx, scope, name)?
        .ok_or_else(|| error::not_found(format!("Database not found: {name}")))
}

/// Requires the resource, and its columns if it names any. Says whether it is a resource link.
///
/// # Errors
/// `EntityNotFoundException`; `InvalidInputException` for a column that the table does not have, and
/// for a location that is not registered.
pub(super) fn require(tx: &Tx<'_>, region: &str, named: &Named) -> Result<bool, ServiceError> {
    let resource = &named.resource;
    let scope = catalog(resource, region);
    match &resource.target {
        Target::Catalog => Ok(false),
        Target::Database { database: name } => Ok(database(tx, &scope, name)?.is_some()),
        Target::AllTables { database: name } => {
            if database(tx, &scope, name)?.is_some() {
                return Err(error::invalid(format!(
                    "Resource link database {name} has no tables of its own."
                )));
            }
            Ok(false)
        }
        Target::Table {
            database,
            table: name,
        } => {
            let facts = table(tx, &scope, database, name)?;
            if let Some(columns) = &named.columns {
                check_columns(columns, &facts)?;
            }
            Ok(facts.link.is_some())
        }
        Target::Location { arn } => {
            location::require_registered(tx, &scope, arn)?;
            Ok(false)
        }
        Target::Filter {
            database,
            table: name,
            name: filter,
        } => {
            table(tx, &scope, database, name)?;
            data_cells_filter::require(tx, &scope, database, name, filter)?;
            Ok(false)
        }
        Target::Tag { key, values } => {
            lf_tag::require_values(tx, &scope, key, values)?;
            Ok(false)
        }
        Target::TagPolicy { expression, .. } => {
            for choice in expression {
                lf_tag::require_values(tx, &scope, &choice.tag_key, &choice.tag_values)?;
            }
            Ok(false)
        }
    }
}

/// Every column that is named is the table's.
///
/// # Errors
/// `InvalidInputException` that names the first that is not.
pub(super) fn check_columns(columns: &Columns, table: &TableFacts) -> Result<(), ServiceError> {
    let (Columns::Only(names) | Columns::AllBut(names)) = columns;
    match names.iter().find(|name| !table.columns.contains(name)) {
        Some(unknown) => Err(error::invalid(format!(
            "Column {unknown} is not present in the table {}.",
            table.name
        ))),
        None => Ok(()),
    }
}
