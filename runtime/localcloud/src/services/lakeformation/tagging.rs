//! Tags on databases, tables and columns: `AddLFTagsToResource`, `RemoveLFTagsFromResource`,
//! `GetResourceLFTags`.
//!
//! A resource has one value of a key at most. A table has its database's tags, and a column its
//! table's, unless they have another value of the key themselves.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Value, json};

use super::columns::Columns;
use super::resource::{self, Named, Resource, ResourceInput, TagChoice, Target, lowered};
use super::{authority, error, existence, lf_tag, own_catalog};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::glue::facts::TableFacts;
use crate::store::{Scope, Tx};

/// The tags that a database, table or column has itself.
const TAGGED: &str = "lakeformation.tagged";
/// Which resources have a tag, by key, value and resource.
const TAGGED_WITH: &str = "lakeformation.tagged-with";

/// Values by key.
pub(super) type Tags = BTreeMap<String, String>;

/// Where tags are kept.
fn database_key(database: &str) -> String {
    format!("database\n{database}")
}

fn table_key(database: &str, table: &str) -> String {
    format!("table\n{database}\n{table}")
}

fn column_key(database: &str, table: &str, column: &str) -> String {
    format!("column\n{database}\n{table}\n{column}")
}

fn with_key(tag: &str, value: &str, holder: &str) -> String {
    format!("{tag}\n{value}\n{holder}")
}

fn own(tx: &Tx<'_>, scope: &Scope, holder: &str) -> Result<Tags, ServiceError> {
    Ok(tx.get(scope, TAGGED, holder)?.unwrap_or_default())
}

/// The tags of a database.
pub(super) fn of_database(
    tx: &Tx<'_>,
    scope: &Scope,
    database: &str,
) -> Result<Tags, ServiceError> {
    own(tx, scope, &database_key(database))
}

/// The tags of a table, with its database's.
pub(super) fn of_table(
    tx: &Tx<'_>,
    scope: &Scope,
    database: &str,
    table: &str,
) -> Result<Tags, ServiceError> {
    let mut tags = of_database(tx, scope, database)?;
    tags.extend(own(tx, scope, &table_key(database, table))?);
    Ok(tags)
}

/// The tags of a column, with its table's and its database's.
pub(super) fn of_column(
    tx: &Tx<'_>,
    scope: &Scope,
    database: &str,
    table: &str,
    column: &str,
) -> Result<Tags, ServiceError> {
    let mut tags = of_table(tx, scope, database, table)?;
    tags.extend(own(tx, scope, &column_key(database, table, column))?);
    Ok(tags)
}

/// Do the tags fit all of the expression?
pub(super) fn fits(tags: &Tags, expression: &BTreeSet<TagChoice>) -> bool {
    expression.iter().all(|choice| {
        tags.get(&choice.tag_key).is_some_and(|value| {
            choice.tag_values.contains(value) || choice.tag_values.contains("*")
        })
    })
}

/// Does any resource have this tag, with this value if one is given?
pub(super) fn is_used(
    tx: &Tx<'_>,
    scope: &Scope,
    tag: &str,
    value: Option<&str>,
) -> Result<bool, ServiceError> {
    let start = value.map_or_else(|| format!("{tag}\n"), |value| with_key(tag, value, ""));
    let used: Vec<(String, bool)> = tx.scan(scope, TAGGED_WITH, &start, None, 1)?;
    Ok(!used.is_empty())
}

/// Takes a tag from every resource.
pub(super) fn forget(tx: &Tx<'_>, scope: &Scope, tag: &str) -> Result<(), ServiceError> {
    let used: Vec<(String, bool)> =
        tx.scan(scope, TAGGED_WITH, &format!("{tag}\n"), None, usize::MAX)?;
    for (key, _) in used {
        if let Some(holder) = key.splitn(3, '\n').nth(2) {
            set(tx, scope, holder, tag, None)?;
        }
    }
    Ok(())
}

/// Takes all tags from a database, or from a table and its columns.
pub(super) fn drop_of(
    tx: &Tx<'_>,
    scope: &Scope,
    database: &str,
    table: Option<&TableFacts>,
) -> Result<(), ServiceError> {
    let holders = match table {
        None => vec![database_key(database)],
        Some(table) => table
            .columns
            .iter()
            .map(|column| column_key(database, &table.name, column))
            .chain([table_key(database, &table.name)])
            .collect(),
    };
    for holder in holders {
        for tag in own(tx, scope, &holder)?.keys() {
            set(tx, scope, &holder, tag, None)?;
        }
    }
    Ok(())
}

/// Gives a resource a value of a tag, or takes the tag away.
fn set(
    tx: &Tx<'_>,
    scope: &Scope,
    holder: &str,
    tag: &str,
    value: Option<&str>,
) -> Result<(), ServiceError> {
    let mut tags = own(tx, scope, holder)?;
    let before = match value {
        Some(value) => tags.insert(tag.to_owned(), value.to_owned()),
        None => tags.remove(tag),
    };
    if let Some(before) = before {
        tx.delete(scope, TAGGED_WITH, &with_key(tag, &before, holder))?;
    }
    if let Some(value) = value {
        tx.put(scope, TAGGED_WITH, &with_key(tag, value, holder), &true)?;
    }
    if tags.is_empty() {
        tx.delete(scope, TAGGED, holder)?;
        return Ok(());
    }
    tx.put(scope, TAGGED, holder, &tags)
}

/// `LFTagPair` on the wire.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Pair {
    #[serde(default)]
    tag_key: String,
    #[serde(default)]
    tag_values: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ChangeInput {
    catalog_id: Option<String>,
    resource: Option<ResourceInput>,
    #[serde(rename = "LFTags", default)]
    lf_tags: Vec<Pair>,
}

/// `AddLFTagsToResource`: each tag succeeds or fails by itself. Another value of a key replaces the
/// one that is there.
pub(super) fn add(input: ChangeInput, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    change(input, call, tx, |pair, holder| {
        let key = pair.tag_key.to_lowercase();
        let values = lowered(&pair.tag_values);
        let mut given = values.iter();
        let (Some(value), None) = (given.next(), given.next()) else {
            return Err(error::invalid(format!(
                "Tag key {key}: exactly one value can be assigned to a resource."
            )));
        };
        lf_tag::require_values(tx, &call.scope, &key, &values)?;
        may_associate(tx, call, &key, &values)?;
        set(tx, &call.scope, holder, &key, Some(value))
    })
}

/// `RemoveLFTagsFromResource`: each tag succeeds or fails by itself.
pub(super) fn remove(
    input: ChangeInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    change(input, call, tx, |pair, holder| {
        let key = pair.tag_key.to_lowercase();
        let values = lowered(&pair.tag_values);
        let held = own(tx, &call.scope, holder)?;
        let fits = |value: &String| values.is_empty() || values.contains(value);
        if !held.get(&key).is_some_and(fits) {
            return Err(error::not_found(format!(
                "Tag key {key} is not assigned to the resource itself."
            )));
        }
        may_associate(tx, call, &key, &values)?;
        set(tx, &call.scope, holder, &key, None)
    })
}

fn may_associate(
    tx: &Tx<'_>,
    call: &Call<'_>,
    key: &str,
    values: &BTreeSet<String>,
) -> Result<(), ServiceError> {
    let tag = Resource::new(
        &call.scope.account,
        Target::Tag {
            key: key.to_owned(),
            values: values.clone(),
        },
    );
    authority::require(tx, call, &tag, "ASSOCIATE")
}

fn change(
    input: ChangeInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
    deed: impl Fn(&Pair, &str) -> Result<(), ServiceError>,
) -> Result<Value, ServiceError> {
    own_catalog(input.catalog_id.as_deref(), call)?;
    let named = resource::parse(input.resource, &call.scope.account)?;
    existence::require(tx, &call.scope.region, &named)?;
    if input.lf_tags.is_empty() || input.lf_tags.len() > 50 {
        return Err(error::invalid("LFTags must have 1 to 50 elements."));
    }
    let mut failures = Vec::new();
    for holder in holders(&named, call)? {
        for pair in &input.lf_tags {
            if let Err(error) = tx.attempt(|| deed(pair, &holder)) {
                if error.status >= 500 {
                    return Err(error);
                }
                failures.push(json!({
                    "LFTag": {
                        "CatalogId": call.scope.account,
                        "TagKey": pair.tag_key,
                        "TagValues": pair.tag_values,
                    },
                    "Error": {"ErrorCode": error.code, "ErrorMessage": error.message},
                }));
            }
        }
    }
    Ok(json!({"Failures": failures}))
}

/// Where the tags of what is named are kept.
fn holders(named: &Named, call: &Call<'_>) -> Result<Vec<String>, ServiceError> {
    if named.resource.catalog != call.scope.account {
        return Err(error::denied(
            "Tags can be assigned to resources of one's own catalog only.",
        ));
    }
    match (&named.resource.target, &named.columns) {
        (Target::Database { database }, _) => Ok(vec![database_key(database)]),
        (Target::Table { database, table }, None) => Ok(vec![table_key(database, table)]),
        (Target::Table { database, table }, Some(Columns::Only(names))) => Ok(names
            .iter()
            .map(|column| column_key(database, table, column))
            .collect()),
        _ => Err(error::invalid(
            "Tags can be assigned to a database, a table, or columns by name.",
        )),
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetInput {
    catalog_id: Option<String>,
    resource: Option<ResourceInput>,
    #[serde(rename = "ShowAssignedLFTags")]
    show_assigned: Option<bool>,
}

/// `GetResourceLFTags`: with what is inherited, unless only what is assigned is wanted.
pub(super) fn get(input: GetInput, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    own_catalog(input.catalog_id.as_deref(), call)?;
    let named = resource::parse(input.resource, &call.scope.account)?;
    existence::require(tx, &call.scope.region, &named)?;
    let scope = existence::catalog(&named.resource, &call.scope.region);
    let assigned = input.show_assigned == Some(true);
    match &named.resource.target {
        Target::Database { database } => {
            let tags = of_database(tx, &scope, database)?;
            Ok(json!({"LFTagOnDatabase": show(&scope, &tags)}))
        }
        Target::Table { database, table } => {
            let facts = existence::table(tx, &scope, database, table)?;
            let columns = named.columns.unwrap_or_else(Columns::all);
            of_all(tx, &scope, database, &facts, &columns, assigned)
        }
        _ => Err(error::invalid(
            "A database, a table or a table with columns is wanted.",
        )),
    }
}

/// `LFTagOnDatabase`, `LFTagsOnTable` and `LFTagsOnColumns` of a table.
pub(super) fn of_all(
    tx: &Tx<'_>,
    scope: &Scope,
    database: &str,
    table: &TableFacts,
    columns: &Columns,
    assigned: bool,
) -> Result<Value, ServiceError> {
    let on_table = if assigned {
        own(tx, scope, &table_key(database, &table.name))?
    } else {
        of_table(tx, scope, database, &table.name)?
    };
    let mut on_columns = Vec::new();
    for column in table.columns.iter().filter(|name| columns.contains(name)) {
        let tags = if assigned {
            own(tx, scope, &column_key(database, &table.name, column))?
        } else {
            of_column(tx, scope, database, &table.name, column)?
        };
        if !tags.is_empty() {
            on_columns.push(json!({"Name": column, "LFTags": show(scope, &tags)}));
        }
    }
    Ok(json!({
        "LFTagOnDatabase": show(scope, &of_database(tx, scope, database)?),
        "LFTagsOnTable": show(scope, &on_table),
        "LFTagsOnColumns": on_columns,
    }))
}

/// `LFTagPair`s.
pub(super) fn show(scope: &Scope, tags: &Tags) -> Vec<Value> {
    tags.iter()
        .map(
            |(key, value)| json!({"CatalogId": scope.account, "TagKey": key, "TagValues": [value]}),
        )
        .collect()
}
