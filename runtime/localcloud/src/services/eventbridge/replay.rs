//! Replays: what an archive keeps of a time goes through the bus again, part by part.
//!
//! Each part is work that is due at once (`crate::due`), and a transaction: killed between two, a
//! replay goes on where it was. Its events carry the replay's name, and go to the rules of the bus that
//! match, or only to those that the replay names.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::archive;
use super::delivery::{self, Incoming, Origin};
use crate::cloud::CloudInner;
use crate::due::Due;
use crate::error::ServiceError;
use crate::protocol::timestamp::epoch_seconds;
use crate::store::{Scope, Tx};

/// The kind of the work that is due: the next part of the replay of that name.
pub(super) const KIND: &str = "events.replay";
pub(super) const REPLAYS: &str = "events.replays";
/// Events of one part.
const PART: usize = 100;

/// Where a replay is.
///
/// `Starting` → `Running` → `Completed`, or `Cancelled` from the first two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum State {
    /// Asked for.
    Starting,
    /// Some of its parts were sent.
    Running,
    /// All was sent.
    Completed,
    /// Stopped before all was sent.
    Cancelled,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Replay {
    pub(super) name: String,
    pub(super) description: Option<String>,
    pub(super) archive: String,
    pub(super) archive_arn: String,
    pub(super) bus: String,
    pub(super) destination: Destination,
    pub(super) state: State,
    pub(super) from_ms: i64,
    pub(super) to_ms: i64,
    pub(super) last_replayed_ms: Option<i64>,
    pub(super) started_ms: i64,
    pub(super) ended_ms: Option<i64>,
    /// The key of the last event that was sent.
    pub(super) cursor: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Destination {
    pub(super) arn: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) filter_arns: Vec<String>,
}

impl Replay {
    pub(super) fn save(&self, scope: &Scope, tx: &Tx<'_>) -> Result<(), ServiceError> {
        tx.put(scope, REPLAYS, &self.name, self)
    }

    pub(super) fn shown(&self) -> Value {
        let mut shown = json!({
            "ReplayName": self.name,
            "EventSourceArn": self.archive_arn,
            "State": self.state,
            "EventStartTime": epoch_seconds(self.from_ms),
            "EventEndTime": epoch_seconds(self.to_ms),
            "ReplayStartTime": epoch_seconds(self.started_ms),
        });
        for (name, ms) in [
            ("EventLastReplayedTime", self.last_replayed_ms),
            ("ReplayEndTime", self.ended_ms),
        ] {
            if let Some(ms) = ms {
                shown[name] = json!(epoch_seconds(ms));
            }
        }
        shown
    }
}

/// Sends the next part.
pub(super) fn due(due: &Due, cloud: &CloudInner, tx: &Tx<'_>) -> Result<(), ServiceError> {
    let call = due.call("events", cloud);
    let scope = &call.scope;
    let Some(mut replay) = tx.get::<Replay>(scope, REPLAYS, &due.id)? else {
        return Ok(());
    };
    if !matches!(replay.state, State::Starting | State::Running) {
        return Ok(());
    }
    replay.state = State::Running;
    let part = archive::between(
        scope,
        &replay.archive,
        (replay.from_ms, replay.to_ms),
        replay.cursor.as_deref(),
        PART,
        tx,
    )?;
    let is_last = part.len() < PART;
    for (key, archived) in part {
        let mut event = archived.event;
        event["replay-name"] = json!(replay.name);
        let incoming = Incoming {
            event: &event,
            ingested_ms: archived.ingested_ms,
            origin: Origin::Replayed(&replay.destination.filter_arns),
        };
        delivery::deliver(scope, &replay.bus, incoming, &call, tx)?;
        replay.last_replayed_ms = Some(archive::time_ms(&event));
        replay.cursor = Some(key);
    }
    if is_last {
        replay.state = State::Completed;
        replay.ended_ms = Some(call.now_ms);
    } else {
        tx.schedule(call.now_ms, KIND, &replay.name, scope, &())?;
    }
    replay.save(scope, tx)
}
