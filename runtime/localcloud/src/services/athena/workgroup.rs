//! Work groups: `primary` is there in every account.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::error;
use super::start::ResultConfiguration;
use crate::error::ServiceError;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::store::Tx;

const GROUPS: &str = "athena.workgroups";
const PRIMARY: &str = "primary";

/// A work group.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct WorkGroup {
    pub(super) name: String,
    description: Option<String>,
    /// Where its results go, if a query does not say.
    pub(super) output: Option<String>,
    created_ms: i64,
}

impl WorkGroup {
    fn describe(&self) -> Value {
        json!({
            "Name": self.name,
            "State": "ENABLED",
            "Description": self.description,
            "CreationTime": epoch_seconds(self.created_ms),
            "Configuration": {
                "ResultConfiguration": match &self.output {
                    Some(output) => json!({ "OutputLocation": output }),
                    None => json!({}),
                },
                "EnforceWorkGroupConfiguration": false,
                "PublishCloudWatchMetricsEnabled": false,
                "RequesterPaysEnabled": false,
                "EngineVersion": {
                    "SelectedEngineVersion": "AUTO",
                    "EffectiveEngineVersion": "Athena engine version 3",
                },
            },
        })
    }
}

/// The group of this name; `primary` if none is named.
///
/// # Errors
/// `InvalidRequestException` if there is none.
pub(super) fn require(
    call: &Call<'_>,
    tx: &Tx<'_>,
    name: Option<&str>,
) -> Result<WorkGroup, ServiceError> {
    let name = name.unwrap_or(PRIMARY);
    match tx.get(&call.scope, GROUPS, name)? {
        Some(group) => Ok(group),
        None if name == PRIMARY => Ok(WorkGroup {
            name: PRIMARY.to_owned(),
            description: None,
            output: None,
            created_ms: 0,
        }),
        None => Err(error::invalid(format!("WorkGroup {name} is not found."))),
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateInput {
    name: Option<String>,
    description: Option<String>,
    configuration: Option<Configuration>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Configuration {
    result_configuration: Option<ResultConfiguration>,
}

pub(super) fn create(
    input: CreateInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut constraints = Constraints::new();
    let name = constraints.required("name", input.name);
    constraints.pattern("name", Some(&name), "[a-zA-Z0-9._-]{1,128}");
    constraints.check(error::INVALID_REQUEST)?;
    if name == PRIMARY || tx.get::<WorkGroup>(&call.scope, GROUPS, &name)?.is_some() {
        return Err(error::invalid(format!(
            "WorkGroup {name} is already created"
        )));
    }
    let group = WorkGroup {
        description: input.description,
        output: input
            .configuration
            .and_then(|configuration| configuration.result_configuration)
            .and_then(|results| results.output_location),
        created_ms: call.now_ms,
        name,
    };
    tx.put(&call.scope, GROUPS, &group.name, &group)?;
    Ok(json!({}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Name {
    work_group: Option<String>,
}

pub(super) fn get(input: Name, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let mut constraints = Constraints::new();
    let name = constraints.required("workGroup", input.work_group);
    constraints.check(error::INVALID_REQUEST)?;
    Ok(json!({ "WorkGroup": require(call, tx, Some(&name))?.describe() }))
}

#[derive(Debug, Deserialize)]
pub(super) struct Nothing {}

/// All of them: an account has a thousand at most, and a page takes them all.
pub(super) fn list(_: Nothing, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let made: Vec<(String, WorkGroup)> = tx.scan(&call.scope, GROUPS, "", None, 1_000)?;
    let groups = made.iter().map(|(_, group)| group.describe());
    let primary = require(call, tx, None)?.describe();
    let groups: Vec<Value> = std::iter::once(primary)
        .chain(groups)
        .map(|mut group| {
            if let Some(shown) = group.as_object_mut() {
                shown.remove("Configuration");
            }
            group
        })
        .collect();
    Ok(json!({ "WorkGroups": groups }))
}

pub(super) fn delete(input: Name, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let mut constraints = Constraints::new();
    let name = constraints.required("workGroup", input.work_group);
    constraints.check(error::INVALID_REQUEST)?;
    if name == PRIMARY {
        return Err(error::invalid("The primary WorkGroup cannot be deleted"));
    }
    require(call, tx, Some(&name))?;
    tx.delete(&call.scope, GROUPS, &name)?;
    Ok(json!({}))
}
