//! LF-Tags on databases, tables and columns: one value of a key on each.

use std::collections::BTreeMap;

use datamesh_aws::lakeformation::ResourceTags;

use super::lake::Lake;
use super::thing_error::ThingError;
use crate::access::Object;

/// Puts a value of a key on an object, in place of another that is there.
///
/// # Errors
/// AWS's.
pub(super) async fn put(
    lake: &Lake<'_>,
    on: &Object,
    key: &str,
    value: &str,
) -> Result<(), ThingError> {
    let tags = BTreeMap::from([(key.to_owned(), value.to_owned())]);
    let failures = lake
        .lakeformation()
        .add_tags(lake.resource(on), tags)
        .await?;
    match failures.into_iter().next() {
        Some(failed) => Err(failed.error.into()),
        None => Ok(()),
    }
}

/// Takes a value of a key from an object, if it is the one that is there.
///
/// # Errors
/// AWS's.
pub(super) async fn remove(
    lake: &Lake<'_>,
    on: &Object,
    key: &str,
    value: &str,
) -> Result<(), ThingError> {
    if !is_there(lake, on, key, value).await? {
        return Ok(());
    }
    let tags = BTreeMap::from([(key.to_owned(), value.to_owned())]);
    let removed = lake
        .lakeformation()
        .remove_tags(lake.resource(on), tags)
        .await;
    let failures = match removed {
        Err(error) if error.is_not_found() => return Ok(()),
        other => other?,
    };
    match failures.into_iter().next() {
        Some(failed) if !failed.error.is_not_found() => Err(failed.error.into()),
        _ => Ok(()),
    }
}

/// Whether the object itself has this value. What is not there has none.
///
/// # Errors
/// When it cannot be read.
pub(super) async fn is_there(
    lake: &Lake<'_>,
    on: &Object,
    key: &str,
    value: &str,
) -> Result<bool, ThingError> {
    let holder = match on.table() {
        Some(table) => Object::Table(table.to_owned()),
        None => on.clone(),
    };
    let resource = lake.resource(&holder);
    let tags = match lake.lakeformation().get_resource_tags(resource, true).await {
        Err(error) if error.is_not_found() => return Ok(false),
        other => other?,
    };
    let found = own(&tags, on).and_then(|tags| tags.get(&key.to_lowercase()));
    Ok(found.is_some_and(|found| *found == value.to_lowercase()))
}

fn own<'a>(tags: &'a ResourceTags, on: &Object) -> Option<&'a BTreeMap<String, String>> {
    match on {
        Object::Database => Some(&tags.database),
        Object::Column { column, .. } => tags.columns.get(column),
        _ => Some(&tags.table),
    }
}
