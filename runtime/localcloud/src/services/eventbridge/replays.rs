//! `StartReplay`, `DescribeReplay`, `CancelReplay`, `ListReplays`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::filtered::{self, Filtered};
use super::replay::{Destination, KIND, REPLAYS, Replay, State};
use super::{archive, arn, bus, error};
use crate::error::ServiceError;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct StartInput {
    replay_name: Option<String>,
    description: Option<String>,
    event_source_arn: Option<String>,
    event_start_time: Option<f64>,
    event_end_time: Option<f64>,
    destination: Option<Destination>,
}

/// `StartReplay`.
pub(super) fn start_replay(
    input: StartInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut constraints = Constraints::new();
    let name = constraints.required("replayName", input.replay_name);
    constraints.length("replayName", Some(&name), 1, 64);
    constraints.pattern("replayName", Some(&name), r"[\.\-_A-Za-z0-9]+");
    constraints.length("description", input.description.as_deref(), 0, 512);
    let archive_arn = constraints.required("eventSourceArn", input.event_source_arn);
    let start = constraints.required("eventStartTime", input.event_start_time);
    let end = constraints.required("eventEndTime", input.event_end_time);
    if input.destination.is_none() {
        constraints.required::<String>("destination", None);
    }
    constraints.check(error::VALIDATION)?;
    let Some(destination) = input.destination else {
        return Err(error::validation("Parameter Destination is not valid."));
    };
    let bus = match arn::named(&destination.arn, "event-bus/") {
        Some((scope, bus)) if scope == call.scope => bus.to_owned(),
        _ => {
            return Err(error::validation(
                "Parameter Destination.Arn is not valid. Reason: Must contain an event bus ARN.",
            ));
        }
    };
    bus::require(&call.scope, tx, &bus)?;
    let archive = match arn::named(&archive_arn, "archive/") {
        Some((scope, archive)) if scope == call.scope => archive.to_owned(),
        _ => {
            return Err(error::validation(
                "Parameter EventSourceArn is not valid. Reason: Must contain an archive ARN.",
            ));
        }
    };
    let kept = archive::require(&call.scope, &archive, call.now_ms, tx).map_err(|_| {
        error::validation(format!(
            "Parameter EventSourceArn is not valid. Reason: Archive {archive} does not exist."
        ))
    })?;
    if kept.source_arn != destination.arn {
        return Err(error::validation(
            "Parameter Destination.Arn is not valid. Reason: Cross event bus replay is not permitted.",
        ));
    }
    if start >= end {
        return Err(error::validation(
            "Parameter EventEndTime is not valid. Reason: EventStartTime must be before EventEndTime.",
        ));
    }
    let replay = Replay {
        description: input.description,
        archive,
        archive_arn,
        bus,
        destination,
        state: State::Starting,
        from_ms: milliseconds(start),
        to_ms: milliseconds(end),
        last_replayed_ms: None,
        started_ms: call.now_ms,
        ended_ms: None,
        cursor: None,
        name: name.clone(),
    };
    if !tx.insert(&call.scope, REPLAYS, &name, &replay)? {
        return Err(ServiceError::bad_request(
            "ResourceAlreadyExistsException",
            format!("Replay {name} already exists."),
        ));
    }
    tx.schedule(call.now_ms, KIND, &name, &call.scope, &())?;
    Ok(json!({
        "ReplayArn": arn::of_replay(&call.scope, &name),
        "State": State::Starting,
        "ReplayStartTime": epoch_seconds(call.now_ms),
    }))
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "moments fit; what does not is clamped"
)]
fn milliseconds(seconds: f64) -> i64 {
    (seconds * 1000.0) as i64
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OneReplay {
    replay_name: Option<String>,
}

impl OneReplay {
    fn find(self, call: &Call<'_>, tx: &Tx<'_>) -> Result<Replay, ServiceError> {
        let mut constraints = Constraints::new();
        let name = constraints.required("replayName", self.replay_name);
        constraints.length("replayName", Some(&name), 1, 64);
        constraints.check(error::VALIDATION)?;
        tx.get(&call.scope, REPLAYS, &name)?
            .ok_or_else(|| error::not_found(format!("Replay {name} does not exist.")))
    }
}

/// `DescribeReplay`.
pub(super) fn describe_replay(
    input: OneReplay,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let replay = input.find(call, tx)?;
    let mut shown = replay.shown();
    shown["ReplayArn"] = json!(arn::of_replay(&call.scope, &replay.name));
    shown["Destination"] = json!(replay.destination);
    if let Some(description) = replay.description {
        shown["Description"] = json!(description);
    }
    Ok(shown)
}

/// `CancelReplay`: what was sent stays sent.
pub(super) fn cancel_replay(
    input: OneReplay,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut replay = input.find(call, tx)?;
    if !matches!(replay.state, State::Starting | State::Running) {
        return Err(ServiceError::bad_request(
            "IllegalStatusException",
            format!(
                "Replay {} is not in a valid state for this operation.",
                replay.name
            ),
        ));
    }
    tx.unschedule(KIND, &replay.name, &call.scope)?;
    replay.state = State::Cancelled;
    replay.ended_ms = Some(call.now_ms);
    replay.save(&call.scope, tx)?;
    Ok(json!({
        "ReplayArn": arn::of_replay(&call.scope, &replay.name),
        "State": "CANCELLING",
    }))
}

const LIST: Filtered = Filtered {
    operation: "ListReplays",
    collection: REPLAYS,
    states: &[
        "STARTING",
        "RUNNING",
        "CANCELLING",
        "COMPLETED",
        "CANCELLED",
        "FAILED",
    ],
};

/// `ListReplays`, by name.
pub(super) fn list_replays(
    input: filtered::Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let (replays, next_token) = LIST.page(&input, call, tx, |replay: &Replay| {
        (&replay.archive_arn, json!(replay.state))
    })?;
    let shown: Vec<Value> = replays.iter().map(Replay::shown).collect();
    let mut answer = json!({"Replays": shown});
    if let Some(token) = next_token {
        answer["NextToken"] = json!(token);
    }
    Ok(answer)
}
