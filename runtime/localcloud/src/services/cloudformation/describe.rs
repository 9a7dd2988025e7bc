//! What stacks and their resources look like.

use serde::Deserialize;
use serde_json::{Value, json};

use super::error::{bad_token, validation};
use super::request::{shown_parameters, shown_tags};
use super::stack::{self, OnFailure, Stack, StackResource};
use crate::error::ServiceError;
use crate::protocol::query;
use crate::protocol::timestamp::iso8601;
use crate::request::Call;
use crate::services::paging;
use crate::store::Tx;

const PAGE: usize = 100;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OneStack {
    pub(super) stack_name: Option<String>,
    pub(super) next_token: Option<String>,
}

fn show(stack: &Stack) -> Value {
    let outputs: Vec<Value> = stack
        .outputs
        .iter()
        .map(|output| {
            json!({
                "OutputKey": output.name,
                "OutputValue": output.value,
                "Description": output.description,
                "ExportName": output.export,
            })
        })
        .collect();
    json!({
        "StackId": stack.id,
        "StackName": stack.name,
        "ChangeSetId": stack.definition.change_set_id,
        "Description": stack.definition.description,
        "Parameters": shown_parameters(&stack.definition),
        "CreationTime": iso8601(stack.created_ms),
        "LastUpdatedTime": stack.updated_ms.map(iso8601),
        "DeletionTime": stack.deleted_ms.map(iso8601),
        "StackStatus": stack.status,
        "StackStatusReason": stack.reason,
        "DisableRollback": stack.on_failure == OnFailure::DoNothing,
        "NotificationARNs": stack.definition.notification_arns,
        "TimeoutInMinutes": stack.timeout_minutes,
        "Capabilities": stack.definition.capabilities,
        "Outputs": outputs,
        "RoleARN": stack.definition.role_arn,
        "Tags": shown_tags(&stack.definition),
        "EnableTerminationProtection": stack.protected,
        "DriftInformation": drift(stack),
    })
}

fn drift(stack: &Stack) -> Value {
    match &stack.drift {
        None => json!({"StackDriftStatus": "NOT_CHECKED"}),
        Some(drift) => json!({
            "StackDriftStatus": drift.status,
            "LastCheckTimestamp": iso8601(drift.at_ms),
        }),
    }
}

/// `DescribeStacks`: one stack, or all that are not deleted.
pub(super) fn stacks(input: OneStack, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    if let Some(name) = input.stack_name.filter(|name| !name.is_empty()) {
        let stack = stack::find(call, tx, &name)?
            .ok_or_else(|| validation(format!("Stack with id {name} does not exist")))?;
        return Ok(json!({"Stacks": [show(&stack)]}));
    }
    let mut stacks = stack::all(&call.scope, tx)?;
    stacks.retain(|stack| !stack.is_deleted());
    stacks.sort_by(|left, right| {
        right
            .created_ms
            .cmp(&left.created_ms)
            .then(left.name.cmp(&right.name))
    });
    let stacks = stacks.iter().map(show).collect();
    let (page, next) = paging::slice(
        "stacks",
        stacks,
        input.next_token.as_deref(),
        PAGE,
        bad_token,
    )?;
    Ok(json!({"Stacks": page, "NextToken": next}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListInput {
    next_token: Option<String>,
    #[serde(default, deserialize_with = "query::list")]
    stack_status_filter: Vec<String>,
}

/// `ListStacks`, deleted ones too, newest first.
pub(super) fn list(input: ListInput, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let mut stacks = stack::all(&call.scope, tx)?;
    let filter = &input.stack_status_filter;
    stacks.retain(|stack| filter.is_empty() || filter.contains(&stack.status));
    stacks.sort_by(|left, right| {
        right
            .created_ms
            .cmp(&left.created_ms)
            .then(left.name.cmp(&right.name))
    });
    let summaries: Vec<Value> = stacks
        .iter()
        .map(|stack| {
            json!({
                "StackId": stack.id,
                "StackName": stack.name,
                "TemplateDescription": stack.definition.description,
                "CreationTime": iso8601(stack.created_ms),
                "LastUpdatedTime": stack.updated_ms.map(iso8601),
                "DeletionTime": stack.deleted_ms.map(iso8601),
                "StackStatus": stack.status,
                "StackStatusReason": stack.reason,
                "DriftInformation": drift(stack),
            })
        })
        .collect();
    let list = format!("stacks/{}", filter.join(","));
    let (page, next) = paging::slice(
        &list,
        summaries,
        input.next_token.as_deref(),
        PAGE,
        bad_token,
    )?;
    Ok(json!({"StackSummaries": page, "NextToken": next}))
}

fn resource_drift(resource: &StackResource) -> Value {
    match &resource.drift {
        None => json!({"StackResourceDriftStatus": "NOT_CHECKED"}),
        Some(drift) => json!({
            "StackResourceDriftStatus": drift.status,
            "LastCheckTimestamp": iso8601(drift.at_ms),
        }),
    }
}

fn show_resource(stack: &Stack, resource: &StackResource) -> Value {
    json!({
        "StackName": stack.name,
        "StackId": stack.id,
        "LogicalResourceId": resource.id,
        "PhysicalResourceId": resource.physical_id,
        "ResourceType": resource.kind,
        "Timestamp": iso8601(resource.updated_ms),
        "ResourceStatus": resource.status,
        "ResourceStatusReason": resource.reason,
        "DriftInformation": resource_drift(resource),
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ResourcesInput {
    stack_name: Option<String>,
    physical_resource_id: Option<String>,
    logical_resource_id: Option<String>,
    next_token: Option<String>,
}

/// `DescribeStackResources`: of one stack, or of the stack that has a physical id.
pub(super) fn resources(
    input: ResourcesInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let stack = match (&input.stack_name, &input.physical_resource_id) {
        (Some(name), None) => stack::find(call, tx, name)?
            .ok_or_else(|| validation(format!("Stack with id {name} does not exist")))?,
        (None, Some(id)) => stack::all(&call.scope, tx)?
            .into_iter()
            .filter(|stack| !stack.is_deleted())
            .find(|stack| {
                let mut resources = stack.resources.values();
                resources.any(|resource| resource.physical_id.as_ref() == Some(id))
            })
            .ok_or_else(|| validation(format!("Stack for {id} does not exist")))?,
        _ => {
            return Err(validation(
                "You must specify either StackName or PhysicalResourceId, but not both.",
            ));
        }
    };
    let wanted = |resource: &&StackResource| {
        input
            .logical_resource_id
            .as_ref()
            .is_none_or(|id| *id == resource.id)
    };
    let resources: Vec<Value> = stack
        .resources
        .values()
        .filter(wanted)
        .map(|resource| show_resource(&stack, resource))
        .collect();
    if let Some(id) = input.logical_resource_id.filter(|_| resources.is_empty()) {
        return Err(no_resource(&id, &stack));
    }
    Ok(json!({"StackResources": resources}))
}

pub(super) fn no_resource(id: &str, stack: &Stack) -> ServiceError {
    validation(format!(
        "Resource {id} does not exist for stack {}",
        stack.name
    ))
}

/// `DescribeStackResource`.
pub(super) fn resource(
    input: ResourcesInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let name = input.stack_name.unwrap_or_default();
    let stack = stack::find(call, tx, &name)?
        .ok_or_else(|| validation(format!("Stack '{name}' does not exist")))?;
    let id = input.logical_resource_id.unwrap_or_default();
    let resource = stack
        .resources
        .get(&id)
        .ok_or_else(|| no_resource(&id, &stack))?;
    let mut detail = show_resource(&stack, resource);
    if let Some(members) = detail.as_object_mut() {
        let timestamp = members.remove("Timestamp").unwrap_or_default();
        members.insert("LastUpdatedTimestamp".to_owned(), timestamp);
        if !resource.metadata.is_null() {
            members.insert(
                "Metadata".to_owned(),
                Value::from(resource.metadata.to_string()),
            );
        }
    }
    Ok(json!({"StackResourceDetail": detail}))
}

/// `ListStackResources`.
pub(super) fn list_resources(
    input: ResourcesInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let name = input.stack_name.unwrap_or_default();
    let stack = stack::find(call, tx, &name)?
        .ok_or_else(|| validation(format!("Stack with id {name} does not exist")))?;
    let summaries: Vec<Value> = stack
        .resources
        .values()
        .map(|resource| {
            json!({
                "LogicalResourceId": resource.id,
                "PhysicalResourceId": resource.physical_id,
                "ResourceType": resource.kind,
                "LastUpdatedTimestamp": iso8601(resource.updated_ms),
                "ResourceStatus": resource.status,
                "ResourceStatusReason": resource.reason,
                "DriftInformation": resource_drift(resource),
            })
        })
        .collect();
    let list = format!("{}/resources", stack.key);
    let (page, next) = paging::slice(
        &list,
        summaries,
        input.next_token.as_deref(),
        PAGE,
        bad_token,
    )?;
    Ok(json!({"StackResourceSummaries": page, "NextToken": next}))
}
