//! Archives: what came to a bus and matches a pattern, kept for some days.
//!
//! Documents: `events.archives` by name, `events.archives_of_bus` by `bus/name`. What is kept stands in
//! `events.archived` under `archive/<time of the event>/<its id>`, which replays read in that order,
//! and in `events.archived_since` under `archive/<when it came>/<its id>`, of which the oldest go
//! when their time is over: whenever something is added or the archive is looked at.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::delivery::Incoming;
use super::pattern::{Event, Pattern};
use super::{arn, error};
use crate::error::ServiceError;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::services::paging::{self, Listing};
use crate::store::{Scope, Tx};

pub(super) const ARCHIVES: &str = "events.archives";
pub(super) const OF_BUS: &str = "events.archives_of_bus";
pub(super) const ARCHIVED: &str = "events.archived";
pub(super) const SINCE: &str = "events.archived_since";
const DAY_MS: i64 = 86_400_000;
/// So many events go at a time.
pub(super) const SWEEP: usize = 500;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Archive {
    pub(super) name: String,
    pub(super) bus: String,
    /// Of the bus.
    pub(super) source_arn: String,
    pub(super) description: Option<String>,
    pub(super) pattern: Option<String>,
    /// 0: for ever.
    pub(super) retention_days: i64,
    pub(super) kms_key_identifier: Option<String>,
    pub(super) created_ms: i64,
    pub(super) event_count: u64,
    pub(super) size_bytes: u64,
}

/// An event that is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Archived {
    pub(super) event: Value,
    pub(super) ingested_ms: i64,
}

impl Archive {
    pub(super) fn save(&self, scope: &Scope, tx: &Tx<'_>) -> Result<(), ServiceError> {
        tx.put(scope, ARCHIVES, &self.name, self)
    }

    pub(super) fn shown(&self) -> Value {
        json!({
            "ArchiveName": self.name,
            "EventSourceArn": self.source_arn,
            "State": "ENABLED",
            "RetentionDays": self.retention_days,
            "SizeBytes": self.size_bytes,
            "EventCount": self.event_count,
            "CreationTime": epoch_seconds(self.created_ms),
        })
    }

    pub(super) fn put_answer(&self, scope: &Scope) -> Value {
        json!({
            "ArchiveArn": arn::of_archive(scope, &self.name),
            "State": "ENABLED",
            "CreationTime": epoch_seconds(self.created_ms),
        })
    }

    /// Drops what has been kept for long enough.
    fn sweep(&mut self, scope: &Scope, now_ms: i64, tx: &Tx<'_>) -> Result<(), ServiceError> {
        if self.retention_days == 0 {
            return Ok(());
        }
        let oldest_ms = now_ms - self.retention_days.saturating_mul(DAY_MS);
        let prefix = format!("{}/", self.name);
        loop {
            let page: Vec<(String, (String, u64))> = tx.scan(scope, SINCE, &prefix, None, SWEEP)?;
            let end = format!("{prefix}{:015}", oldest_ms.max(0));
            let over: Vec<_> = page.iter().filter(|(key, _)| *key < end).collect();
            for (key, (archived, size)) in &over {
                tx.delete(scope, SINCE, key)?;
                tx.delete(scope, ARCHIVED, archived)?;
                self.event_count = self.event_count.saturating_sub(1);
                self.size_bytes = self.size_bytes.saturating_sub(*size);
            }
            if !over.is_empty() {
                self.save(scope, tx)?;
            }
            if over.len() < SWEEP {
                return Ok(());
            }
        }
    }
}

pub(super) fn require(
    scope: &Scope,
    name: &str,
    now_ms: i64,
    tx: &Tx<'_>,
) -> Result<Archive, ServiceError> {
    let mut archive: Archive = tx
        .get(scope, ARCHIVES, name)?
        .ok_or_else(|| error::not_found(format!("Archive {name} does not exist.")))?;
    archive.sweep(scope, now_ms, tx)?;
    Ok(archive)
}

/// The names of a bus's archives.
pub(super) fn of_bus(scope: &Scope, bus: &str, tx: &Tx<'_>) -> Result<Vec<String>, ServiceError> {
    paging::all(
        tx,
        Listing {
            scope,
            collection: OF_BUS,
            prefix: &format!("{bus}/"),
        },
    )
}

/// Keeps an event in those of the archives that want it.
pub(super) fn keep(
    scope: &Scope,
    archives: &[String],
    incoming: Incoming<'_>,
    event: &Event,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    for name in archives {
        let mut archive = require(scope, name, call.now_ms, tx)?;
        let wanted = archive
            .pattern
            .as_deref()
            .is_none_or(|text| Pattern::new(text).is_ok_and(|pattern| pattern.matches(event)));
        if !wanted {
            continue;
        }
        let id = incoming.event["id"].as_str().unwrap_or_default();
        let size = incoming.event.to_string().len() as u64;
        let key = format!("{name}/{:015}/{id}", time_ms(incoming.event).max(0));
        let archived = Archived {
            event: incoming.event.clone(),
            ingested_ms: incoming.ingested_ms,
        };
        tx.put(scope, ARCHIVED, &key, &archived)?;
        let since = format!("{name}/{:015}/{id}", call.now_ms.max(0));
        tx.put(scope, SINCE, &since, &(key, size))?;
        archive.event_count += 1;
        archive.size_bytes += size;
        archive.save(scope, tx)?;
    }
    Ok(())
}

/// The `time` of an event: milliseconds since the Unix epoch.
pub(super) fn time_ms(event: &Value) -> i64 {
    event["time"]
        .as_str()
        .and_then(|text| text.parse::<jiff::Timestamp>().ok())
        .map_or(0, jiff::Timestamp::as_millisecond)
}

/// Up to `limit` events behind the key `after`, whose times are from `from_ms` to `to_ms` (the end
/// left out), in the order of their times.
pub(super) fn between(
    scope: &Scope,
    archive: &str,
    (from_ms, to_ms): (i64, i64),
    after: Option<&str>,
    limit: usize,
    tx: &Tx<'_>,
) -> Result<Vec<(String, Archived)>, ServiceError> {
    let prefix = format!("{archive}/");
    let from = format!("{prefix}{:015}", from_ms.max(0));
    let after = after.map_or(from, str::to_owned);
    let end = format!("{prefix}{:015}", to_ms.max(0));
    let mut events = tx.scan(scope, ARCHIVED, &prefix, Some(&after), limit)?;
    events.retain(|(key, _): &(String, Archived)| *key < end);
    Ok(events)
}
