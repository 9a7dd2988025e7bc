//! Drift: whether the resources are as the template made them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::error::{bad_token, validation};
use super::kinds;
use super::stack::{self, STACKS, Stack, StackResource};
use super::work::{self, Subject};
use crate::error::ServiceError;
use crate::inside::Inside;
use crate::protocol::{query, rest_json, timestamp::iso8601};
use crate::request::Call;
use crate::services::paging;
use crate::store::Tx;

const DETECTIONS: &str = "cloudformation.detections";

/// What the last detection found of a stack.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct StackDrift {
    /// `IN_SYNC`, `DRIFTED`.
    pub(super) status: String,
    pub(super) at_ms: i64,
}

/// What the last detection found of a resource.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct ResourceDrift {
    /// `IN_SYNC`, `MODIFIED`, `DELETED`, `NOT_CHECKED`.
    pub(super) status: String,
    pub(super) at_ms: i64,
    expected: Value,
    actual: Option<Value>,
    differences: Vec<Difference>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Difference {
    property_path: String,
    expected_value: String,
    actual_value: String,
    difference_type: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Detection {
    id: String,
    stack_key: String,
    stack_id: String,
    /// Only these resources, if any are named.
    only: Vec<String>,
    status: String,
    reason: Option<String>,
    drift_status: Option<String>,
    drifted: usize,
    at_ms: i64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DetectInput {
    stack_name: Option<String>,
    #[serde(default, deserialize_with = "query::list")]
    logical_resource_ids: Vec<String>,
}

/// `DetectStackDrift`.
pub(super) fn detect(
    input: DetectInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    const CHECKABLE: [&str; 7] = [
        "CREATE_COMPLETE",
        "UPDATE_COMPLETE",
        "UPDATE_ROLLBACK_COMPLETE",
        "UPDATE_ROLLBACK_FAILED",
        "UPDATE_FAILED",
        "IMPORT_COMPLETE",
        "IMPORT_ROLLBACK_COMPLETE",
    ];
    let stack = stack::require(call, tx, input.stack_name.as_deref())?;
    if !CHECKABLE.contains(&stack.status.as_str()) {
        return Err(validation(format!(
            "Drift detection cannot be performed on stack [{}] while it is in stack status [{}]",
            stack.id, stack.status
        )));
    }
    let running: Vec<(String, Detection)> =
        tx.scan(&call.scope, DETECTIONS, "", None, usize::MAX)?;
    let busy = |detection: &Detection| {
        detection.stack_key == stack.key && detection.status == "DETECTION_IN_PROGRESS"
    };
    if running.iter().any(|(_, detection)| busy(detection)) {
        return Err(validation(format!(
            "Drift detection is already in progress for stack [{}]",
            stack.id
        )));
    }
    if let Some(id) = input
        .logical_resource_ids
        .iter()
        .find(|id| !stack.resources.contains_key(*id))
    {
        return Err(super::describe::no_resource(id, &stack));
    }
    let detection = Detection {
        id: call.cloud.uuid(),
        stack_key: stack.key,
        stack_id: stack.id,
        only: input.logical_resource_ids,
        status: "DETECTION_IN_PROGRESS".to_owned(),
        reason: None,
        drift_status: None,
        drifted: 0,
        at_ms: call.now_ms,
    };
    tx.put(&call.scope, DETECTIONS, &detection.id, &detection)?;
    work::start(Subject::Drift, &detection.id, call, tx)?;
    Ok(json!({"StackDriftDetectionId": detection.id}))
}

/// Detects; one step after it was asked for, so that it is seen under way.
pub(super) fn step(key: &str, inside: &Inside<'_>) -> Result<bool, ServiceError> {
    let Inside { call, tx } = *inside;
    let Some(mut detection) = tx.get::<Detection>(&call.scope, DETECTIONS, key)? else {
        return Ok(false);
    };
    if detection.reason.is_none() {
        detection.reason = Some(String::new());
        tx.put(&call.scope, DETECTIONS, key, &detection)?;
        return Ok(true);
    }
    detection.reason = None;
    let Some(mut stack) = tx.get::<Stack>(&call.scope, STACKS, &detection.stack_key)? else {
        return Ok(false);
    };
    let mut failed = Vec::new();
    for resource in stack.resources.values_mut() {
        let wanted = detection.only.is_empty() || detection.only.contains(&resource.id);
        if !wanted || resource.physical_id.is_none() {
            continue;
        }
        match compare(resource, inside) {
            Ok(drift) => resource.drift = Some(drift),
            Err(error) => failed.push(format!("{} ({})", resource.id, error.message)),
        }
    }
    let is_drifted = |resource: &&StackResource| {
        let drift = resource.drift.as_ref();
        drift.is_some_and(|drift| drift.status == "MODIFIED" || drift.status == "DELETED")
    };
    detection.drifted = stack.resources.values().filter(is_drifted).count();
    let status = if detection.drifted == 0 {
        "IN_SYNC"
    } else {
        "DRIFTED"
    };
    stack.drift = Some(StackDrift {
        status: status.to_owned(),
        at_ms: call.now_ms,
    });
    stack.save(&call.scope, tx)?;
    detection.drift_status = Some(status.to_owned());
    detection.at_ms = call.now_ms;
    if failed.is_empty() {
        detection.status = "DETECTION_COMPLETE".to_owned();
    } else {
        detection.status = "DETECTION_FAILED".to_owned();
        detection.reason = Some(format!(
            "Failed to detect drift on resources [{}]",
            failed.join(", ")
        ));
    }
    tx.put(&call.scope, DETECTIONS, key, &detection)?;
    Ok(false)
}

fn compare(resource: &StackResource, inside: &Inside<'_>) -> Result<ResourceDrift, ServiceError> {
    let kind = kinds::find(&resource.kind)
        .ok_or_else(|| ServiceError::internal(format!("no such kind: {}", resource.kind)))?;
    let physical_id = resource.physical_id.as_deref().unwrap_or_default();
    let read = kind.handler.read(physical_id, &resource.properties, inside);
    let expected = resource.properties.clone();
    let drift = |status: &str, actual: Option<Value>, differences| ResourceDrift {
        status: status.to_owned(),
        at_ms: inside.call.now_ms,
        expected: expected.clone(),
        actual,
        differences,
    };
    match read {
        Ok(None) => Ok(drift("NOT_CHECKED", None, Vec::new())),
        Ok(Some(actual)) => {
            let mut differences = Vec::new();
            differ("", &resource.properties, &actual, &mut differences);
            let status = if differences.is_empty() {
                "IN_SYNC"
            } else {
                "MODIFIED"
            };
            Ok(drift(status, Some(actual), differences))
        }
        Err(error) if kinds::is_not_found(error.error()) => Ok(drift("DELETED", None, Vec::new())),
        Err(error) => Err(error.error().clone()),
    }
}

/// The same but for how numbers and flags are written, and for the order of tags.
fn same(expected: &Value, actual: &Value) -> bool {
    let scalar = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    };
    expected == actual
        || (scalar(expected).is_some() && scalar(expected) == scalar(actual))
        || expected.as_str().is_some_and(|text| {
            serde_json::from_str::<Value>(text)
                .is_ok_and(|parsed| parsed.is_object() && parsed == *actual)
        })
}

fn differ(path: &str, expected: &Value, actual: &Value, differences: &mut Vec<Difference>) {
    if same(expected, actual) {
        return;
    }
    match (expected, actual) {
        (Value::Object(left), Value::Object(right)) => {
            members(path, left, right, differences);
        }
        (Value::Array(left), Value::Array(right)) if path == "/Tags" => {
            let missing = |from: &[Value], of: &[Value]| -> Vec<Value> {
                from.iter()
                    .filter(|item| !of.contains(item))
                    .cloned()
                    .collect()
            };
            for lost in missing(left, right) {
                differences.push(difference(path, Some(&lost), None));
            }
            for found in missing(right, left) {
                differences.push(difference(path, None, Some(&found)));
            }
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            for (index, (left, right)) in left.iter().zip(right).enumerate() {
                differ(&format!("{path}/{index}"), left, right, differences);
            }
        }
        _ => differences.push(difference(path, Some(expected), Some(actual))),
    }
}

fn members(
    path: &str,
    expected: &Map<String, Value>,
    actual: &Map<String, Value>,
    differences: &mut Vec<Difference>,
) {
    for (name, left) in expected {
        let path = format!("{path}/{name}");
        match actual.get(name) {
            Some(right) => differ(&path, left, right, differences),
            None => differences.push(difference(&path, Some(left), None)),
        }
    }
    for (name, right) in actual {
        if !expected.contains_key(name) {
            differences.push(difference(&format!("{path}/{name}"), None, Some(right)));
        }
    }
}

fn difference(path: &str, expected: Option<&Value>, actual: Option<&Value>) -> Difference {
    let text = |value: Option<&Value>| match value {
        None => "null".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    Difference {
        property_path: path.to_owned(),
        expected_value: text(expected),
        actual_value: text(actual),
        difference_type: match (expected, actual) {
            (None, _) => "ADD",
            (_, None) => "REMOVE",
            _ => "NOT_EQUAL",
        }
        .to_owned(),
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct StatusInput {
    #[serde(default)]
    stack_drift_detection_id: String,
}

/// `DescribeStackDriftDetectionStatus`.
pub(super) fn status(
    input: StatusInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let id = &input.stack_drift_detection_id;
    let detection: Detection = tx
        .get(&call.scope, DETECTIONS, id)?
        .ok_or_else(|| validation(format!("Drift detection [{id}] does not exist")))?;
    let done = detection.drift_status.is_some();
    Ok(json!({
        "StackId": detection.stack_id,
        "StackDriftDetectionId": detection.id,
        "StackDriftStatus": detection.drift_status,
        "DetectionStatus": detection.status,
        "DetectionStatusReason": detection.reason.filter(|reason| !reason.is_empty()),
        "DriftedStackResourceCount": done.then_some(detection.drifted),
        "Timestamp": iso8601(detection.at_ms),
    }))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DriftsInput {
    stack_name: Option<String>,
    #[serde(default, deserialize_with = "query::list")]
    stack_resource_drift_status_filters: Vec<String>,
    next_token: Option<String>,
    #[serde(default, deserialize_with = "rest_json::from_text")]
    max_results: Option<usize>,
}

/// `DescribeStackResourceDrifts`: of those resources that were checked.
pub(super) fn drifts(
    input: DriftsInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let stack = stack::require(call, tx, input.stack_name.as_deref())?;
    let filters = &input.stack_resource_drift_status_filters;
    let drifts: Vec<Value> = stack
        .resources
        .values()
        .filter_map(|resource| Some((resource, resource.drift.as_ref()?)))
        .filter(|(_, drift)| drift.status != "NOT_CHECKED")
        .filter(|(_, drift)| filters.is_empty() || filters.contains(&drift.status))
        .map(|(resource, drift)| {
            json!({
                "StackId": stack.id,
                "LogicalResourceId": resource.id,
                "PhysicalResourceId": resource.physical_id,
                "ResourceType": resource.kind,
                "ExpectedProperties": drift.expected.to_string(),
                "ActualProperties": drift.actual.as_ref().map(Value::to_string),
                "PropertyDifferences": drift.differences,
                "StackResourceDriftStatus": drift.status,
                "Timestamp": iso8601(drift.at_ms),
            })
        })
        .collect();
    let list = format!("{}/drifts", stack.key);
    let limit = input.max_results.unwrap_or(100).clamp(1, 100);
    let (page, next) = paging::slice(&list, drifts, input.next_token.as_deref(), limit, bad_token)?;
    Ok(json!({"StackResourceDrifts": page, "NextToken": next}))
}
