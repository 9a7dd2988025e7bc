//! How stack operations begin.

use std::collections::BTreeMap;

use super::deeds;
use super::operation::{self, Operation, Stage};
use super::stack::{Before, Definition, OnFailure, Stack};
use super::work::{self, Subject};
use super::{advance, change_set, error};
use crate::error::ServiceError;
use crate::inside::Inside;

fn user_initiated() -> Option<String> {
    Some("User Initiated".to_owned())
}

/// Writes the stack, and has its operation moved on.
fn under_way(stack: &Stack, inside: &Inside<'_>) -> Result<(), ServiceError> {
    change_set::make_obsolete(stack, inside)?;
    stack.save(&inside.call.scope, inside.tx)?;
    work::start(Subject::Stack, &stack.key, inside.call, inside.tx)
}

/// Begins to make a stack that has nothing yet.
pub(super) fn begin_create(
    stack: &mut Stack,
    definition: Definition,
    on_failure: OnFailure,
    token: Option<String>,
    inside: &Inside<'_>,
) -> Result<(), ServiceError> {
    stack.definition = definition;
    stack.on_failure = on_failure;
    let template = stack.template()?;
    let active = deeds::active(stack, &template, inside)?;
    let mut operation = Operation::new(Stage::Create, token, on_failure);
    operation.tasks = operation::apply(&template, &active);
    advance::proceed(
        stack,
        operation,
        "CREATE_IN_PROGRESS",
        user_initiated(),
        inside,
    )?;
    under_way(stack, inside)
}

/// Begins to bring a stack to another definition.
pub(super) fn begin_update(
    stack: &mut Stack,
    definition: Definition,
    on_failure: OnFailure,
    token: Option<String>,
    inside: &Inside<'_>,
) -> Result<(), ServiceError> {
    stack.check_status(&change_set::UPDATABLE, "be updated")?;
    let mut operation = Operation::new(Stage::Update, token, on_failure);
    match &mut stack.before {
        Some(before) => operation.leftovers.append(&mut before.leftovers),
        None => {
            // A stack whose creation failed has nothing to go back to but what it has.
            stack.before = Some(Box::new(Before {
                definition: stack.definition.clone(),
                resources: made(stack),
                outputs: stack.outputs.clone(),
                leftovers: Vec::new(),
            }));
        }
    }
    stack.definition = definition;
    stack.on_failure = on_failure;
    stack.updated_ms = Some(inside.call.now_ms);
    let template = stack.template()?;
    let active = deeds::active(stack, &template, inside)?;
    operation.tasks = operation::apply(&template, &active);
    advance::proceed(
        stack,
        operation,
        "UPDATE_IN_PROGRESS",
        user_initiated(),
        inside,
    )?;
    under_way(stack, inside)
}

fn made(stack: &Stack) -> BTreeMap<String, super::stack::StackResource> {
    let resources = stack.resources.iter();
    let made = resources.filter(|(_, resource)| {
        resource.physical_id.is_some() && resource.status != "DELETE_COMPLETE"
    });
    made.map(|(id, resource)| (id.clone(), resource.clone()))
        .collect()
}

/// Begins to delete a stack.
pub(super) fn begin_delete(
    stack: &mut Stack,
    retained: Vec<String>,
    token: Option<String>,
    inside: &Inside<'_>,
) -> Result<(), ServiceError> {
    if stack.status.starts_with("UPDATE_") && stack.status.ends_with("IN_PROGRESS") {
        return Err(error::validation(format!(
            "Stack [{}] cannot be deleted while in status {}",
            stack.id, stack.status
        )));
    }
    let mut operation = Operation::new(Stage::Delete, token, stack.on_failure);
    operation.skipped = retained;
    operation.tasks = operation::delete_all(stack);
    advance::proceed(
        stack,
        operation,
        "DELETE_IN_PROGRESS",
        user_initiated(),
        inside,
    )?;
    under_way(stack, inside)
}

/// Begins to undo what failed: a create, or an update.
pub(super) fn begin_rollback(
    stack: &mut Stack,
    skipped: Vec<String>,
    token: Option<String>,
    inside: &Inside<'_>,
) -> Result<(), ServiceError> {
    let creates = stack.before.is_none();
    let stage = if creates {
        Stage::RollbackCreate
    } else {
        Stage::RollbackUpdate
    };
    let mut operation = Operation::new(stage, token, OnFailure::Rollback);
    operation.skipped = skipped;
    if creates {
        advance::roll_back_create(stack, operation, user_initiated(), inside)?;
    } else {
        advance::roll_back_update(stack, operation, user_initiated(), inside)?;
    }
    under_way(stack, inside)
}
