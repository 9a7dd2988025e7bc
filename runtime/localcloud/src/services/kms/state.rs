//! Enabling, disabling and deleting keys.

use serde::Deserialize;
use serde_json::{Value, json};

use super::error;
use super::key::{OneKey, State, require};
use crate::error::ServiceError;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::store::Tx;

const DAY_MS: i64 = 86_400_000;

/// `EnableKey`.
pub(super) fn enable(input: OneKey, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    switch(&input, State::Enabled, call, tx)
}

/// `DisableKey`.
pub(super) fn disable(input: OneKey, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    switch(&input, State::Disabled, call, tx)
}

fn switch(
    input: &OneKey,
    state: State,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut key = require(call, tx, &input.key_id)?;
    key.alive()?;
    key.state = state;
    key.save(call, tx)?;
    Ok(json!({}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeletionInput {
    key_id: String,
    pending_window_in_days: Option<i64>,
}

/// `ScheduleKeyDeletion`: 7 to 30 days from now, 30 if nothing is said.
pub(super) fn schedule_deletion(
    input: DeletionInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let days = input.pending_window_in_days.unwrap_or(30);
    if !(7..=30).contains(&days) {
        return Err(error::validation(
            "PendingWindowInDays must be between 7 and 30",
        ));
    }
    let mut key = require(call, tx, &input.key_id)?;
    key.alive()?;
    let at = call.now_ms + days * DAY_MS;
    key.state = State::PendingDeletion;
    key.deletion_ms = Some(at);
    key.save(call, tx)?;
    Ok(json!({
        "KeyId": key.arn,
        "DeletionDate": epoch_seconds(at),
        "KeyState": key.state,
        "PendingWindowInDays": days,
    }))
}

/// `CancelKeyDeletion`: the key is disabled then.
pub(super) fn cancel_deletion(
    input: OneKey,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut key = require(call, tx, &input.key_id)?;
    if key.state != State::PendingDeletion {
        return Err(error::bad_state(format!(
            "{} is not pending deletion.",
            key.arn
        )));
    }
    key.state = State::Disabled;
    key.deletion_ms = None;
    key.save(call, tx)?;
    Ok(json!({"KeyId": key.arn}))
}
