//! `GetQueueUrl`, `ListQueues`, `ListDeadLetterSourceQueues`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::create_queue::QueueUrl;
use super::error::{invalid, missing, no_such_queue};
use super::queue::{self, QUEUES, Queue};
use crate::error::ServiceError;
use crate::request::Call;
use crate::store::Tx;

const LARGEST_PAGE: usize = 1_000;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetUrlInput {
    queue_name: Option<String>,
    #[serde(rename = "QueueOwnerAWSAccountId")]
    owner: Option<String>,
}

/// The URL of a queue of the caller's own account.
pub(super) fn get_queue_url(
    input: GetUrlInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<QueueUrl, ServiceError> {
    let name = input.queue_name.ok_or_else(|| missing("QueueName"))?;
    if input.owner.is_some_and(|owner| owner != call.scope.account) {
        return Err(no_such_queue());
    }
    let queue: Queue = tx
        .get(&call.scope, QUEUES, &name)?
        .ok_or_else(no_such_queue)?;
    Ok(QueueUrl {
        queue_url: queue::url(call, &queue.name),
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListInput {
    #[serde(default)]
    queue_name_prefix: String,
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListOutput {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    queue_urls: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// Queues by name. As on AWS, there is a next page only for those who set `MaxResults`; without it
/// the first 1,000 are all.
pub(super) fn list_queues(
    input: ListInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<ListOutput, ServiceError> {
    let after = input.next_token.as_deref().map(read_token).transpose()?;
    let size = page_size(input.max_results)?;
    let mut found: Vec<(String, Queue)> = tx.scan(
        &call.scope,
        QUEUES,
        &input.queue_name_prefix,
        after.as_deref(),
        size + 1,
    )?;
    let more = found.len() > size && input.max_results.is_some();
    found.truncate(size);
    Ok(ListOutput {
        next_token: found
            .last()
            .filter(|_| more)
            .map(|(name, _)| URL_SAFE_NO_PAD.encode(name)),
        queue_urls: found
            .iter()
            .map(|(name, _)| queue::url(call, name))
            .collect(),
    })
}

fn page_size(max_results: Option<usize>) -> Result<usize, ServiceError> {
    match max_results {
        None => Ok(LARGEST_PAGE),
        Some(size @ 1..=LARGEST_PAGE) => Ok(size),
        Some(size) => Err(invalid("MaxResults", size, "Must be between 1 and 1000.")),
    }
}

fn read_token(token: &str) -> Result<String, ServiceError> {
    URL_SAFE_NO_PAD
        .decode(token)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| invalid("NextToken", token, "It was not made by this operation."))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SourcesInput {
    queue_url: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct SourcesOutput {
    #[serde(rename = "queueUrls")]
    queue_urls: Vec<String>,
}

/// Every queue that has this one as its dead-letter queue.
pub(super) fn list_sources(
    input: SourcesInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<SourcesOutput, ServiceError> {
    let target = queue::find(input.queue_url.as_deref(), call, tx)?;
    let sources = sources_of(&target, call, tx)?;
    Ok(SourcesOutput {
        queue_urls: sources
            .iter()
            .map(|source| queue::url(call, &source.name))
            .collect(),
    })
}

pub(super) fn sources_of(
    target: &Queue,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Vec<Queue>, ServiceError> {
    let all: Vec<(String, Queue)> = tx.scan(&call.scope, QUEUES, "", None, usize::MAX)?;
    let feeds = |queue: &Queue| {
        let redrive = queue.settings.redrive.as_ref();
        redrive.is_some_and(|redrive| redrive.target_arn == target.arn)
    };
    Ok(all
        .into_iter()
        .map(|(_, queue)| queue)
        .filter(feeds)
        .collect())
}
