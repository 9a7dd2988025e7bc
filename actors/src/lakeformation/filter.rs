//! Data cells filters. Ours are known by their name.

use std::collections::BTreeSet;

use datamesh_aws::lakeformation::{self, FilterColumns};

use super::lake::Lake;
use super::thing_error::ThingError;
use crate::access::{CellsFilter, Rows};

/// What the names of our filters begin with.
const OURS: &str = "datamesh-";

/// Makes a filter. One of ours under the same name gets this content.
///
/// # Errors
/// AWS's; `FilterNameTaken` when somebody else's filter has the name and another content.
pub(super) async fn put(lake: &Lake<'_>, filter: &CellsFilter) -> Result<(), ThingError> {
    let lakeformation = lake.lakeformation();
    match lakeformation.create_filter(to_aws(lake, filter)).await {
        Err(error) if error.is_conflict() => {}
        other => return Ok(other?),
    }
    if is_there(lake, filter).await? {
        return Ok(());
    }
    if !filter.name.starts_with(OURS) {
        let message = format!(
            "table {} has a data cells filter {} with another content, which is not ours: choose another name",
            filter.table, filter.name
        );
        return Err(ThingError::refused("FilterNameTaken", message));
    }
    Ok(lakeformation.update_filter(to_aws(lake, filter)).await?)
}

/// Deletes a filter: one of ours, or one whose content is exactly this.
///
/// # Errors
/// AWS's.
pub(super) async fn remove(lake: &Lake<'_>, filter: &CellsFilter) -> Result<(), ThingError> {
    if !filter.name.starts_with(OURS) && !is_there(lake, filter).await? {
        return Ok(());
    }
    let ledger = lake.ledger;
    let deleted = lake
        .lakeformation()
        .delete_filter(
            &ledger.catalog,
            &ledger.database,
            &filter.table,
            &filter.name,
        )
        .await;
    match deleted {
        Err(error) if error.is_not_found() => Ok(()),
        other => Ok(other?),
    }
}

/// Whether there is a filter of this name with this content.
///
/// # Errors
/// When it cannot be read.
pub(super) async fn is_there(lake: &Lake<'_>, filter: &CellsFilter) -> Result<bool, ThingError> {
    let ledger = lake.ledger;
    let found = lake
        .lakeformation()
        .get_filter(
            &ledger.catalog,
            &ledger.database,
            &filter.table,
            &filter.name,
        )
        .await;
    match found {
        Ok(found) => Ok(from_aws(found) == normal(filter)),
        Err(error) if error.is_not_found() => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn to_aws(lake: &Lake<'_>, filter: &CellsFilter) -> lakeformation::CellsFilter {
    let list = |names: &BTreeSet<String>| names.iter().cloned().collect();
    lakeformation::CellsFilter {
        catalog: lake.ledger.catalog.clone(),
        database: lake.ledger.database.clone(),
        table: filter.table.clone(),
        name: filter.name.clone(),
        columns: match filter.columns.is_empty() {
            true => FilterColumns::AllBut(list(&filter.excluded)),
            false => FilterColumns::Only(list(&filter.columns)),
        },
        rows: match &filter.rows {
            Rows::All => None,
            Rows::Where(expression) => Some(expression.clone()),
        },
    }
}

/// A filter as Lake Formation shows it.
pub(super) fn from_aws(filter: lakeformation::CellsFilter) -> CellsFilter {
    let (columns, excluded) = match filter.columns {
        FilterColumns::Only(columns) => (columns.into_iter().collect(), BTreeSet::new()),
        FilterColumns::AllBut(excluded) => (BTreeSet::new(), excluded.into_iter().collect()),
    };
    normal(&CellsFilter {
        table: filter.table,
        name: filter.name,
        columns,
        excluded,
        rows: filter.rows.map_or(Rows::All, Rows::Where),
    })
}

/// Names in lower case, as Lake Formation keeps them; what is left out counts only where nothing is named; an
/// expression that always holds is no expression.
fn normal(filter: &CellsFilter) -> CellsFilter {
    let lowered = |names: &BTreeSet<String>| names.iter().map(|n| n.to_lowercase()).collect();
    CellsFilter {
        table: filter.table.to_lowercase(),
        name: filter.name.clone(),
        columns: lowered(&filter.columns),
        excluded: match filter.columns.is_empty() {
            true => lowered(&filter.excluded),
            false => BTreeSet::new(),
        },
        rows: match &filter.rows {
            Rows::Where(expression) if !expression.trim().eq_ignore_ascii_case("true") => {
                Rows::Where(expression.trim().to_owned())
            }
            _ => Rows::All,
        },
    }
}
