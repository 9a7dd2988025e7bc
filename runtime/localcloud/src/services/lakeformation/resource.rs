//! What permissions are held on: the `Resource` union, and the keys under which it is kept.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::columns::Columns;
use super::error;
use crate::error::ServiceError;

/// Between the parts of a key: no name can hold it.
const SEPARATOR: char = '\n';

/// `Resource` on the wire: the kind's name, and its members.
pub(super) type ResourceInput = BTreeMap<String, Member>;

/// The members of all kinds of resources.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Member {
    catalog_id: Option<String>,
    id: Option<String>,
    name: Option<String>,
    database_name: Option<String>,
    table_name: Option<String>,
    table_catalog_id: Option<String>,
    table_wildcard: Option<Value>,
    column_names: Option<Vec<String>>,
    column_wildcard: Option<ColumnWildcard>,
    resource_arn: Option<String>,
    tag_key: Option<String>,
    tag_values: Option<Vec<String>>,
    resource_type: Option<String>,
    expression: Option<Vec<TagChoice>>,
}

/// `ColumnWildcard`: all columns but some.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ColumnWildcard {
    #[serde(default)]
    pub(super) excluded_column_names: Vec<String>,
}

/// One key of an LF-Tag expression: any of the values fits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TagChoice {
    pub(super) tag_key: String,
    pub(super) tag_values: BTreeSet<String>,
}

/// A resource within its catalog. Names are in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Target {
    Catalog,
    Database {
        database: String,
    },
    Table {
        database: String,
        table: String,
    },
    /// All tables of a database, later ones too.
    AllTables {
        database: String,
    },
    /// A place in S3.
    Location {
        arn: String,
    },
    /// A data cells filter.
    Filter {
        database: String,
        table: String,
        name: String,
    },
    /// An LF-Tag with some of its values.
    Tag {
        key: String,
        values: BTreeSet<String>,
    },
    /// Every database or table (`on`) whose tags fit all of the expression.
    TagPolicy {
        on: String,
        expression: BTreeSet<TagChoice>,
    },
}

/// A resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Resource {
    /// Account id of the catalog.
    pub(super) catalog: String,
    pub(super) target: Target,
}

/// A resource as a request names it.
#[derive(Debug, Clone)]
pub(super) struct Named {
    pub(super) resource: Resource,
    /// Set for `TableWithColumns`.
    pub(super) columns: Option<Columns>,
}

/// Reads a resource; `own` is the catalog of one that names none.
///
/// # Errors
/// `InvalidInputException` if there is not exactly one kind, or a member is missing.
pub(super) fn parse(input: Option<ResourceInput>, own: &str) -> Result<Named, ServiceError> {
    let mut kinds = input.unwrap_or_default().into_iter();
    let (Some((kind, member)), None) = (kinds.next(), kinds.next()) else {
        return Err(error::invalid(
            "Resource is mandatory and must have exactly one of its fields set.",
        ));
    };
    let database = || lower(&kind, "DatabaseName", member.database_name.as_ref());
    let mut columns = None;
    let target = match kind.as_str() {
        "Catalog" => Target::Catalog,
        "Database" => Target::Database {
            database: lower(&kind, "Name", member.name.as_ref())?,
        },
        "Table" => match (&member.name, &member.table_wildcard) {
            (Some(_), Some(_)) => {
                return Err(error::invalid(
                    "Table Name and TableWildcard cannot be set together.",
                ));
            }
            (None, Some(_)) => Target::AllTables {
                database: database()?,
            },
            (name, None) => Target::Table {
                database: database()?,
                table: lower(&kind, "Name", name.as_ref())?,
            },
        },
        "TableWithColumns" => {
            columns = Some(columns_of(&member)?);
            Target::Table {
                database: database()?,
                table: lower(&kind, "Name", member.name.as_ref())?,
            }
        }
        "DataLocation" => Target::Location {
            arn: present(&kind, "ResourceArn", member.resource_arn.as_ref())?
                .trim_end_matches('/')
                .to_owned(),
        },
        "DataCellsFilter" => Target::Filter {
            database: database()?,
            table: lower(&kind, "TableName", member.table_name.as_ref())?,
            name: present(&kind, "Name", member.name.as_ref())?,
        },
        "LFTag" => Target::Tag {
            key: lower(&kind, "TagKey", member.tag_key.as_ref())?,
            values: lowered(member.tag_values.as_deref().unwrap_or_default()),
        },
        "LFTagPolicy" => Target::TagPolicy {
            on: resource_type(&member)?,
            expression: choices(member.expression.clone())?,
        },
        _ => {
            return Err(error::invalid(format!(
                "Resource {kind} is not supported by the embedded Lake Formation."
            )));
        }
    };
    let catalog = member.catalog_id.or(member.id).or(member.table_catalog_id);
    Ok(Named {
        resource: Resource {
            catalog: catalog.unwrap_or_else(|| own.to_owned()),
            target,
        },
        columns,
    })
}

fn resource_type(member: &Member) -> Result<String, ServiceError> {
    match member.resource_type.as_deref() {
        Some(on @ ("DATABASE" | "TABLE")) => Ok(on.to_owned()),
        _ => Err(error::invalid(
            "LFTagPolicy ResourceType must be DATABASE or TABLE.",
        )),
    }
}

/// An expression with its names in lower case, every key once.
pub(super) fn choices(
    expression: Option<Vec<TagChoice>>,
) -> Result<BTreeSet<TagChoice>, ServiceError> {
    let given = expression.unwrap_or_default();
    if given.is_empty() {
        return Err(error::invalid("An LF-Tag expression needs a tag."));
    }
    let mut merged: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for choice in given {
        let values = choice.tag_values.iter().map(|value| value.to_lowercase());
        let known = merged.insert(choice.tag_key.to_lowercase(), values.collect());
        if known.is_some() {
            return Err(error::invalid(format!(
                "The LF-Tag key {} is more than once in the expression.",
                choice.tag_key
            )));
        }
    }
    Ok(merged
        .into_iter()
        .map(|(tag_key, tag_values)| TagChoice {
            tag_key,
            tag_values,
        })
        .collect())
}

fn columns_of(member: &Member) -> Result<Columns, ServiceError> {
    match (&member.column_names, &member.column_wildcard) {
        (Some(names), None) if !names.is_empty() => Ok(Columns::Only(lowered(names))),
        (None, Some(wildcard)) => Ok(Columns::AllBut(lowered(&wildcard.excluded_column_names))),
        _ => Err(error::invalid(
            "TableWithColumns needs either ColumnNames or ColumnWildcard.",
        )),
    }
}

fn present(kind: &str, member: &str, value: Option<&String>) -> Result<String, ServiceError> {
    value
        .filter(|value| !value.is_empty() && !value.contains(SEPARATOR))
        .cloned()
        .ok_or_else(|| error::invalid(format!("{kind} {member} is mandatory.")))
}

fn lower(kind: &str, member: &str, value: Option<&String>) -> Result<String, ServiceError> {
    present(kind, member, value).map(|value| value.to_lowercase())
}

/// The names in lower case.
pub(super) fn lowered(names: &[String]) -> BTreeSet<String> {
    names.iter().map(|name| name.to_lowercase()).collect()
}

impl Resource {
    pub(super) fn new(catalog: &str, target: Target) -> Self {
        Self {
            catalog: catalog.to_owned(),
            target,
        }
    }

    pub(super) fn table(catalog: &str, database: &str, table: &str) -> Self {
        Self::new(
            catalog,
            Target::Table {
                database: database.to_owned(),
                table: table.to_owned(),
            },
        )
    }

    pub(super) fn database(catalog: &str, database: &str) -> Self {
        Self::new(
            catalog,
            Target::Database {
                database: database.to_owned(),
            },
        )
    }

    pub(super) fn all_tables(catalog: &str, database: &str) -> Self {
        Self::new(
            catalog,
            Target::AllTables {
                database: database.to_owned(),
            },
        )
    }

    /// Ends with the separator, so that no key is the start of another's.
    pub(super) fn key(&self) -> String {
        let parts: Vec<String> = match &self.target {
            Target::Catalog => vec!["catalog".into()],
            Target::Database { database } => vec!["database".into(), database.clone()],
            Target::Table { database, table } => {
                vec!["table".into(), database.clone(), table.clone()]
            }
            Target::AllTables { database } => vec!["all-tables".into(), database.clone()],
            Target::Location { arn } => vec!["location".into(), arn.clone()],
            Target::Filter {
                database,
                table,
                name,
            } => {
                return filter_prefix(&self.catalog, database, table) + name + "\n";
            }
            Target::Tag { key, values } => vec!["tag".into(), key.clone(), joined(values)],
            Target::TagPolicy { on, expression } => {
                let texts: Vec<String> = expression
                    .iter()
                    .map(|choice| format!("{}={}", choice.tag_key, joined(&choice.tag_values)))
                    .collect();
                return format!(
                    "{}{on}{SEPARATOR}{}{SEPARATOR}",
                    policy_prefix(&self.catalog),
                    texts.join("&")
                );
            }
        };
        let mut key = format!("{}{SEPARATOR}{}{SEPARATOR}", parts[0], self.catalog);
        for part in &parts[1..] {
            key.push_str(part);
            key.push(SEPARATOR);
        }
        key
    }

    /// On the wire; with columns, as `TableWithColumns`.
    pub(super) fn show(&self, columns: Option<&Columns>) -> Value {
        let catalog = &self.catalog;
        match (&self.target, columns) {
            (Target::Catalog, _) => json!({"Catalog": {"Id": catalog}}),
            (Target::Database { database }, _) => {
                json!({"Database": {"CatalogId": catalog, "Name": database}})
            }
            (Target::Table { database, table }, None) => json!({"Table": {
                "CatalogId": catalog, "DatabaseName": database, "Name": table,
            }}),
            (Target::AllTables { database }, None) => json!({"Table": {
                "CatalogId": catalog, "DatabaseName": database, "Name": "ALL_TABLES",
                "TableWildcard": {},
            }}),
            (Target::Table { .. } | Target::AllTables { .. }, Some(columns)) => {
                self.with_columns(columns)
            }
            (Target::Location { arn }, _) => {
                json!({"DataLocation": {"CatalogId": catalog, "ResourceArn": arn}})
            }
            (
                Target::Filter {
                    database,
                    table,
                    name,
                },
                _,
            ) => json!({"DataCellsFilter": {
                "TableCatalogId": catalog, "DatabaseName": database, "TableName": table,
                "Name": name,
            }}),
            (Target::Tag { key, values }, _) => {
                json!({"LFTag": {"CatalogId": catalog, "TagKey": key, "TagValues": values}})
            }
            (Target::TagPolicy { on, expression }, _) => json!({"LFTagPolicy": {
                "CatalogId": catalog, "ResourceType": on, "Expression": expression,
            }}),
        }
    }

    fn with_columns(&self, columns: &Columns) -> Value {
        let (database, table) = match &self.target {
            Target::Table { database, table } => (database.as_str(), table.as_str()),
            Target::AllTables { database } => (database.as_str(), "ALL_TABLES"),
            _ => ("", ""),
        };
        let mut shown = json!({
            "CatalogId": self.catalog, "DatabaseName": database, "Name": table,
        });
        match columns {
            Columns::Only(names) => shown["ColumnNames"] = json!(names),
            Columns::AllBut(names) if names.is_empty() => shown["ColumnWildcard"] = json!({}),
            Columns::AllBut(names) => {
                shown["ColumnWildcard"] = json!({"ExcludedColumnNames": names});
            }
        }
        json!({"TableWithColumns": shown})
    }

    /// What messages call it.
    pub(super) fn name(&self) -> String {
        match &self.target {
            Target::Catalog => self.catalog.clone(),
            Target::Database { database } => database.clone(),
            Target::Table { table, .. } => table.clone(),
            Target::AllTables { database } => format!("all tables of {database}"),
            Target::Location { arn } => arn.clone(),
            Target::Filter { name, .. } => name.clone(),
            Target::Tag { key, .. } => key.clone(),
            Target::TagPolicy { expression, .. } => expression
                .iter()
                .map(|choice| format!("{}={}", choice.tag_key, joined(&choice.tag_values)))
                .collect::<Vec<_>>()
                .join(" and "),
        }
    }
}

fn joined(values: &BTreeSet<String>) -> String {
    values.iter().cloned().collect::<Vec<_>>().join(",")
}

/// What the keys of all data cells filters of a table start with.
pub(super) fn filter_prefix(catalog: &str, database: &str, table: &str) -> String {
    format!("filter\n{catalog}\n{database}\n{table}\n")
}

/// What the keys of a tag with some of its values start with.
pub(super) fn tag_prefix(catalog: &str, key: &str) -> String {
    format!("tag\n{catalog}\n{key}\n")
}

/// What the keys of all tag policies of a catalog start with.
pub(super) fn policy_prefix(catalog: &str) -> String {
    format!("policy\n{catalog}\n")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::{Value, json};

    use super::parse;

    #[test]
    fn what_is_shown_reads_as_the_same_resource() {
        for shown in [
            json!({"Catalog": {"Id": "111122223333"}}),
            json!({"Database": {"CatalogId": "111122223333", "Name": "sales"}}),
            json!({"Table": {"CatalogId": "111122223333", "DatabaseName": "sales", "Name": "orders"}}),
            json!({"TableWithColumns": {"CatalogId": "111122223333", "DatabaseName": "sales",
                "Name": "orders", "ColumnNames": ["id"]}}),
            json!({"TableWithColumns": {"CatalogId": "111122223333", "DatabaseName": "sales",
                "Name": "orders", "ColumnWildcard": {"ExcludedColumnNames": ["id"]}}}),
            json!({"DataCellsFilter": {"TableCatalogId": "111122223333", "DatabaseName": "sales",
                "TableName": "orders", "Name": "eu"}}),
            json!({"LFTagPolicy": {"CatalogId": "111122223333", "ResourceType": "TABLE",
                "Expression": [{"TagKey": "level", "TagValues": ["public"]}]}}),
        ] {
            let input = serde_json::from_value(shown.clone()).unwrap();
            let named = parse(Some(input), "999999999999").unwrap();
            assert_eq!(named.resource.show(named.columns.as_ref()), shown);
        }
    }

    #[test]
    fn a_resource_is_exactly_one_thing() {
        let read = |value: Value| parse(serde_json::from_value(value).unwrap(), "111122223333");
        assert!(read(json!({})).is_err());
        assert!(read(json!({"Catalog": {}, "Database": {"Name": "sales"}})).is_err());
        assert!(read(json!({"Table": {"DatabaseName": "sales"}})).is_err());
        assert!(read(json!({"TableWithColumns": {"DatabaseName": "a", "Name": "b"}})).is_err());
    }
}
