//! A queue: its settings, its names, and how requests find it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::error::{missing, no_such_queue};
use crate::error::ServiceError;
use crate::request::Call;
use crate::store::{Scope, Tx};

pub(super) const QUEUES: &str = "sqs.queues";

/// A queue.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Queue {
    pub(super) name: String,
    pub(super) arn: String,
    pub(super) created_ms: i64,
    pub(super) modified_ms: i64,
    pub(super) purged_ms: Option<i64>,
    pub(super) settings: Settings,
    pub(super) tags: BTreeMap<String, String>,
}

/// What `SetQueueAttributes` changes. Times are in seconds, sizes in bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Settings {
    pub(super) visibility_timeout: u32,
    pub(super) delay: u32,
    pub(super) receive_wait: u32,
    pub(super) retention: u32,
    pub(super) maximum_size: u32,
    pub(super) redrive: Option<Redrive>,
    /// Attributes that are kept and have no effect here, under their AWS names.
    pub(super) other: BTreeMap<String, String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            visibility_timeout: 30,
            delay: 0,
            receive_wait: 0,
            retention: 345_600,
            maximum_size: 1_048_576,
            redrive: None,
            other: BTreeMap::new(),
        }
    }
}

/// Where messages go that were received too often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Redrive {
    pub(super) target_arn: String,
    pub(super) max_receive_count: u32,
}

impl Queue {
    /// What long polls of this queue wait for.
    pub(super) fn topic(&self) -> String {
        format!("sqs/{}", self.arn)
    }

    pub(super) fn save(&self, scope: &Scope, tx: &Tx<'_>) -> Result<(), ServiceError> {
        tx.put(scope, QUEUES, &self.name, self)
    }
}

pub(super) fn arn(scope: &Scope, name: &str) -> String {
    format!("arn:aws:sqs:{}:{}:{name}", scope.region, scope.account)
}

/// AWS's address for AWS's hosts, and ours for those who came over a port.
pub(super) fn url(call: &Call<'_>, name: &str) -> String {
    let account = &call.scope.account;
    match call.header("host") {
        Some(host) if !host.contains(".amazonaws.com") => format!("http://{host}/{account}/{name}"),
        _ => format!(
            "https://sqs.{}.amazonaws.com/{account}/{name}",
            call.scope.region
        ),
    }
}

/// The queue behind a queue URL, of which only the path (`/<account>/<name>`) counts.
pub(super) fn find(url: Option<&str>, call: &Call<'_>, tx: &Tx<'_>) -> Result<Queue, ServiceError> {
    let url = url.ok_or_else(|| missing("QueueUrl"))?;
    let mut segments = url.rsplit('/');
    let (name, account) = (segments.next(), segments.next());
    let (Some(name), Some(account)) = (name, account) else {
        return Err(no_such_queue());
    };
    if account != call.scope.account {
        return Err(ServiceError::new(
            403,
            "AccessDeniedException",
            format!(
                "User: {} is not authorized to perform: sqs:{} on resource: {url}",
                call.principal.arn, call.operation
            ),
        )
        .with_header("x-amzn-query-error", "AccessDenied;Sender"));
    }
    tx.get(&call.scope, QUEUES, name)?.ok_or_else(no_such_queue)
}

/// The queue behind an ARN, and where its documents are; `None` if there is none.
pub(super) fn find_by_arn(arn: &str, tx: &Tx<'_>) -> Result<Option<(Scope, Queue)>, ServiceError> {
    let parts: Vec<&str> = arn.split(':').collect();
    let ["arn", _, "sqs", region, account, name] = parts.as_slice() else {
        return Ok(None);
    };
    let scope = Scope {
        account: (*account).to_owned(),
        region: (*region).to_owned(),
    };
    let queue = tx.get(&scope, QUEUES, name)?;
    Ok(queue.map(|queue| (scope, queue)))
}
