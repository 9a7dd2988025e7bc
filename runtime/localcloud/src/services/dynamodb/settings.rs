//! Time to live and point-in-time recovery.

use serde::Deserialize;
use serde_json::{Value, json};

use super::error;
use super::table::{OneTable, require};
use crate::error::ServiceError;
use crate::request::Call;
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TimeToLiveInput {
    #[serde(default)]
    table_name: String,
    time_to_live_specification: TimeToLive,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TimeToLive {
    enabled: bool,
    attribute_name: String,
}

/// `UpdateTimeToLive`.
pub(super) fn update_time_to_live(
    input: TimeToLiveInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut table = require(call, tx, &input.table_name)?;
    let TimeToLive {
        enabled,
        attribute_name,
    } = input.time_to_live_specification;
    match (&table.time_to_live, enabled) {
        (Some(_), true) => return Err(error::validation("TimeToLive is already enabled")),
        (None, false) => return Err(error::validation("TimeToLive is already disabled")),
        (Some(known), false) if *known != attribute_name => {
            return Err(error::validation(format!(
                "TimeToLive is active on a different AttributeName: current AttributeName is {known}"
            )));
        }
        _ => {}
    }
    table.time_to_live = enabled.then(|| attribute_name.clone());
    table.save(call, tx)?;
    Ok(json!({"TimeToLiveSpecification": {"Enabled": enabled, "AttributeName": attribute_name}}))
}

/// `DescribeTimeToLive`.
pub(super) fn describe_time_to_live(
    input: OneTable,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let table = require(call, tx, &input.table_name)?;
    let description = match table.time_to_live {
        Some(name) => json!({"TimeToLiveStatus": "ENABLED", "AttributeName": name}),
        None => json!({"TimeToLiveStatus": "DISABLED"}),
    };
    Ok(json!({"TimeToLiveDescription": description}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct BackupsInput {
    #[serde(default)]
    table_name: String,
    point_in_time_recovery_specification: Recovery,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Recovery {
    point_in_time_recovery_enabled: bool,
}

fn show(recovery: bool) -> Value {
    let status = if recovery { "ENABLED" } else { "DISABLED" };
    json!({"ContinuousBackupsDescription": {
        "ContinuousBackupsStatus": "ENABLED",
        "PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": status},
    }})
}

/// `UpdateContinuousBackups`.
pub(super) fn update_backups(
    input: BackupsInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut table = require(call, tx, &input.table_name)?;
    table.recovery = input
        .point_in_time_recovery_specification
        .point_in_time_recovery_enabled;
    table.save(call, tx)?;
    Ok(show(table.recovery))
}

/// `DescribeContinuousBackups`.
pub(super) fn describe_backups(
    input: OneTable,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    Ok(show(require(call, tx, &input.table_name)?.recovery))
}
