use datamesh_aws::lakeformation::{Resource, ResourceKind, TagExpressionOf};

use crate::access::{LedgerId, Object, Tagged};

/// What Lake Formation calls an object of a ledger.
pub(super) fn resource(ledger: &LedgerId, object: &Object) -> Resource {
    let database = ledger.database.clone();
    let kind = match object.clone() {
        Object::Catalog => ResourceKind::Catalog,
        Object::Database => ResourceKind::Database { name: database },
        Object::AllTables => ResourceKind::AllTables { database },
        Object::Table(name) => ResourceKind::Table { database, name },
        Object::Column { table, column } => ResourceKind::Columns {
            database,
            table,
            columns: vec![column],
        },
        Object::ColumnsExcept { table, excluded } => ResourceKind::ColumnsExcept {
            database,
            table,
            excluded: excluded.into_iter().collect(),
        },
        Object::Filter { table, name } => ResourceKind::DataCellsFilter {
            database,
            table,
            name,
        },
        Object::Location(arn) => ResourceKind::DataLocation { arn },
        Object::TagKey { key, values } => ResourceKind::LfTag {
            key,
            values: values.into_iter().collect(),
        },
        Object::Expression { of, tags } => ResourceKind::LfTagPolicy {
            of: match of {
                Tagged::Database => TagExpressionOf::Database,
                Tagged::Table => TagExpressionOf::Table,
            },
            expression: tags
                .into_iter()
                .map(|(key, values)| (key, values.into_iter().collect()))
                .collect(),
            expression_name: None,
        },
    };
    in_catalog(ledger, kind)
}

/// This kind, in the ledger's catalogue.
pub(super) fn in_catalog(ledger: &LedgerId, kind: ResourceKind) -> Resource {
    if ledger.is_account() {
        kind.here()
    } else {
        kind.of(&ledger.catalog)
    }
}
