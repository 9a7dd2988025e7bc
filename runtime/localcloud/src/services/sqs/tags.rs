//! `TagQueue`, `UntagQueue`, `ListQueueTags`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::create_queue::OneQueue;
use super::queue;
use crate::error::ServiceError;
use crate::request::Call;
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TagInput {
    queue_url: Option<String>,
    #[serde(default)]
    tags: BTreeMap<String, String>,
}

pub(super) fn tag_queue(input: TagInput, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
    let mut queue = queue::find(input.queue_url.as_deref(), call, tx)?;
    queue.tags.extend(input.tags);
    queue.save(&call.scope, tx)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UntagInput {
    queue_url: Option<String>,
    #[serde(default)]
    tag_keys: Vec<String>,
}

pub(super) fn untag_queue(
    input: UntagInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    let mut queue = queue::find(input.queue_url.as_deref(), call, tx)?;
    queue.tags.retain(|key, _| !input.tag_keys.contains(key));
    queue.save(&call.scope, tx)
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tags {
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
