//! The tasks of an execution: each is done by an effect, and its end is a signal to the interpreter.

use std::sync::Arc;

use datamesh_actor::{Failure, derive_id};
use datamesh_workflow::{Call, Pattern, Signal, TaskId};
use serde_json::{Value, json};

use super::WorkflowExecution;
use super::effects::{
    CallApi, CloseApproval, ExecutionEffect, OpenApproval, Outcome, Publish, PutEvents, SendMessage,
};
use super::event::Event;
use super::plan::{self, ExecutionTurn};
use super::state::Task;
use crate::backoff::pause_ms;
use crate::task_end::TaskEnd;
use crate::turn::Turn;
use crate::workflow::Resource;

/// What the timer of a task that asks again is called, before the task's id.
const ASK: &str = "ask/";
/// The first pause before asking again, doubling up to [`ASK_MOST_MS`]. Each try waits for an end by
/// itself, so the pause is for the case that it cannot.
const ASK_FIRST_MS: i64 = 250;
const ASK_MOST_MS: i64 = 10_000;

/// Sets a task going.
pub(super) fn begin(turn: &mut ExecutionTurn<'_>, call: Call) {
    let id = call.task;
    let token = call.token.clone();
    let effect = effect_of(turn, call);
    turn.happen(Event::TaskBegan {
        id,
        task: Box::new(Task {
            token,
            effect: effect.clone(),
            asked_again: 0,
        }),
    });
    turn.ask(effect);
}

fn effect_of(turn: &mut ExecutionTurn<'_>, call: Call) -> ExecutionEffect {
    let execution_id = turn.ctx.id().to_owned();
    let task = call.task;
    let parameters = Value::clone(&call.parameters);
    let waits = call.pattern == Pattern::WaitForTaskToken;
    // An attempt of a state is a deed of its own: its key is unlike that of the attempt before.
    let key = format!("{execution_id}/{}", turn.ctx.seq());
    match Resource::named(&call.resource) {
        Some(Resource::HttpInvoke) => ExecutionEffect::CallApi(CallApi {
            task,
            run_as: turn.state.run_as.clone(),
            parameters: of_promotion(turn, parameters),
            idempotency_key: format!("{key}/{}", task.0),
        }),
        Some(Resource::Approval) => ExecutionEffect::OpenApproval(OpenApproval {
            task,
            approval_id: derive_id("apr-", &[&key, &task.0.to_string()]),
            execution_id,
            requested_by: turn.state.run_as.clone(),
            token: call.token.unwrap_or_default(),
            parameters,
        }),
        Some(Resource::SendMessage) => {
            ExecutionEffect::SendMessage(SendMessage { task, parameters })
        }
        Some(Resource::PutEvents) => ExecutionEffect::PutEvents(PutEvents {
            task,
            parameters,
            waits,
        }),
        // What is not supported was refused at the start.
        Some(Resource::Publish) | None => ExecutionEffect::Publish(Publish {
            task,
            parameters,
            waits,
        }),
    }
}

/// A deployment to the target of the promotion that the execution belongs to is the promotion's, whether
/// the document says so or not: nobody else may deploy there while the promotion holds it.
fn of_promotion(turn: &ExecutionTurn<'_>, mut parameters: Value) -> Value {
    let (Some(promotion_id), Some(record)) = (&turn.state.promotion_id, &turn.state.record) else {
        return parameters;
    };
    let target = record.input.get("targetEnvironment");
    if let Some(Value::Object(body)) = parameters.get_mut("RequestBody")
        && target.is_some()
        && body.get("targetEnvironment") == target
        && !body.contains_key("promotionId")
    {
        body.insert("promotionId".to_owned(), promotion_id.as_str().into());
    }
    parameters
}

/// Nobody waits for a task any more. What it does outside is left to itself; an approval is closed.
pub(super) fn over(turn: &mut ExecutionTurn<'_>, id: TaskId, expired: bool, cause: &str) {
    let Some(task) = turn.state.tasks.get(&id).cloned() else {
        return;
    };
    turn.happen(Event::TaskOver { id });
    turn.let_sleep(&timer(id));
    if let ExecutionEffect::OpenApproval(open) = task.effect {
        close(turn, open.approval_id, expired, cause);
    }
}

/// The execution has ended: nobody waits for anything.
pub(super) fn all_over(turn: &mut ExecutionTurn<'_>) {
    let ids: Vec<TaskId> = turn.state.tasks.keys().copied().collect();
    for id in ids {
        over(turn, id, false, "the workflow has ended");
    }
}

fn close(turn: &mut ExecutionTurn<'_>, approval_id: String, expired: bool, cause: &str) {
    let Some(opening) = turn.state.approvals.get(&approval_id).cloned() else {
        return;
    };
    if opening.opened {
        turn.happen(Event::ApprovalOver {
            approval_id: approval_id.clone(),
        });
        turn.ask(ExecutionEffect::CloseApproval(CloseApproval {
            approval_id,
            reason: cause.to_owned(),
            expired,
        }));
    } else if opening.close.is_none() {
        turn.happen(Event::ApprovalUnwanted {
            approval_id,
            expired,
            cause: cause.to_owned(),
        });
    }
}

/// Takes in the end of an effect.
pub(super) fn settle(
    turn: &mut Turn<'_, WorkflowExecution>,
    effect: &ExecutionEffect,
    result: Result<Outcome, Failure>,
) {
    match result {
        Ok(Outcome::Answered {
            output,
            deployment_id,
        }) => {
            if let Some(deployment_id) = deployment_id {
                turn.happen(Event::Deployed { deployment_id });
            }
            end(turn, effect, TaskEnd::Succeeded { output });
        }
        Ok(Outcome::StillUnderWay { deployment_id }) => later(turn, effect, deployment_id),
        Ok(Outcome::ApprovalOpened { approval_id }) => {
            submitted(turn, effect, json!({"ApprovalId": approval_id}));
            opened(turn, approval_id);
        }
        Ok(Outcome::Sent { output }) => submitted(turn, effect, output),
        Ok(Outcome::Told | Outcome::ApprovalClosed) => {}
        Err(failure) => {
            if let ExecutionEffect::OpenApproval(open) = effect {
                turn.happen(Event::ApprovalOver {
                    approval_id: open.approval_id.clone(),
                });
            }
            let Failure { code, message } = failure;
            let end_ = TaskEnd::Failed {
                error: code,
                cause: message,
            };
            end(turn, effect, end_);
        }
    }
}

fn end(turn: &mut ExecutionTurn<'_>, effect: &ExecutionEffect, how: TaskEnd) {
    let Some(id) = effect.task() else {
        return;
    };
    if !turn.state.tasks.contains_key(&id) {
        // It was over before. What it deployed meanwhile is told all the same.
        return plan::report(turn);
    }
    turn.happen(Event::TaskOver { id });
    plan::advance(turn, signal(id, how));
}

/// What a task asked for was taken; it waits for its token.
fn submitted(turn: &mut ExecutionTurn<'_>, effect: &ExecutionEffect, output: Value) {
    if let Some(task) = effect.task()
        && turn.state.tasks.contains_key(&task)
    {
        let output = Arc::new(output);
        plan::advance(turn, Signal::TaskSubmitted { task, output });
    }
}

/// The end of a task as the interpreter takes it.
pub(super) fn signal(task: TaskId, end: TaskEnd) -> Signal {
    match end {
        TaskEnd::Succeeded { output } => Signal::TaskSucceeded {
            task,
            output: Arc::new(output),
        },
        TaskEnd::Failed { error, cause } => Signal::TaskFailed {
            task,
            error: Some(error),
            cause: Some(cause),
        },
    }
}

fn later(turn: &mut ExecutionTurn<'_>, effect: &ExecutionEffect, deployment_id: Option<String>) {
    let Some(id) = effect.task() else {
        return;
    };
    let Some(task) = turn.state.tasks.get(&id).cloned() else {
        if let Some(deployment_id) = deployment_id {
            turn.happen(Event::Deployed { deployment_id });
        }
        return plan::report(turn);
    };
    let due_ms = turn.now_ms() + pause_ms(task.asked_again, ASK_FIRST_MS, ASK_MOST_MS);
    turn.happen(Event::AskedAgain { id, deployment_id });
    turn.wake(&timer(id), due_ms);
    plan::report(turn);
}

/// Asks again, if the task of this timer is still under way.
pub(super) fn ask_again(turn: &mut ExecutionTurn<'_>, name: &str) {
    let due = turn
        .state
        .tasks
        .iter()
        .find(|(id, _)| timer(**id) == name)
        .map(|(_, task)| task.effect.clone());
    if let Some(effect) = due {
        turn.ask(effect);
    }
}

fn opened(turn: &mut ExecutionTurn<'_>, approval_id: String) {
    turn.happen(Event::ApprovalOpened {
        approval_id: approval_id.clone(),
    });
    let unwanted = turn
        .state
        .approvals
        .get(&approval_id)
        .and_then(|opening| opening.close.clone());
    if let Some(unwanted) = unwanted {
        close(turn, approval_id, unwanted.expired, &unwanted.cause);
    }
    plan::report(turn);
}

fn timer(id: TaskId) -> String {
    format!("{ASK}{}", id.0)
}
