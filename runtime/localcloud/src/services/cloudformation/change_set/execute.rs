//! Doing what a change set says, or dropping it.

use serde_json::{Value, json};

use super::{CHANGE_SETS, Kind, OneChangeSet, find, of_stack, require};
use crate::error::ServiceError;
use crate::inside::Inside;
use crate::request::Call;
use crate::services::cloudformation::begin::{begin_create, begin_update};
use crate::services::cloudformation::error::validation;
use crate::services::cloudformation::idempotency::once;
use crate::services::cloudformation::stack::{OnFailure, Stack};
use crate::store::Tx;

/// `ExecuteChangeSet`. The stack's other change sets are obsolete then.
pub(in super::super) fn execute(
    input: OneChangeSet,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let token = input.client_request_token.clone();
    once(call, tx, token.as_deref(), || {
        execute_once(&input, call, tx)
    })
}

fn execute_once(input: &OneChangeSet, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let (mut stack, mut change_set) = require(input, call, tx)?;
    if change_set.execution_status != "AVAILABLE" {
        return Err(ServiceError::bad_request(
            "InvalidChangeSetStatus",
            format!(
                "ChangeSet [{}] cannot be executed in its current execution status of [{}]",
                change_set.id, change_set.execution_status
            ),
        ));
    }
    let on_failure = match change_set.on_failure.as_deref() {
        Some(_) if input.disable_rollback == Some(true) => {
            return Err(validation(
                "You cannot specify DisableRollback when the change set has OnStackFailure.",
            ));
        }
        name => OnFailure::of(name, input.disable_rollback == Some(true))?,
    };
    let mut definition = change_set.definition.clone();
    definition.change_set_id = Some(change_set.id.clone());
    let inside = Inside { call, tx };
    let token = input.client_request_token.clone();
    match change_set.kind {
        Kind::Create => begin_create(&mut stack, definition, on_failure, token, &inside)?,
        Kind::Update => begin_update(&mut stack, definition, on_failure, token, &inside)?,
    }
    change_set.execution_status = "EXECUTE_IN_PROGRESS".to_owned();
    change_set.save(call, tx)?;
    Ok(json!({}))
}

/// Once a stack changes, what its change sets say is not true any more.
pub(in super::super) fn make_obsolete(
    stack: &Stack,
    inside: &Inside<'_>,
) -> Result<(), ServiceError> {
    let Inside { call, tx } = *inside;
    for mut change_set in of_stack(stack, call, tx)? {
        if change_set.execution_status == "AVAILABLE" {
            change_set.execution_status = "OBSOLETE".to_owned();
            change_set.save(call, tx)?;
        }
    }
    Ok(())
}

/// Writes down how an execution has ended.
pub(in super::super) fn settle_executed(
    stack: &Stack,
    inside: &Inside<'_>,
) -> Result<(), ServiceError> {
    let Inside { call, tx } = *inside;
    for mut change_set in of_stack(stack, call, tx)? {
        if change_set.execution_status == "EXECUTE_IN_PROGRESS" {
            let complete = matches!(stack.status.as_str(), "CREATE_COMPLETE" | "UPDATE_COMPLETE");
            let status = if complete {
                "EXECUTE_COMPLETE"
            } else {
                "EXECUTE_FAILED"
            };
            change_set.execution_status = status.to_owned();
            change_set.save(call, tx)?;
        }
    }
    Ok(())
}

/// `DeleteChangeSet`. One that is not there is deleted already.
pub(in super::super) fn delete(
    input: OneChangeSet,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let Some((_, change_set)) = find(&input, call, tx)? else {
        return Ok(json!({}));
    };
    let busy = change_set.execution_status == "EXECUTE_IN_PROGRESS";
    if busy {
        return Err(ServiceError::bad_request(
            "InvalidChangeSetStatus",
            format!(
                "ChangeSet [{}] cannot be deleted in its current status of [{}]",
                change_set.id, change_set.execution_status
            ),
        ));
    }
    tx.delete(&call.scope, CHANGE_SETS, &change_set.key)?;
    Ok(json!({}))
}
