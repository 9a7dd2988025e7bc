//! One step of a stack operation: what runs is brought to its end, what has become free is begun,
//! and a stage that has nothing left gives way to the next.
//!
//! Resources that do not wait for each other run side by side, as on AWS: they begin in one step and
//! end in the next. When one of them fails, those behind it in the same step are cancelled.

use std::collections::BTreeSet;

use super::deeds;
use super::operation::{self, Operation, Progress, Stage};
use super::outputs;
use super::perform::{self, Outcome};
use super::stack::{Before, OnFailure, Stack, StackResource};
use crate::error::ServiceError;
use crate::inside::Inside;

/// Takes one step; the operation is over when the stack has none any more.
pub(super) fn step(stack: &mut Stack, inside: &Inside<'_>) -> Result<(), ServiceError> {
    let Some(mut operation) = stack.operation.take() else {
        return Ok(());
    };
    run(stack, &mut operation, inside)?;
    let failed = !operation.failed().is_empty();
    if !(failed && operation.stage.stops_on_failure()) {
        begin(stack, &mut operation, inside)?;
    }
    let running = |operation: &Operation| {
        let runs = |task: &operation::Task| task.progress == Progress::Running;
        operation.tasks.iter().any(runs)
    };
    if running(&operation) {
        stack.operation = Some(operation);
        return Ok(());
    }
    finish(stack, operation, inside)
}

/// Brings what runs to its end.
fn run(
    stack: &mut Stack,
    operation: &mut Operation,
    inside: &Inside<'_>,
) -> Result<(), ServiceError> {
    let mut cancelled = false;
    for place in 0..operation.tasks.len() {
        if operation.tasks[place].progress != Progress::Running {
            continue;
        }
        let outcome = if cancelled {
            perform::cancel(stack, operation, place, inside)?
        } else {
            perform::perform(stack, operation, place, inside)?
        };
        let task = &mut operation.tasks[place];
        match outcome {
            Outcome::Done => task.progress = Progress::Done,
            Outcome::Later => task.tries += 1,
            Outcome::Failed => {
                task.progress = Progress::Failed;
                cancelled = operation.stage.stops_on_failure();
            }
        }
    }
    Ok(())
}

/// Begins what has become free. What turns out to have nothing to do is done, and frees more.
fn begin(
    stack: &mut Stack,
    operation: &mut Operation,
    inside: &Inside<'_>,
) -> Result<(), ServiceError> {
    loop {
        let is_free = |task: &operation::Task| {
            let done = |need: &usize| operation.tasks[*need].progress == Progress::Done;
            task.progress == Progress::Waiting && task.needs.iter().all(done)
        };
        let free: Vec<usize> = (0..operation.tasks.len())
            .filter(|place| is_free(&operation.tasks[*place]))
            .collect();
        let mut more = false;
        for place in free {
            let begun = deeds::begin(stack, operation, place, inside)?;
            operation.tasks[place].progress = begun;
            more |= begun == Progress::Done;
        }
        if !more {
            return Ok(());
        }
    }
}

fn finish(
    stack: &mut Stack,
    mut operation: Operation,
    inside: &Inside<'_>,
) -> Result<(), ServiceError> {
    let failed: Vec<String> = operation.failed().into_iter().map(str::to_owned).collect();
    match operation.stage {
        Stage::Create | Stage::Update if failed.is_empty() => {
            match outputs::evaluate(stack, inside)? {
                Ok(outputs) => stack.outputs = outputs,
                Err(reason) => return give_up(stack, operation, reason, inside),
            }
            if operation.stage == Stage::Create {
                return end(stack, &operation, "CREATE_COMPLETE", None, inside);
            }
            let kept = template_ids(stack, inside)?;
            let dropped = stack
                .resources
                .values()
                .filter(|resource| !kept.contains(&resource.id));
            operation.leftovers.extend(dropped.cloned());
            operation.stage = Stage::Cleanup;
            go_on(
                stack,
                operation,
                "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
                None,
                inside,
            )
        }
        Stage::Create | Stage::Update => {
            let reason = failure_reason(stack, &failed);
            give_up(stack, operation, reason, inside)
        }
        Stage::Cleanup => {
            stack.before = None;
            let reason = (!failed.is_empty()).then(|| {
                "Update successful. One or more resources could not be deleted.".to_owned()
            });
            end(stack, &operation, "UPDATE_COMPLETE", reason, inside)
        }
        Stage::RollbackUpdate if failed.is_empty() => {
            if let Some(before) = stack.before.take() {
                let Before {
                    definition,
                    resources,
                    outputs,
                    ..
                } = *before;
                let made = stack.resources.values().filter(|resource| {
                    !resources.contains_key(&resource.id) && resource.physical_id.is_some()
                });
                operation.leftovers.extend(made.cloned());
                stack.resources.retain(|id, resource| {
                    resources.contains_key(id) || resource.physical_id.is_some()
                });
                stack.definition = definition;
                stack.outputs = outputs;
            }
            operation.stage = Stage::RollbackCleanup;
            go_on(
                stack,
                operation,
                "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
                None,
                inside,
            )
        }
        Stage::RollbackUpdate => {
            let reason = failure_reason(stack, &failed);
            if let Some(before) = &mut stack.before {
                before.leftovers.append(&mut operation.leftovers);
            }
            stack.turn(
                "UPDATE_ROLLBACK_FAILED",
                Some(reason),
                operation.token.as_deref(),
                inside,
            )
        }
        Stage::RollbackCleanup => end(stack, &operation, "UPDATE_ROLLBACK_COMPLETE", None, inside),
        Stage::RollbackCreate => match undeleted(&failed) {
            None => end(stack, &operation, "ROLLBACK_COMPLETE", None, inside),
            Some(reason) => end(stack, &operation, "ROLLBACK_FAILED", Some(reason), inside),
        },
        Stage::Delete => match undeleted(&failed) {
            None => {
                stack.deleted_ms = Some(inside.call.now_ms);
                stack.outputs = Vec::new();
                end(stack, &operation, "DELETE_COMPLETE", None, inside)
            }
            Some(reason) => end(stack, &operation, "DELETE_FAILED", Some(reason), inside),
        },
    }
}

/// The ids of the resources whose conditions hold.
fn template_ids(stack: &Stack, inside: &Inside<'_>) -> Result<BTreeSet<String>, ServiceError> {
    let template = stack.template()?;
    deeds::active(stack, &template, inside)
}

fn undeleted(failed: &[String]) -> Option<String> {
    (!failed.is_empty()).then(|| {
        format!(
            "The following resource(s) failed to delete: [{}]. ",
            failed.join(", ")
        )
    })
}

/// `The following resource(s) failed to create: [A, B]. `, and the same for updates.
fn failure_reason(stack: &Stack, failed: &[String]) -> String {
    let of = |verb: &str, status: &str| {
        let names: Vec<&str> = failed
            .iter()
            .filter(|id| {
                let resource: Option<&StackResource> = stack.resources.get(*id);
                resource.is_some_and(|resource| resource.status == status)
            })
            .map(String::as_str)
            .collect();
        if names.is_empty() {
            return String::new();
        }
        format!(
            "The following resource(s) failed to {verb}: [{}]. ",
            names.join(", ")
        )
    };
    of("create", "CREATE_FAILED") + &of("update", "UPDATE_FAILED")
}

/// What becomes of a create or an update that failed.
fn give_up(
    stack: &mut Stack,
    mut operation: Operation,
    reason: String,
    inside: &Inside<'_>,
) -> Result<(), ServiceError> {
    let creates = operation.stage == Stage::Create;
    match operation.on_failure {
        OnFailure::DoNothing => {
            let status = if creates {
                "CREATE_FAILED"
            } else {
                "UPDATE_FAILED"
            };
            if let Some(before) = &mut stack.before {
                before.leftovers.append(&mut operation.leftovers);
            }
            stack.turn(status, Some(reason), operation.token.as_deref(), inside)
        }
        OnFailure::Delete if creates => {
            operation.stage = Stage::Delete;
            operation.tasks = operation::delete_all(stack);
            let reason = format!("{reason}Delete requested by user.");
            proceed(stack, operation, "DELETE_IN_PROGRESS", Some(reason), inside)
        }
        OnFailure::Rollback | OnFailure::Delete if creates => {
            let reason = format!("{reason}Rollback requested by user.");
            roll_back_create(stack, operation, Some(reason), inside)
        }
        OnFailure::Rollback | OnFailure::Delete => {
            roll_back_update(stack, operation, Some(reason), inside)
        }
    }
}

/// Deletes what a new stack has.
pub(super) fn roll_back_create(
    stack: &mut Stack,
    mut operation: Operation,
    reason: Option<String>,
    inside: &Inside<'_>,
) -> Result<(), ServiceError> {
    operation.stage = Stage::RollbackCreate;
    operation.tasks = operation::delete_all(stack);
    proceed(stack, operation, "ROLLBACK_IN_PROGRESS", reason, inside)
}

/// Brings the resources back to what they were before the update.
pub(super) fn roll_back_update(
    stack: &mut Stack,
    mut operation: Operation,
    reason: Option<String>,
    inside: &Inside<'_>,
) -> Result<(), ServiceError> {
    operation.stage = Stage::RollbackUpdate;
    if let Some(before) = &mut stack.before {
        // What the update had replaced is what the stack goes back to; all else must go.
        let Before {
            resources,
            leftovers,
            ..
        } = before.as_mut();
        operation.leftovers.append(leftovers);
        operation.leftovers.retain(|leftover| {
            let old = resources.get(&leftover.id);
            old.is_none_or(|old| old.physical_id != leftover.physical_id)
        });
    }
    operation.tasks = match &stack.before {
        None => Vec::new(),
        Some(before) => {
            let changed: Vec<&StackResource> = before
                .resources
                .values()
                .filter(|old| {
                    let now = stack.resources.get(&old.id);
                    now.is_none_or(|now| {
                        now.physical_id != old.physical_id
                            || now.properties != old.properties
                            || now.status.ends_with("_FAILED")
                            || now.status.ends_with("_IN_PROGRESS")
                    })
                })
                .collect();
            operation::restore(&changed)
        }
    };
    proceed(
        stack,
        operation,
        "UPDATE_ROLLBACK_IN_PROGRESS",
        reason,
        inside,
    )
}

/// The next stage, whose tasks are to delete the leftovers.
fn go_on(
    stack: &mut Stack,
    mut operation: Operation,
    status: &str,
    reason: Option<String>,
    inside: &Inside<'_>,
) -> Result<(), ServiceError> {
    operation.tasks = operation::delete(std::mem::take(&mut operation.leftovers));
    proceed(stack, operation, status, reason, inside)
}

/// The next stage, which begins with the next step.
pub(super) fn proceed(
    stack: &mut Stack,
    operation: Operation,
    status: &str,
    reason: Option<String>,
    inside: &Inside<'_>,
) -> Result<(), ServiceError> {
    stack.turn(status, reason, operation.token.as_deref(), inside)?;
    stack.operation = Some(operation);
    Ok(())
}

fn end(
    stack: &mut Stack,
    operation: &Operation,
    status: &str,
    reason: Option<String>,
    inside: &Inside<'_>,
) -> Result<(), ServiceError> {
    stack.turn(status, reason, operation.token.as_deref(), inside)
}
