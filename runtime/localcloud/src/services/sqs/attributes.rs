//! `GetQueueAttributes` and `SetQueueAttributes`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::error::missing;
use super::queue;
use super::settings::{changed, shown, unknown};
use crate::error::ServiceError;
use crate::request::Call;
use crate::store::Tx;

const COUNTS: [&str; 3] = [
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
];

/// What can be asked for.
const KNOWN: [&str; 22] = [
    "All",
    COUNTS[0],
    COUNTS[1],
    COUNTS[2],
    "ContentBasedDeduplication",
    "CreatedTimestamp",
    "DeduplicationScope",
    "DelaySeconds",
    "FifoQueue",
    "FifoThroughputLimit",
    "KmsDataKeyReusePeriodSeconds",
    "KmsMasterKeyId",
    "LastModifiedTimestamp",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "Policy",
    "QueueArn",
    "ReceiveMessageWaitTimeSeconds",
    "RedriveAllowPolicy",
    "RedrivePolicy",
    "SqsManagedSseEnabled",
    "VisibilityTimeout",
];

/// Whether this is the name of a queue attribute.
pub(super) fn is_known(name: &str) -> bool {
    KNOWN.contains(&name)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetInput {
    queue_url: Option<String>,
    #[serde(default)]
    attribute_names: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetOutput {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    attributes: BTreeMap<String, String>,
}

/// `GetQueueAttributes`. The numbers of messages are exact here.
pub(super) fn get(
    input: GetInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<GetOutput, ServiceError> {
    let queue = queue::find(input.queue_url.as_deref(), call, tx)?;
    let wanted = |name: &str| {
        let mut names = input.attribute_names.iter();
        names.any(|wanted| wanted == "All" || wanted == name)
    };
    if let Some(name) = input.attribute_names.iter().find(|name| !is_known(name)) {
        return Err(unknown(name));
    }
    let mut attributes = shown(&queue.settings);
    let seconds = |ms: i64| (ms / 1_000).to_string();
    attributes.extend(
        [
            ("QueueArn", queue.arn.clone()),
            ("CreatedTimestamp", seconds(queue.created_ms)),
            ("LastModifiedTimestamp", seconds(queue.modified_ms)),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    );
    if COUNTS.iter().any(|name| wanted(name)) {
        let counts = queue.backlog(call, tx).counts()?;
        let numbers = [counts.ready, counts.delayed, counts.in_flight];
        for (name, number) in COUNTS.iter().zip(numbers) {
            attributes.insert((*name).to_owned(), number.to_string());
        }
    }
    attributes.retain(|name, _| wanted(name));
    Ok(GetOutput { attributes })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SetInput {
    queue_url: Option<String>,
    attributes: Option<BTreeMap<String, String>>,
}

/// `SetQueueAttributes`. Takes effect at once, but for the scope of deduplication.
pub(super) fn set(input: SetInput, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
    let mut queue = queue::find(input.queue_url.as_deref(), call, tx)?;
    let attributes = input.attributes.ok_or_else(|| missing("Attributes"))?;
    let mut settings = changed(&queue, &attributes, &call.scope, tx)?;
    if let (Some(new), Some(old)) = (&mut settings.fifo, &queue.settings.fifo) {
        new.spread(old, call.now_ms);
    }
    queue.modified_ms = call.now_ms;
    queue.set(settings, &call.scope, tx)
}
