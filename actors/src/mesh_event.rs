//! What the mesh tells the world.

use datamesh_actor::derive_id;
use datamesh_journal::ViewChange;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::row;

/// The list of events; each row's document is a [`MeshEvent`].
pub const EVENTS: &str = "events";

/// One event for the bus, with the JSON that the specification gives it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MeshEvent {
    /// `evt-…`: derived from the commit that tells it, so that a repeat of the effect carries the same.
    pub event_id: String,
    /// When it happened, in milliseconds since the Unix epoch.
    pub time_ms: i64,
    /// `management-app.projects`, …
    pub source: String,
    /// `ProjectCreated`, …
    pub detail_type: String,
    /// What happened.
    pub detail: Value,
}

impl MeshEvent {
    #[allow(clippy::too_many_arguments)] // One caller, [`crate::turn::Turn::tell`], which has them all.
    pub(crate) fn new(
        kind: &str,
        id: &str,
        seq: u64,
        nth: u32,
        time_ms: i64,
        source: &str,
        detail_type: &str,
        detail: Value,
    ) -> Self {
        let commit = [kind, id, &seq.to_string(), &nth.to_string()];
        Self {
            event_id: derive_id("evt-", &commit),
            time_ms,
            source: source.to_owned(),
            detail_type: detail_type.to_owned(),
            detail,
        }
    }

    /// The row of the list of events: newest last, those of one commit in the order they were told;
    /// filtered by `source` and `detailType`.
    pub(crate) fn row(&self, seq: u64, nth: u32) -> Option<ViewChange> {
        let place = format!("{:015}-{seq:010}-{nth:02}", self.time_ms.max(0));
        row::put(
            EVENTS,
            &self.event_id,
            format!("{place}-{}", self.event_id),
            &[("source", &self.source), ("detailType", &self.detail_type)],
            self,
        )
    }
}

/// The time as the specification writes it: `2026-01-14T20:30:00Z`.
pub(crate) fn instant(ms: i64) -> String {
    jiff::Timestamp::from_second(ms.div_euclid(1_000))
        .map(|instant| instant.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn times_are_whole_seconds_in_utc() {
        assert_eq!(instant(1_768_422_600_999), "2026-01-14T20:30:00Z");
        assert_eq!(instant(i64::MAX), "");
    }

    #[test]
    fn each_event_of_a_commit_has_its_own_id_and_a_repeat_has_the_same() {
        let event = |seq, nth| {
            MeshEvent::new("project", "proj-1", seq, nth, 5, "s", "T", Value::Null).event_id
        };
        assert_eq!(event(1, 0), event(1, 0));
        assert_ne!(event(1, 0), event(1, 1));
        assert_ne!(event(1, 0), event(2, 0));
        assert!(event(1, 0).starts_with("evt-"));
    }
}
