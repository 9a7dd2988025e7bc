//! Data cells filters: the columns and rows of a table that a grant lets through.

use aws_sdk_lakeformation::types::{AllRowsWildcard, DataCellsFilter, RowFilter};

use super::resource::{column_wildcard, table};
use super::{LakeFormation, absent};
use crate::classify::Failure;
use crate::error::AwsError;
use crate::ops::{Page, PageRequest};

/// A data cells filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellsFilter {
    /// The account whose catalogue the table is in.
    pub catalog: String,
    /// The database.
    pub database: String,
    /// The table.
    pub table: String,
    /// Unique in the table.
    pub name: String,
    /// Which columns.
    pub columns: FilterColumns,
    /// The condition for rows: `country = 'IT'`; all rows when unset.
    pub rows: Option<String>,
}

/// The columns that a filter lets through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FilterColumns {
    /// These.
    Only(Vec<String>),
    /// All but these, also those to come.
    AllBut(Vec<String>),
}

impl CellsFilter {
    fn into_sdk(self) -> Result<DataCellsFilter, Failure> {
        let rows = match self.rows {
            Some(expression) => RowFilter::builder().filter_expression(expression),
            None => RowFilter::builder().all_rows_wildcard(AllRowsWildcard::builder().build()),
        };
        let filter = DataCellsFilter::builder()
            .table_catalog_id(self.catalog)
            .database_name(self.database)
            .table_name(self.table)
            .name(self.name)
            .row_filter(rows.build());
        let filter = match self.columns {
            FilterColumns::Only(columns) => filter.set_column_names(Some(columns)),
            FilterColumns::AllBut(excluded) => filter.column_wildcard(column_wildcard(excluded)),
        };
        Ok(filter.build()?)
    }

    /// Lists say that all rows pass with a wildcard, with the expression `true`, or with none.
    fn from_sdk(filter: DataCellsFilter) -> Self {
        let columns = match (filter.column_names, filter.column_wildcard) {
            (Some(columns), _) if !columns.is_empty() => FilterColumns::Only(columns),
            (_, wildcard) => FilterColumns::AllBut(
                wildcard
                    .and_then(|wildcard| wildcard.excluded_column_names)
                    .unwrap_or_default(),
            ),
        };
        let rows = filter
            .row_filter
            .filter(|rows| rows.all_rows_wildcard.is_none())
            .and_then(|rows| rows.filter_expression)
            .filter(|expression| !expression.is_empty() && expression != "true");
        Self {
            catalog: filter.table_catalog_id,
            database: filter.database_name,
            table: filter.table_name,
            name: filter.name,
            columns,
            rows,
        }
    }
}

impl LakeFormation<'_> {
    /// `CreateDataCellsFilter`. Conflict when there is one of that name.
    pub async fn create_filter(&self, filter: CellsFilter) -> Result<(), AwsError> {
        self.0
            .call("CreateDataCellsFilter", |lakeformation| async move {
                lakeformation
                    .create_data_cells_filter()
                    .table_data(filter.into_sdk()?)
                    .send()
                    .await?;
                Ok(())
            })
            .await
    }

    /// `UpdateDataCellsFilter`: all of its content.
    pub async fn update_filter(&self, filter: CellsFilter) -> Result<(), AwsError> {
        self.0
            .call("UpdateDataCellsFilter", |lakeformation| async move {
                lakeformation
                    .update_data_cells_filter()
                    .table_data(filter.into_sdk()?)
                    .send()
                    .await?;
                Ok(())
            })
            .await
    }

    /// `GetDataCellsFilter`.
    pub async fn get_filter(
        &self,
        catalog: &str,
        database: &str,
        table: &str,
        name: &str,
    ) -> Result<CellsFilter, AwsError> {
        self.0
            .call("GetDataCellsFilter", |lakeformation| async move {
                let out = lakeformation
                    .get_data_cells_filter()
                    .table_catalog_id(catalog)
                    .database_name(database)
                    .table_name(table)
                    .name(name)
                    .send()
                    .await?;
                out.data_cells_filter
                    .map(CellsFilter::from_sdk)
                    .ok_or_else(absent)
            })
            .await
    }

    /// `DeleteDataCellsFilter`. Not found when it, or its table, is not there.
    pub async fn delete_filter(
        &self,
        catalog: &str,
        database: &str,
        table: &str,
        name: &str,
    ) -> Result<(), AwsError> {
        self.0
            .call("DeleteDataCellsFilter", |lakeformation| async move {
                lakeformation
                    .delete_data_cells_filter()
                    .table_catalog_id(catalog)
                    .database_name(database)
                    .table_name(table)
                    .name(name)
                    .send()
                    .await?;
                Ok(())
            })
            .await
    }

    /// `ListDataCellsFilter`: those of a table.
    pub async fn list_filters(
        &self,
        catalog: &str,
        database: &str,
        table_name: &str,
        page: PageRequest,
    ) -> Result<Page<CellsFilter>, AwsError> {
        self.0
            .call("ListDataCellsFilter", |lakeformation| async move {
                let (catalog, database) = (Some(catalog.to_owned()), database.to_owned());
                let out = lakeformation
                    .list_data_cells_filter()
                    .table(table(catalog, database, table_name.to_owned())?)
                    .set_max_results(page.max_results)
                    .set_next_token(page.next_token)
                    .send()
                    .await?;
                let filters = out.data_cells_filters.unwrap_or_default().into_iter();
                Ok(Page {
                    items: filters.map(CellsFilter::from_sdk).collect(),
                    next_token: out.next_token,
                })
            })
            .await
    }
}
