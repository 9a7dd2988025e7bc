//! What change sets look like.

use serde_json::{Value, json};

use super::{OneChangeSet, of_stack, require};
use crate::error::ServiceError;
use crate::protocol::timestamp::iso8601;
use crate::request::Call;
use crate::services::cloudformation::describe::OneStack;
use crate::services::cloudformation::error;
use crate::services::cloudformation::request::{shown_parameters, shown_tags};
use crate::services::cloudformation::stack;
use crate::services::paging;
use crate::store::Tx;

/// Changes a page.
const PAGE: usize = 50;

/// `DescribeChangeSet`.
pub(in super::super) fn describe(
    input: OneChangeSet,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let (stack, change_set) = require(&input, call, tx)?;
    let with_values = input.include_property_values == Some(true);
    let mut resources = change_set.changes.clone();
    if !with_values {
        for resource in &mut resources {
            hide_values(resource);
        }
    }
    let (page, next) = paging::slice(
        &change_set.key,
        resources,
        input.next_token.as_deref(),
        PAGE,
        error::bad_token,
    )?;
    let changes: Vec<Value> = page
        .into_iter()
        .map(|change| json!({"Type": "Resource", "ResourceChange": change}))
        .collect();
    Ok(json!({
        "ChangeSetName": change_set.name,
        "ChangeSetId": change_set.id,
        "StackId": stack.id,
        "StackName": stack.name,
        "Description": change_set.description,
        "Parameters": shown_parameters(&change_set.definition),
        "CreationTime": iso8601(change_set.created_ms),
        "ExecutionStatus": change_set.execution_status,
        "Status": change_set.status,
        "StatusReason": change_set.reason,
        "NotificationARNs": change_set.definition.notification_arns,
        "Capabilities": change_set.definition.capabilities,
        "Tags": shown_tags(&change_set.definition),
        "Changes": changes,
        "NextToken": next,
        "IncludeNestedStacks": false,
        "OnStackFailure": change_set.on_failure,
    }))
}

fn hide_values(resource: &mut Value) {
    let Some(members) = resource.as_object_mut() else {
        return;
    };
    members.remove("BeforeContext");
    members.remove("AfterContext");
    for detail in members
        .get_mut("Details")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        if let Some(target) = detail["Target"].as_object_mut() {
            target.remove("BeforeValue");
            target.remove("AfterValue");
        }
    }
}

/// `ListChangeSets`.
pub(in super::super) fn list(
    input: OneStack,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let stack = stack::require(call, tx, input.stack_name.as_deref())?;
    let mut change_sets = of_stack(&stack, call, tx)?;
    change_sets.sort_by(|left, right| left.name.cmp(&right.name));
    let summaries: Vec<Value> = change_sets
        .iter()
        .map(|change_set| {
            json!({
                "StackId": stack.id,
                "StackName": stack.name,
                "ChangeSetId": change_set.id,
                "ChangeSetName": change_set.name,
                "ExecutionStatus": change_set.execution_status,
                "Status": change_set.status,
                "StatusReason": change_set.reason,
                "CreationTime": iso8601(change_set.created_ms),
                "Description": change_set.description,
                "IncludeNestedStacks": false,
            })
        })
        .collect();
    let (page, next) = paging::slice(
        &stack.key,
        summaries,
        input.next_token.as_deref(),
        100,
        error::bad_token,
    )?;
    Ok(json!({"Summaries": page, "NextToken": next}))
}
