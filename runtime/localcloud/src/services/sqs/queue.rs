//! A queue: its record, its names, and how requests find it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::backlog::Backlog;
use super::error::{error, missing, no_such_queue};
use super::settings::Settings;
use crate::error::ServiceError;
use crate::request::Call;
use crate::store::{Scope, Tx};

pub(super) const QUEUES: &str = "sqs.queues";
/// Dead-letter queues and those that they serve: `<dead-letter queue>/<source>`.
pub(super) const SOURCES: &str = "sqs.sources";
/// When a queue of this name was deleted last.
const DELETED: &str = "sqs.deleted";

/// A name is free again so long after its queue was deleted.
const NAME_RESTS_MS: i64 = 60_000;

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

impl Queue {
    pub(super) fn is_fifo(&self) -> bool {
        self.settings.fifo.is_some()
    }

    /// What long polls of this queue wait for.
    pub(super) fn topic(&self) -> String {
        format!("sqs/{}", self.arn)
    }

    /// The queue's messages, at the time of the call.
    pub(super) fn backlog<'a>(&'a self, call: &'a Call<'_>, tx: &'a Tx<'a>) -> Backlog<'a> {
        Backlog {
            queue: self,
            scope: &call.scope,
            tx,
            now_ms: call.now_ms,
        }
    }

    pub(super) fn save(&self, scope: &Scope, tx: &Tx<'_>) -> Result<(), ServiceError> {
        tx.put(scope, QUEUES, &self.name, self)
    }

    /// Takes new settings over, and keeps the list of dead-letter queues' sources in step.
    pub(super) fn set(
        &mut self,
        settings: Settings,
        scope: &Scope,
        tx: &Tx<'_>,
    ) -> Result<(), ServiceError> {
        self.unlist_source(scope, tx)?;
        self.settings = settings;
        if let Some(target) = self.dead_letter_queue() {
            let key = format!("{target}/{}", self.name);
            tx.put(scope, SOURCES, &key, &self.name)?;
        }
        self.save(scope, tx)
    }

    /// Deletes the queue with its messages. Its name rests for a minute.
    pub(super) fn delete(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
        let scope = &call.scope;
        self.backlog(call, tx).drop_all()?;
        self.unlist_source(scope, tx)?;
        tx.delete(scope, QUEUES, &self.name)?;
        tx.put(scope, DELETED, &self.name, &call.now_ms)?;
        tx.notify(self.topic());
        Ok(())
    }

    fn unlist_source(&self, scope: &Scope, tx: &Tx<'_>) -> Result<(), ServiceError> {
        if let Some(target) = self.dead_letter_queue() {
            tx.delete(scope, SOURCES, &format!("{target}/{}", self.name))?;
        }
        Ok(())
    }

    /// The name of the dead-letter queue, which is in the same account and region.
    fn dead_letter_queue(&self) -> Option<&str> {
        let redrive = self.settings.redrive.as_ref()?;
        redrive.target_arn.rsplit(':').next()
    }
}

/// Whether a queue of this name may be created again.
///
/// # Errors
/// `QueueDeletedRecently` (400).
pub(super) fn name_has_rested(
    name: &str,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    let deleted_ms: Option<i64> = tx.get(&call.scope, DELETED, name)?;
    let recently = |at: i64| at <= call.now_ms && call.now_ms < at + NAME_RESTS_MS;
    if deleted_ms.is_some_and(recently) {
        return Err(error(
            "QueueDeletedRecently",
            "You must wait 60 seconds after deleting a queue before you can create another with \
             the same name.",
        ));
    }
    tx.delete(&call.scope, DELETED, name)?;
    Ok(())
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
///
/// # Errors
/// `MissingRequiredParameterException` without a URL, `InvalidAddress` (404) if it is none,
/// `QueueDoesNotExist`, and `AccessDeniedException` (403) for another account's queue.
pub(super) fn find(url: Option<&str>, call: &Call<'_>, tx: &Tx<'_>) -> Result<Queue, ServiceError> {
    let url = url.ok_or_else(|| missing("QueueUrl"))?;
    let mut segments = url.trim_end_matches('/').rsplit('/');
    let (name, account) = (segments.next(), segments.next());
    let (Some(name), Some(account)) = (name, account) else {
        return Err(error(
            "InvalidAddress",
            format!("The address {url} is not valid for this endpoint."),
        ));
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
