//! `TagQueue`, `UntagQueue`, `ListQueueTags`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::create_queue::OneQueue;
use super::error::{missing, refused};
use super::queue;
use crate::error::ServiceError;
use crate::request::Call;
use crate::store::Tx;

const MOST_TAGS: usize = 50;

/// # Errors
/// `InvalidParameterValueException` for too many tags, and for too long ones.
pub(super) fn check_tags(tags: &BTreeMap<String, String>, queue: &str) -> Result<(), ServiceError> {
    if tags.len() > MOST_TAGS {
        return Err(refused(format!("Too many tags added for queue {queue}.")));
    }
    for (key, value) in tags {
        check_key(key)?;
        if value.chars().count() > 256 {
            return Err(refused(
                "Tag values must be between 0 and 256 characters in length.",
            ));
        }
    }
    Ok(())
}

fn check_key(key: &str) -> Result<(), ServiceError> {
    if (1..=128).contains(&key.chars().count()) {
        return Ok(());
    }
    Err(refused(
        "Tag keys must be between 1 and 128 characters in length.",
    ))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TagInput {
    queue_url: Option<String>,
    tags: Option<BTreeMap<String, String>>,
}

pub(super) fn tag_queue(input: TagInput, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
    let mut queue = queue::find(input.queue_url.as_deref(), call, tx)?;
    queue
        .tags
        .extend(input.tags.ok_or_else(|| missing("Tags"))?);
    check_tags(&queue.tags, &queue.name)?;
    queue.save(&call.scope, tx)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UntagInput {
    queue_url: Option<String>,
    tag_keys: Option<Vec<String>>,
}

/// Keys that the queue has no tag of are no error.
pub(super) fn untag_queue(
    input: UntagInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    let mut queue = queue::find(input.queue_url.as_deref(), call, tx)?;
    let keys = input.tag_keys.ok_or_else(|| missing("TagKeys"))?;
    for key in &keys {
        check_key(key)?;
    }
    queue.tags.retain(|key, _| !keys.contains(key));
    queue.save(&call.scope, tx)
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tags {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    tags: BTreeMap<String, String>,
}

pub(super) fn list_queue_tags(
    input: OneQueue,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Tags, ServiceError> {
    let queue = queue::find(input.queue_url.as_deref(), call, tx)?;
    Ok(Tags { tags: queue.tags })
}
