//! The event, as rules see it and targets get it.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::error::ServiceError;
use crate::store::Scope;

/// An event's envelope, its members in the order in which AWS writes them.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Envelope {
    version: &'static str,
    pub(super) id: String,
    #[serde(rename = "detail-type")]
    detail_type: String,
    source: String,
    account: String,
    /// Whole seconds, UTC.
    time: String,
    region: String,
    resources: Vec<String>,
    detail: Value,
}

/// What the sender says of an event.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    pub(super) detail_type: String,
    pub(super) source: String,
    /// Milliseconds since the Unix epoch.
    pub(super) time_ms: i64,
    pub(super) resources: Vec<String>,
    pub(super) detail: Value,
}

impl Envelope {
    pub(super) fn new(scope: &Scope, id: String, sent: Sent) -> Self {
        Self {
            version: "0",
            id,
            detail_type: sent.detail_type,
            source: sent.source,
            account: scope.account.clone(),
            time: seconds(sent.time_ms),
            region: scope.region.clone(),
            resources: sent.resources,
            detail: sent.detail,
        }
    }

    pub(super) fn to_value(&self) -> Result<Value, ServiceError> {
        serde_json::to_value(self)
            .map_err(|error| ServiceError::internal(format!("an event is not JSON: {error}")))
    }
}

/// `2026-01-31T12:00:00Z`
pub(super) fn seconds(ms: i64) -> String {
    Timestamp::from_second(ms.div_euclid(1000))
        .unwrap_or(Timestamp::UNIX_EPOCH)
        .strftime("%Y-%m-%dT%H:%M:%SZ")
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn times_are_whole_seconds() {
        assert_eq!(seconds(1_769_860_800_999), "2026-01-31T12:00:00Z");
    }
}
