//! The operations on whole stacks.

use serde::Deserialize;
use serde_json::{Value, json};

use super::begin::{begin_create, begin_delete, begin_rollback, begin_update};
use super::error::validation;
use super::idempotency::once;
use super::operation::{Operation, Stage};
use super::request::Wish;
use super::stack::{self, Definition, OnFailure, Stack};
use super::{advance, changes, outputs};
use crate::error::ServiceError;
use crate::inside::Inside;
use crate::protocol::{query, rest_json};
use crate::request::Call;
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    stack_name: Option<String>,
    client_request_token: Option<String>,
    #[serde(default, deserialize_with = "rest_json::from_text")]
    disable_rollback: Option<bool>,
    on_failure: Option<String>,
    #[serde(default, deserialize_with = "rest_json::from_text")]
    timeout_in_minutes: Option<u32>,
    #[serde(default, deserialize_with = "rest_json::from_text")]
    enable_termination_protection: Option<bool>,
    stack_policy_body: Option<String>,
    #[serde(flatten)]
    wish: Wish,
}

/// `CreateStack`.
pub(super) fn create(input: Input, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let token = input.client_request_token.clone();
    once(call, tx, token.as_deref(), || {
        let name = input.stack_name.unwrap_or_default();
        stack::check_name("stackName", &name)?;
        let on_failure = OnFailure::of(
            input.on_failure.as_deref(),
            input.disable_rollback == Some(true),
        )?;
        if stack::find(call, tx, &name)?.is_some_and(|stack| !stack.is_deleted()) {
            return Err(ServiceError::bad_request(
                "AlreadyExistsException",
                format!("Stack [{name}] already exists"),
            ));
        }
        let (definition, template) = input.wish.definition(None, call, tx)?;
        let inside = Inside { call, tx };
        let mut stack = Stack::new(&name, Definition::default(), call);
        changes::between(&stack, &definition, &template, &inside)?;
        stack.timeout_minutes = input.timeout_in_minutes;
        stack.protected = input.enable_termination_protection == Some(true);
        stack.policy = input.stack_policy_body;
        begin_create(&mut stack, definition, on_failure, token.clone(), &inside)?;
        Ok(json!({"StackId": stack.id}))
    })
}

/// `UpdateStack`.
pub(super) fn update(input: Input, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let token = input.client_request_token.clone();
    once(call, tx, token.as_deref(), || {
        let mut stack = living(call, tx, input.stack_name.as_deref())?;
        stack.check_status(&super::change_set::UPDATABLE, "be updated")?;
        let on_failure = OnFailure::of(None, input.disable_rollback == Some(true))?;
        let (definition, template) = input.wish.definition(Some(&stack), call, tx)?;
        let inside = Inside { call, tx };
        if !changes::between(&stack, &definition, &template, &inside)?.any {
            return Err(validation("No updates are to be performed."));
        }
        begin_update(&mut stack, definition, on_failure, token.clone(), &inside)?;
        Ok(json!({"StackId": stack.id}))
    })
}

/// A stack that is not deleted.
fn living(call: &Call<'_>, tx: &Tx<'_>, name: Option<&str>) -> Result<Stack, ServiceError> {
    let stack = stack::require(call, tx, name)?;
    if stack.is_deleted() {
        return Err(super::error::no_stack(name.unwrap_or_default()));
    }
    Ok(stack)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeleteInput {
    stack_name: Option<String>,
    client_request_token: Option<String>,
    #[serde(default, deserialize_with = "query::list")]
    retain_resources: Vec<String>,
}

/// `DeleteStack`. One that is not there is deleted already.
pub(super) fn delete(
    input: DeleteInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let token = input.client_request_token.clone();
    once(call, tx, token.as_deref(), || {
        let name = input.stack_name.as_deref().unwrap_or_default();
        let Some(mut stack) = stack::find(call, tx, name)?.filter(|stack| !stack.is_deleted())
        else {
            return Ok(json!({}));
        };
        if stack.protected {
            return Err(validation(format!(
                "Stack [{}] cannot be deleted while TerminationProtection is enabled",
                stack.name
            )));
        }
        if !input.retain_resources.is_empty() && stack.status != "DELETE_FAILED" {
            return Err(validation(format!(
                "Invalid operation on stack [{}]. RetainResources can only be specified when the \
                 stack is in the DELETE_FAILED state.",
                stack.id
            )));
        }
        if stack.status == "DELETE_IN_PROGRESS" {
            return Ok(json!({}));
        }
        for export in stack
            .outputs
            .iter()
            .filter_map(|output| output.export.as_deref())
        {
            if let Some(importer) = outputs::importers(export, &stack.key, call, tx)?.first() {
                return Err(validation(outputs::in_use(export, importer)));
            }
        }
        let inside = Inside { call, tx };
        begin_delete(&mut stack, input.retain_resources, token.clone(), &inside)?;
        Ok(json!({}))
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RollbackInput {
    stack_name: Option<String>,
    client_request_token: Option<String>,
    #[serde(default, deserialize_with = "query::list")]
    resources_to_skip: Vec<String>,
}

/// `ContinueUpdateRollback`.
pub(super) fn continue_update_rollback(
    input: RollbackInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let token = input.client_request_token.clone();
    once(call, tx, token.as_deref(), || {
        let mut stack = living(call, tx, input.stack_name.as_deref())?;
        stack.check_status(&["UPDATE_ROLLBACK_FAILED"], "continue rollback")?;
        let unknown = input.resources_to_skip.iter().find(|id| {
            let resource = stack.resources.get(*id);
            resource.is_none_or(|resource| resource.status != "UPDATE_FAILED")
        });
        if let Some(id) = unknown {
            return Err(validation(format!(
                "ResourcesToSkip can only have resources in the UPDATE_FAILED state: [{id}]"
            )));
        }
        let inside = Inside { call, tx };
        begin_rollback(&mut stack, input.resources_to_skip, token.clone(), &inside)?;
        Ok(json!({}))
    })
}

/// `RollbackStack`: undoes a create or an update that failed and was kept.
pub(super) fn rollback(
    input: RollbackInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let token = input.client_request_token.clone();
    once(call, tx, token.as_deref(), || {
        let mut stack = living(call, tx, input.stack_name.as_deref())?;
        stack.check_status(&["CREATE_FAILED", "UPDATE_FAILED"], "be rolled back")?;
        let inside = Inside { call, tx };
        begin_rollback(&mut stack, Vec::new(), token.clone(), &inside)?;
        Ok(json!({"StackId": stack.id}))
    })
}

/// `CancelUpdateStack`: an update under way is undone.
pub(super) fn cancel_update(
    input: RollbackInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let token = input.client_request_token.clone();
    once(call, tx, token.as_deref(), || {
        let mut stack = living(call, tx, input.stack_name.as_deref())?;
        if stack.status != "UPDATE_IN_PROGRESS" {
            return Err(validation(
                "CancelUpdateStack cannot be called from current stack status",
            ));
        }
        let inside = Inside { call, tx };
        let operation = Operation::new(Stage::RollbackUpdate, token.clone(), OnFailure::Rollback);
        let reason = Some("User Initiated".to_owned());
        advance::roll_back_update(&mut stack, operation, reason, &inside)?;
        stack.save(&call.scope, tx)?;
        Ok(json!({}))
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ProtectionInput {
    stack_name: Option<String>,
    #[serde(default, deserialize_with = "rest_json::from_text")]
    enable_termination_protection: Option<bool>,
}

/// `UpdateTerminationProtection`.
pub(super) fn protect(
    input: ProtectionInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut stack = living(call, tx, input.stack_name.as_deref())?;
    stack.protected = input.enable_termination_protection == Some(true);
    stack.save(&call.scope, tx)?;
    Ok(json!({"StackId": stack.id}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PolicyInput {
    stack_name: Option<String>,
    stack_policy_body: Option<String>,
}

/// `SetStackPolicy`. The policy is kept and not evaluated.
pub(super) fn set_policy(
    input: PolicyInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut stack = living(call, tx, input.stack_name.as_deref())?;
    let body = input.stack_policy_body.unwrap_or_default();
    if serde_json::from_str::<Value>(&body).is_err() {
        return Err(validation(
            "Error validating stack policy: Invalid stack policy",
        ));
    }
    stack.policy = Some(body);
    stack.save(&call.scope, tx)?;
    Ok(Value::Null)
}

/// `GetStackPolicy`.
pub(super) fn get_policy(
    input: PolicyInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let stack = living(call, tx, input.stack_name.as_deref())?;
    Ok(json!({"StackPolicyBody": stack.policy}))
}
