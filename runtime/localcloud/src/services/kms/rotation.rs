//! Renewing a key's material: on demand, and the setting that it is done by itself, which is kept and
//! not acted upon.

use serde::Deserialize;
use serde_json::{Value, json};

use super::key::{Key, OneKey, require};
use super::{error, material};
use crate::error::ServiceError;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::store::Tx;

fn symmetric(key: &Key) -> Result<(), ServiceError> {
    key.alive()?;
    if key.spec == "SYMMETRIC_DEFAULT" {
        return Ok(());
    }
    Err(ServiceError::bad_request(
        "UnsupportedOperationException",
        "Rotation is for symmetric encryption keys only.",
    ))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct EnableInput {
    key_id: String,
    rotation_period_in_days: Option<u32>,
}

/// `EnableKeyRotation`, every 90 to 2560 days, 365 if nothing is said.
pub(super) fn enable(
    input: EnableInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut key = require(call, tx, &input.key_id)?;
    symmetric(&key)?;
    let period = input.rotation_period_in_days.unwrap_or(365);
    if !(90..=2_560).contains(&period) {
        return Err(error::validation(
            "RotationPeriodInDays must be between 90 and 2560",
        ));
    }
    key.rotation = true;
    key.rotation_period = period;
    key.save(call, tx)?;
    Ok(json!({}))
}

/// `DisableKeyRotation`.
pub(super) fn disable(input: OneKey, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let mut key = require(call, tx, &input.key_id)?;
    symmetric(&key)?;
    key.rotation = false;
    key.save(call, tx)?;
    Ok(json!({}))
}

/// `GetKeyRotationStatus`.
pub(super) fn status(input: OneKey, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let key = require(call, tx, &input.key_id)?;
    let mut status = json!({"KeyId": key.arn, "KeyRotationEnabled": key.rotation});
    if key.rotation {
        status["RotationPeriodInDays"] = Value::from(key.rotation_period);
    }
    Ok(status)
}

/// How often a key may be renewed on demand.
const MOST_ON_DEMAND: usize = 25;

/// `RotateKeyOnDemand`. What was encrypted before is decrypted as before.
pub(super) fn rotate(input: OneKey, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let mut key = require(call, tx, &input.key_id)?;
    symmetric(&key)?;
    key.enabled()?;
    let mut materials = material::of(call, tx, &key)?;
    if materials.rotations().len() >= MOST_ON_DEMAND {
        return Err(ServiceError::bad_request(
            "LimitExceededException",
            format!(
                "The key {} was rotated on demand {MOST_ON_DEMAND} times.",
                key.arn
            ),
        ));
    }
    if materials.is_empty() {
        materials.rotate(call, tx, &key)?;
    }
    materials.rotate(call, tx, &key)?;
    key.rotations += 1;
    key.save(call, tx)?;
    Ok(json!({"KeyId": key.arn}))
}

/// `ListKeyRotations`, in one page.
pub(super) fn list(input: OneKey, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let key = require(call, tx, &input.key_id)?;
    let materials = material::of(call, tx, &key)?;
    let rotations = materials.rotations().iter().map(|rotation| {
        json!({
            "KeyId": key.arn,
            "RotationDate": epoch_seconds(rotation.made_ms),
            "RotationType": "ON_DEMAND",
        })
    });
    Ok(json!({"Rotations": rotations.collect::<Vec<_>>(), "Truncated": false}))
}
