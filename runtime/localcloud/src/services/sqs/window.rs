//! What a FIFO queue remembers for five minutes: which messages were sent, and what a receive
//! brought. The index by age lets each new entry drop a few old ones, so nothing piles up.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::backlog::Backlog;
use crate::error::ServiceError;

/// AWS's deduplication interval, and how long a receive can be tried again.
pub(super) const WINDOW_MS: i64 = 300_000;

/// What was sent.
pub(super) const SENT: &str = "sqs.sent";
/// What was received.
pub(super) const RECEIVED: &str = "sqs.received";

/// How many old entries a new one drops.
const DROPPED_AT_ONCE: usize = 10;

#[derive(Debug, Serialize, Deserialize)]
struct Entry<T> {
    at_ms: i64,
    value: T,
}

/// Of the index by age.
#[derive(Debug, Serialize, Deserialize)]
struct Aged {
    at_ms: i64,
    key: String,
}

fn index(collection: &str) -> String {
    format!("{collection}-by-age")
}

fn is_over(at_ms: i64, now_ms: i64) -> bool {
    at_ms + WINDOW_MS <= now_ms
}

/// The entry under `key`, if it is not too old.
pub(super) fn get<T: DeserializeOwned>(
    backlog: &Backlog<'_>,
    collection: &str,
    key: &str,
) -> Result<Option<T>, ServiceError> {
    let key = format!("{}/{key}", backlog.queue.name);
    let entry: Option<Entry<T>> = backlog.tx.get(backlog.scope, collection, &key)?;
    Ok(entry
        .filter(|entry| !is_over(entry.at_ms, backlog.now_ms))
        .map(|entry| entry.value))
}

/// The first entry under a key that starts with `prefix` and is not too old.
pub(super) fn first<T: DeserializeOwned>(
    backlog: &Backlog<'_>,
    collection: &str,
    prefix: &str,
) -> Result<Option<T>, ServiceError> {
    let prefix = format!("{}/{prefix}", backlog.queue.name);
    let mut after: Option<String> = None;
    loop {
        let found: Vec<(String, Entry<T>)> =
            backlog
                .tx
                .scan(backlog.scope, collection, &prefix, after.as_deref(), 10)?;
        after = found.last().map(|(key, _)| key.clone());
        let mut young = found
            .into_iter()
            .filter(|(_, entry)| !is_over(entry.at_ms, backlog.now_ms));
        if let Some((_, entry)) = young.next() {
            return Ok(Some(entry.value));
        }
        if after.is_none() {
            return Ok(None);
        }
    }
}

/// Writes an entry, over an older one if there is one.
pub(super) fn remember<T: Serialize>(
    backlog: &Backlog<'_>,
    collection: &str,
    key: &str,
    value: &T,
) -> Result<(), ServiceError> {
    drop_old(backlog, collection)?;
    let at_ms = backlog.now_ms;
    let by_age = format!("{}/{at_ms:016}/{key}", backlog.queue.name);
    let key = format!("{}/{key}", backlog.queue.name);
    let entry = Entry { at_ms, value };
    backlog.tx.put(backlog.scope, collection, &key, &entry)?;
    let aged = Aged { at_ms, key };
    let index = index(collection);
    backlog.tx.put(backlog.scope, &index, &by_age, &aged)
}

fn drop_old(backlog: &Backlog<'_>, collection: &str) -> Result<(), ServiceError> {
    let (scope, index) = (backlog.scope, index(collection));
    let prefix = format!("{}/", backlog.queue.name);
    let oldest: Vec<(String, Aged)> =
        backlog
            .tx
            .scan(scope, &index, &prefix, None, DROPPED_AT_ONCE)?;
    for (by_age, aged) in oldest {
        if !is_over(aged.at_ms, backlog.now_ms) {
            break;
        }
        backlog.tx.delete(scope, &index, &by_age)?;
        // The key may have a newer entry by now.
        let entry: Option<Entry<serde::de::IgnoredAny>> =
            backlog.tx.get(scope, collection, &aged.key)?;
        if entry.is_some_and(|entry| entry.at_ms == aged.at_ms) {
            backlog.tx.delete(scope, collection, &aged.key)?;
        }
    }
    Ok(())
}

/// Drops everything of a queue.
pub(super) fn forget_all(backlog: &Backlog<'_>) -> Result<(), ServiceError> {
    let prefix = format!("{}/", backlog.queue.name);
    for collection in [SENT, RECEIVED] {
        backlog
            .tx
            .delete_prefix(backlog.scope, collection, &prefix)?;
        backlog
            .tx
            .delete_prefix(backlog.scope, &index(collection), &prefix)?;
    }
    Ok(())
}
