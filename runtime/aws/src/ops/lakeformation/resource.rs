//! What permissions, LF-Tags and opt-ins are on.

use std::collections::BTreeMap;

use aws_sdk_lakeformation::types::{
    self, CatalogResource, ColumnWildcard, DataCellsFilterResource, DataLocationResource,
    DatabaseResource, LfTag, LfTagExpressionResource, LfTagKeyResource, LfTagPolicyResource,
    ResourceType, TableResource, TableWildcard, TableWithColumnsResource,
};

use crate::classify::Failure;

/// A resource, and whose catalogue it is in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Resource {
    /// The account whose catalogue it is in; the called account's own when unset.
    pub catalog: Option<String>,
    /// Which.
    pub kind: ResourceKind,
}

/// The kinds of resources.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResourceKind {
    /// The catalogue.
    Catalog,
    /// A database.
    Database {
        /// The database.
        name: String,
    },
    /// A table.
    Table {
        /// The database.
        database: String,
        /// The table.
        name: String,
    },
    /// Every table of a database.
    AllTables {
        /// The database.
        database: String,
    },
    /// Some columns of a table.
    Columns {
        /// The database.
        database: String,
        /// The table.
        table: String,
        /// The columns.
        columns: Vec<String>,
    },
    /// All columns of a table but some: a `ColumnWildcard`.
    ColumnsExcept {
        /// The database.
        database: String,
        /// The table.
        table: String,
        /// The columns that are left out; none for all columns.
        excluded: Vec<String>,
    },
    /// What a data cells filter lets through.
    DataCellsFilter {
        /// The database.
        database: String,
        /// The table.
        table: String,
        /// The filter.
        name: String,
    },
    /// An S3 location.
    DataLocation {
        /// `arn:aws:s3:::bucket/prefix`.
        arn: String,
    },
    /// An LF-Tag and some of its values.
    LfTag {
        /// The key.
        key: String,
        /// The values; `*` for all.
        values: Vec<String>,
    },
    /// Everything that has these LF-Tags.
    LfTagPolicy {
        /// Databases or tables.
        of: TagExpressionOf,
        /// For each key the values of which one must be there.
        expression: BTreeMap<String, Vec<String>>,
        /// The named expression that stands in place of `expression`.
        expression_name: Option<String>,
    },
    /// A named LF-Tag expression.
    LfTagExpression {
        /// The name.
        name: String,
    },
    /// What a list can show and this crate has no words for. It cannot be sent.
    Unknown,
}

/// What an LF-Tag expression finds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TagExpressionOf {
    /// Databases.
    Database,
    /// Tables, and their columns.
    Table,
    /// What this crate does not know, by AWS's name.
    Other(String),
}

impl TagExpressionOf {
    fn to_sdk(&self) -> ResourceType {
        match self {
            Self::Database => ResourceType::Database,
            Self::Table => ResourceType::Table,
            Self::Other(name) => ResourceType::from(name.as_str()),
        }
    }

    fn from_sdk(of: &ResourceType) -> Self {
        match of {
            ResourceType::Database => Self::Database,
            ResourceType::Table => Self::Table,
            other => Self::Other(other.as_str().to_owned()),
        }
    }
}

impl ResourceKind {
    /// This, in the called account's own catalogue.
    pub fn here(self) -> Resource {
        Resource {
            catalog: None,
            kind: self,
        }
    }

    /// This, in an account's catalogue.
    pub fn of(self, catalog: impl Into<String>) -> Resource {
        Resource {
            catalog: Some(catalog.into()),
            kind: self,
        }
    }
}

impl Resource {
    pub(super) fn into_sdk(self) -> Result<types::Resource, Failure> {
        let Self { catalog, kind } = self;
        let resource = types::Resource::builder();
        Ok(match kind {
            ResourceKind::Catalog => {
                resource.catalog(CatalogResource::builder().set_id(catalog).build())
            }
            ResourceKind::Database { name } => resource.database(
                DatabaseResource::builder()
                    .set_catalog_id(catalog)
                    .name(name)
                    .build()?,
            ),
            ResourceKind::Table { database, name } => {
                resource.table(table(catalog, database, name)?)
            }
            ResourceKind::AllTables { database } => resource.table(
                TableResource::builder()
                    .set_catalog_id(catalog)
                    .database_name(database)
                    .table_wildcard(TableWildcard::builder().build())
                    .build()?,
            ),
            ResourceKind::Columns {
                database,
                table,
                columns,
            } => resource.table_with_columns(
                TableWithColumnsResource::builder()
                    .set_catalog_id(catalog)
                    .database_name(database)
                    .name(table)
                    .set_column_names(Some(columns))
                    .build()?,
            ),
            ResourceKind::ColumnsExcept {
                database,
                table,
                excluded,
            } => resource.table_with_columns(
                TableWithColumnsResource::builder()
                    .set_catalog_id(catalog)
                    .database_name(database)
                    .name(table)
                    .column_wildcard(column_wildcard(excluded))
                    .build()?,
            ),
            ResourceKind::DataCellsFilter {
                database,
                table,
                name,
            } => resource.data_cells_filter(
                DataCellsFilterResource::builder()
                    .set_table_catalog_id(catalog)
                    .database_name(database)
                    .table_name(table)
                    .name(name)
                    .build(),
            ),
            ResourceKind::DataLocation { arn } => resource.data_location(
                DataLocationResource::builder()
                    .set_catalog_id(catalog)
                    .resource_arn(arn)
                    .build()?,
            ),
            ResourceKind::LfTag { key, values } => resource.lf_tag(
                LfTagKeyResource::builder()
                    .set_catalog_id(catalog)
                    .tag_key(key)
                    .set_tag_values(Some(values))
                    .build()?,
            ),
            ResourceKind::LfTagPolicy {
                of,
                expression,
                expression_name,
            } => {
                let tags = expression
                    .into_iter()
                    .map(|(key, values)| {
                        let tag = LfTag::builder()
                            .tag_key(key)
                            .set_tag_values(Some(values))
                            .build()?;
                        Ok(tag)
                    })
                    .collect::<Result<Vec<_>, Failure>>()?;
                resource.lf_tag_policy(
                    LfTagPolicyResource::builder()
                        .set_catalog_id(catalog)
                        .resource_type(of.to_sdk())
                        .set_expression((!tags.is_empty()).then_some(tags))
                        .set_expression_name(expression_name)
                        .build()?,
                )
            }
            ResourceKind::LfTagExpression { name } => resource.lf_tag_expression(
                LfTagExpressionResource::builder()
                    .set_catalog_id(catalog)
                    .name(name)
                    .build()?,
            ),
            ResourceKind::Unknown => {
                return Err(Failure::invalid("the kind of the resource is not known"));
            }
        }
        .build())
    }

    pub(super) fn from_sdk(resource: Option<types::Resource>) -> Self {
        let unknown = ResourceKind::Unknown.here();
        let Some(resource) = resource else {
            return unknown;
        };
        let types::Resource {
            catalog,
            database,
            table,
            table_with_columns,
            data_location,
            data_cells_filter,
            lf_tag,
            lf_tag_policy,
            lf_tag_expression,
            ..
        } = resource;
        catalog
            .map(|it| Self {
                catalog: it.id,
                kind: ResourceKind::Catalog,
            })
            .or_else(|| {
                database.map(|it| Self {
                    catalog: it.catalog_id,
                    kind: ResourceKind::Database { name: it.name },
                })
            })
            .or_else(|| table.map(of_table))
            .or_else(|| table_with_columns.map(of_columns))
            .or_else(|| {
                data_location.map(|it| Self {
                    catalog: it.catalog_id,
                    kind: ResourceKind::DataLocation {
                        arn: it.resource_arn,
                    },
                })
            })
            .or_else(|| {
                data_cells_filter.map(|it| Self {
                    catalog: it.table_catalog_id,
                    kind: ResourceKind::DataCellsFilter {
                        database: it.database_name.unwrap_or_default(),
                        table: it.table_name.unwrap_or_default(),
                        name: it.name.unwrap_or_default(),
                    },
                })
            })
            .or_else(|| {
                lf_tag.map(|it| Self {
                    catalog: it.catalog_id,
                    kind: ResourceKind::LfTag {
                        key: it.tag_key,
                        values: it.tag_values,
                    },
                })
            })
            .or_else(|| {
                lf_tag_policy.map(|it| Self {
                    catalog: it.catalog_id,
                    kind: ResourceKind::LfTagPolicy {
                        of: TagExpressionOf::from_sdk(&it.resource_type),
                        expression: it
                            .expression
                            .into_iter()
                            .map(|tag| (tag.tag_key, tag.tag_values))
                            .collect(),
                        expression_name: it.expression_name,
                    },
                })
            })
            .or_else(|| {
                lf_tag_expression.map(|it| Self {
                    catalog: it.catalog_id,
                    kind: ResourceKind::LfTagExpression { name: it.name },
                })
            })
            .unwrap_or(unknown)
    }
}

pub(super) fn table(
    catalog: Option<String>,
    database: String,
    name: String,
) -> Result<TableResource, Failure> {
    let table = TableResource::builder()
        .set_catalog_id(catalog)
        .database_name(database)
        .name(name)
        .build()?;
    Ok(table)
}

pub(super) fn column_wildcard(excluded: Vec<String>) -> ColumnWildcard {
    ColumnWildcard::builder()
        .set_excluded_column_names((!excluded.is_empty()).then_some(excluded))
        .build()
}

/// Lists show all tables of a database as a wildcard, as the name `ALL_TABLES`, or as both.
fn of_table(it: TableResource) -> Resource {
    const ALL_TABLES: &str = "ALL_TABLES";
    let database = it.database_name;
    let kind = match (it.name, it.table_wildcard) {
        (Some(name), None) if name != ALL_TABLES => ResourceKind::Table { database, name },
        _ => ResourceKind::AllTables { database },
    };
    Resource {
        catalog: it.catalog_id,
        kind,
    }
}

fn of_columns(it: TableWithColumnsResource) -> Resource {
    let (database, table) = (it.database_name, it.name);
    let kind = match it.column_wildcard {
        Some(wildcard) => ResourceKind::ColumnsExcept {
            database,
            table,
            excluded: wildcard.excluded_column_names.unwrap_or_default(),
        },
        None => ResourceKind::Columns {
            database,
            table,
            columns: it.column_names.unwrap_or_default(),
        },
    };
    Resource {
        catalog: it.catalog_id,
        kind,
    }
}

#[cfg(test)]
#[path = "resource_tests.rs"]
mod tests;
