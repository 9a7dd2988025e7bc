//! Reading [`Facts`]. Of another account's catalogue one sees what was granted to one's own; what may not be
//! asked there (filters, tags) is empty.

use std::collections::{BTreeMap, BTreeSet};

use datamesh_aws::glue::Table;
use datamesh_aws::lakeformation::ResourceTags;

use super::facts::{Facts, TableSeen};
use super::held::Held;
use super::lake::Lake;
use super::listing::{self, GrantLists};
use super::thing_error::{ThingError, Trouble};
use super::{filter, settings};
use crate::access::{Grant, Location, Object, Tagged};

/// Tags by column; those of the table under the empty name.
type Tags = BTreeMap<String, BTreeMap<String, String>>;

/// Reads everything, to the last page.
///
/// # Errors
/// When not all could be read.
pub(super) async fn read(lake: &Lake<'_>, table: &str, at_ms: i64) -> Result<Facts, ThingError> {
    let on_table = Object::Table(table.to_owned());
    let found = find(lake, table).await?;
    let tags = tags(lake, &on_table, found.as_ref()).await?;
    let database_tags = database_tags(lake).await?;
    let filters = hidden_is_empty(listing::filters(lake, table).await)?;
    let objects = BTreeSet::from([on_table.clone(), Object::Database, Object::AllTables]);
    let lists = GrantLists::new(lake);
    let mut grants = lists.on(&objects).await?.atoms();
    let mut by_tags = Held::default();
    for row in lists.of_type("LF_TAG_POLICY").await? {
        by_tags.add_row(&row);
    }
    let by_tags = by_tags.atoms().into_iter();
    grants.extend(by_tags.filter(|grant| fits(grant, &database_tags, &tags)));
    let mut opted_in = BTreeSet::new();
    for object in [on_table, Object::Database] {
        let opt_ins = hidden_is_empty(listing::opt_ins(lake, &object).await)?;
        opted_in.extend(opt_ins.into_iter().map(|opt_in| opt_in.principal));
    }
    let location = match &found {
        Some(found) => location(lake, found).await?,
        None => None,
    };
    Ok(Facts {
        at_ms,
        table: found.map(seen),
        grants,
        filters: filters.into_iter().map(filter::from_aws).collect(),
        tags,
        opted_in: opted_in.into_iter().collect(),
        location,
        admins: settings::read(lake).await?.admins,
    })
}

/// Glue does not tell what is not there from what may not be seen.
async fn find(lake: &Lake<'_>, table: &str) -> Result<Option<Table>, ThingError> {
    let ledger = lake.ledger;
    let found = lake
        .glue()
        .get_table_of(Some(&ledger.catalog), &ledger.database, table)
        .await;
    match found.map_err(ThingError::from) {
        Ok(table) => Ok(Some(table)),
        Err(error) if error.trouble == Trouble::Refused => Ok(None),
        Err(error) => Err(error),
    }
}

fn seen(table: Table) -> TableSeen {
    let columns = table.columns.into_iter().chain(table.partition_keys);
    TableSeen {
        columns: columns.map(|column| column.name).collect(),
        location: table.location.unwrap_or_default(),
        link_to: table
            .link_to
            .map(|target| (target.catalog, target.database, target.name)),
    }
}

async fn tags(lake: &Lake<'_>, on: &Object, table: Option<&Table>) -> Result<Tags, ThingError> {
    let Some(table) = table else {
        return Ok(Tags::new());
    };
    let read = resource_tags(lake, on).await?;
    let mut of_table = read.database;
    of_table.extend(read.table);
    let columns = table.columns.iter().chain(&table.partition_keys);
    let mut tags: Tags = columns
        .map(|column| {
            let mut of_column = of_table.clone();
            of_column.extend(read.columns.get(&column.name).cloned().unwrap_or_default());
            (column.name.clone(), of_column)
        })
        .filter(|(_, tags)| !tags.is_empty())
        .collect();
    if !of_table.is_empty() {
        tags.insert(String::new(), of_table);
    }
    Ok(tags)
}

async fn database_tags(lake: &Lake<'_>) -> Result<BTreeMap<String, String>, ThingError> {
    Ok(resource_tags(lake, &Object::Database).await?.database)
}

async fn resource_tags(lake: &Lake<'_>, on: &Object) -> Result<ResourceTags, ThingError> {
    let read = lake
        .lakeformation()
        .get_resource_tags(lake.resource(on), false)
        .await;
    hidden_is_empty(read.map_err(ThingError::from))
}

fn hidden_is_empty<T: Default>(read: Result<T, ThingError>) -> Result<T, ThingError> {
    match read {
        Err(error) if error.trouble == Trouble::Refused => Ok(T::default()),
        other => other,
    }
}

/// Whether a grant by tag expression is about the database, the table or one of its columns.
fn fits(grant: &Grant, database: &BTreeMap<String, String>, tags: &Tags) -> bool {
    let Object::Expression { of, tags: wanted } = &grant.on else {
        return false;
    };
    let has = |tags: &BTreeMap<String, String>| {
        wanted.iter().all(|(key, values)| {
            let value = tags.get(key);
            value.is_some_and(|value| values.contains(value) || values.contains("*"))
        })
    };
    match of {
        Tagged::Database => has(database),
        Tagged::Table => tags.values().any(has),
    }
}

/// The innermost registered location that holds the table's files.
async fn location(lake: &Lake<'_>, table: &Table) -> Result<Option<Location>, ThingError> {
    let Some(path) =
        (table.location.as_deref()).and_then(|location| location.strip_prefix("s3://"))
    else {
        return Ok(None);
    };
    let arn = format!("arn:aws:s3:::{}", path.trim_end_matches('/'));
    let mut holding: Vec<_> = listing::locations(lake).await?;
    holding.retain(|location| holds(&location.arn, &arn));
    let innermost = holding.into_iter().max_by_key(|found| found.arn.len());
    Ok(innermost.map(|found| Location {
        arn: found.arn,
        role_arn: found.role_arn.unwrap_or_default(),
        hybrid: found.hybrid,
    }))
}

fn holds(location: &str, arn: &str) -> bool {
    let location = location.trim_end_matches('/');
    let rest = arn.strip_prefix(location);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
