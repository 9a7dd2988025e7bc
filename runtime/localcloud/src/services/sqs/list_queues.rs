//! `GetQueueUrl`, `ListQueues`, `ListDeadLetterSourceQueues`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::create_queue::QueueUrl;
use super::error::{invalid, missing, no_such_queue};
use super::queue::{self, QUEUES, Queue, SOURCES};
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
    max_results: Option<i64>,
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
    let page = Page::of(input.max_results, input.next_token.as_deref())?;
    let (names, next_token) = page.read(QUEUES, &input.queue_name_prefix, call, tx)?;
    Ok(ListOutput {
        next_token,
        queue_urls: names.iter().map(|name| queue::url(call, name)).collect(),
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SourcesInput {
    queue_url: Option<String>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct SourcesOutput {
    #[serde(rename = "queueUrls")]
    queue_urls: Vec<String>,
    #[serde(rename = "NextToken", skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// The queues that have this one as their dead-letter queue, in pages as `ListQueues`.
pub(super) fn list_sources(
    input: SourcesInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<SourcesOutput, ServiceError> {
    let target = queue::find(input.queue_url.as_deref(), call, tx)?;
    let page = Page::of(input.max_results, input.next_token.as_deref())?;
    let prefix = format!("{}/", target.name);
    let (keys, next_token) = page.read(SOURCES, &prefix, call, tx)?;
    let names = keys.iter().filter_map(|key| key.strip_prefix(&prefix));
    Ok(SourcesOutput {
        queue_urls: names.map(|name| queue::url(call, name)).collect(),
        next_token,
    })
}

/// Whether any queue has this one as its dead-letter queue.
pub(super) fn is_dead_letter_queue(
    queue: &Queue,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<bool, ServiceError> {
    let prefix = format!("{}/", queue.name);
    let first: Vec<(String, IgnoredAny)> = tx.scan(&call.scope, SOURCES, &prefix, None, 1)?;
    Ok(!first.is_empty())
}

/// A page of a list by key, whose token is the last key of the page before.
struct Page {
    size: usize,
    has_next: bool,
    after: Option<String>,
}

impl Page {
    fn of(max_results: Option<i64>, token: Option<&str>) -> Result<Self, ServiceError> {
        let size = match max_results {
            None => LARGEST_PAGE,
            Some(wanted) => usize::try_from(wanted)
                .ok()
                .filter(|size| (1..=LARGEST_PAGE).contains(size))
                .ok_or_else(|| invalid("MaxResults", wanted, "Must be between 1 and 1000."))?,
        };
        Ok(Self {
            size,
            has_next: max_results.is_some(),
            after: token.map(read_token).transpose()?,
        })
    }

    /// The page's keys, and the token of the next page.
    fn read(
        &self,
        collection: &str,
        prefix: &str,
        call: &Call<'_>,
        tx: &Tx<'_>,
    ) -> Result<(Vec<String>, Option<String>), ServiceError> {
        let mut found: Vec<(String, IgnoredAny)> = tx.scan(
            &call.scope,
            collection,
            prefix,
            self.after.as_deref(),
            self.size + 1,
        )?;
        let more = self.has_next && found.len() > self.size;
        found.truncate(self.size);
        let keys: Vec<String> = found.into_iter().map(|(key, _)| key).collect();
        let last = keys.last().filter(|_| more);
        let token = last.map(|key| URL_SAFE_NO_PAD.encode(key));
        Ok((keys, token))
    }
}

fn read_token(token: &str) -> Result<String, ServiceError> {
    URL_SAFE_NO_PAD
        .decode(token)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| invalid("NextToken", token, "It was not made by this operation."))
}
