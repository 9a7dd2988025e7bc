//! LF-Tags: keys and their values.
//!
//! A value that is on something is never taken away: Lake Formation refuses that. But it deletes a whole key
//! wherever it is. So before the last values of a key go, they are taken out of it as values, with a marker
//! put in their place, and only a key with nothing but the marker is deleted.

use std::collections::BTreeSet;

use datamesh_aws::lakeformation::Tag;

use super::lake::Lake;
use super::thing_error::ThingError;

/// The only value of a key that is about to be deleted.
const MARKER: &str = "datamesh-leaving";

/// Makes the key, or adds the values that it lacks.
///
/// # Errors
/// AWS's.
pub(super) async fn put(
    lake: &Lake<'_>,
    key: &str,
    values: &BTreeSet<String>,
) -> Result<(), ThingError> {
    let lakeformation = lake.lakeformation();
    let Some(present) = find(lake, key).await? else {
        let tag = Tag {
            key: key.to_owned(),
            values: values.iter().cloned().collect(),
        };
        return Ok(lakeformation.create_tag(tag).await?);
    };
    let lacking = lowered(values).difference(&present).cloned().collect();
    update(lake, key, lacking, Vec::new()).await
}

/// Takes the values away, and the key with the last of them.
///
/// # Errors
/// AWS's; refused while one of the values is on something.
pub(super) async fn remove(
    lake: &Lake<'_>,
    key: &str,
    values: &BTreeSet<String>,
) -> Result<(), ThingError> {
    let Some(present) = find(lake, key).await? else {
        return Ok(());
    };
    let marker = BTreeSet::from([MARKER.to_owned()]);
    let going: Vec<String> = lowered(values).intersection(&present).cloned().collect();
    let stays = present.len() - going.len() > usize::from(present.contains(MARKER));
    if stays {
        return update(lake, key, Vec::new(), going).await;
    }
    if present != marker {
        let add = marker.into_iter().collect();
        update(lake, key, add, going).await?;
    }
    match lake.lakeformation().delete_tag(key).await {
        Err(error) if error.is_not_found() => Ok(()),
        other => Ok(other?),
    }
}

/// Whether the key has all the values.
///
/// # Errors
/// When it cannot be read.
pub(super) async fn is_there(
    lake: &Lake<'_>,
    key: &str,
    values: &BTreeSet<String>,
) -> Result<bool, ThingError> {
    let present = find(lake, key).await?;
    Ok(present.is_some_and(|present| lowered(values).is_subset(&present)))
}

async fn find(lake: &Lake<'_>, key: &str) -> Result<Option<BTreeSet<String>>, ThingError> {
    match lake.lakeformation().get_tag(key).await {
        Ok(tag) => Ok(Some(tag.values.into_iter().collect())),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

async fn update(
    lake: &Lake<'_>,
    key: &str,
    add: Vec<String>,
    remove: Vec<String>,
) -> Result<(), ThingError> {
    if add.is_empty() && remove.is_empty() {
        return Ok(());
    }
    Ok(lake.lakeformation().update_tag(key, add, remove).await?)
}

/// Lake Formation keeps tags in lower case.
fn lowered(values: &BTreeSet<String>) -> BTreeSet<String> {
    values.iter().map(|value| value.to_lowercase()).collect()
}
