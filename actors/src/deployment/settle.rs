//! What the end of an effect means to an environment.

use datamesh_actor::Failure;

use super::LOOK_TIMER;
use super::check::CheckResult;
use super::effects::{EnvironmentEffect, Outcome};
use super::event::Event;
use super::plan::{self, EnvironmentTurn, Next, advance};
use super::record::DriftStatus;
use super::running::{Condition, Goal, Running, Seen};
use super::secrets::Secrets;
use super::state::Step;
use crate::backoff::pause_ms;
use crate::reason;

/// The first pause between two looks at a stack that changes; it doubles up to [`LOOK_MOST_MS`].
const LOOK_FIRST_MS: i64 = 100;
const LOOK_MOST_MS: i64 = 5_000;
/// A stack that shows no sign of the change after so many looks has ended it unseen.
const LOOKS_UNTIL_BEGUN: u32 = 10;

/// Takes in the end of an effect.
pub(super) fn settle(
    turn: &mut EnvironmentTurn<'_>,
    effect: &EnvironmentEffect,
    result: Result<Outcome, Failure>,
) {
    match effect {
        EnvironmentEffect::PutEvent(_) | EnvironmentEffect::TellPromotion(_) => {}
        EnvironmentEffect::BeginCheck(check) => checked(turn, &check.check_id, result),
        EnvironmentEffect::AwaitDrift(check) => checked(turn, &check.check_id, result),
        _ => {
            match result {
                Ok(outcome) => succeeded(turn, outcome),
                Err(failure) => failed(turn, &failure),
            }
            advance(turn, effect.secrets());
        }
    }
}

fn succeeded(turn: &mut EnvironmentTurn<'_>, outcome: Outcome) {
    let at_ms = turn.now_ms();
    turn.happen(match outcome {
        Outcome::Attached { home } => Event::Attached { at_ms, home },
        Outcome::Detached => Event::Detached { at_ms },
        Outcome::TemplateValid { capabilities } => Event::TemplateValid { capabilities },
        Outcome::StackSeen { seen } => Event::StackSeen { seen },
        Outcome::StackDeletionAsked { left } => {
            turn.happen(Event::StackDeletionAsked { left });
            return plan::look(turn);
        }
        Outcome::RollbackContinued { left } => {
            turn.happen(Event::RollbackContinued { left });
            return plan::look(turn);
        }
        Outcome::ChangeSetCreated {
            stack_id,
            change_set,
        } => Event::ChangeSetCreated {
            stack_id,
            change_set,
        },
        Outcome::ChangeSetReviewed {
            review,
            changes,
            mark,
        } => Event::ChangeSetReviewed {
            review,
            changes,
            mark,
        },
        Outcome::Discarded { stack_too } => Event::Discarded { stack_too },
        Outcome::ChangeSetExecuted => {
            turn.happen(Event::ChangeSetExecuted);
            return plan::look(turn);
        }
        Outcome::StackLooked {
            seen,
            events,
            first_failure,
            begun,
        } => {
            turn.happen(Event::StackLooked {
                seen,
                events,
                first_failure,
                begun,
            });
            return looked(turn);
        }
        Outcome::PrefixesPut => Event::PrefixesPut,
        Outcome::PrefixesRemoved { left } => Event::PrefixesRemoved { left },
        Outcome::CheckSeen { .. }
        | Outcome::DriftSeen { .. }
        | Outcome::PromotionTold
        | Outcome::EventPut => return,
    });
}

/// The stack was looked at while it changed: it has reached an end, or is looked at again.
fn looked(turn: &mut EnvironmentTurn<'_>) {
    let Some(running) = turn.state.running.clone() else {
        return;
    };
    let Some(seen) = &running.seen else {
        return;
    };
    let shown = running.begun || running.looks >= LOOKS_UNTIL_BEGUN;
    let ended = seen.condition() != Condition::Moving;
    if !ended || (!shown && seen.condition() != Condition::Absent) {
        return wake(turn);
    }
    match (running.goal, seen.condition()) {
        (Goal::Remove, Condition::Absent) => turn.happen(Event::StackReached),
        (Goal::Remove, _) => match plan::delete(&running, seen) {
            Next::Fail { reason, broken } => turn.happen(Event::StepFailed { reason, broken }),
            _ => plan::take(turn, Step::DeleteStack, Secrets::default()),
        },
        (_, Condition::Stuck) => match plan::recover(&running, seen) {
            Next::Fail { reason, broken } => turn.happen(Event::StepFailed { reason, broken }),
            _ => plan::take(turn, Step::ContinueRollback, Secrets::default()),
        },
        _ if reached(seen) => turn.happen(Event::StackReached),
        _ => turn.happen(Event::StepFailed {
            reason: why(&running, seen),
            broken: false,
        }),
    }
}

/// Whether the stack is as the change set says.
fn reached(seen: &Seen) -> bool {
    matches!(
        seen.status.as_str(),
        "CREATE_COMPLETE" | "UPDATE_COMPLETE" | "IMPORT_COMPLETE"
    )
}

fn why(running: &Running, seen: &Seen) -> String {
    if seen.condition() == Condition::Absent {
        return "STACK_GONE: somebody deleted the stack while it was changed".to_owned();
    }
    let left = if running.left.is_empty() {
        String::new()
    } else {
        format!(
            "; passed over on the way back, and to be looked at: {}",
            running.left.join(", ")
        )
    };
    let first = running.first_failure.as_ref().unwrap_or(&seen.reason);
    let text = format!("STACK_FAILED: {first} (the stack is {}){left}", seen.status);
    text.chars().take(1_000).collect()
}

/// Has the entity woken when the next look is due.
fn wake(turn: &mut EnvironmentTurn<'_>) {
    if let Some(running) = &turn.state.running
        && running.following
    {
        let due_ms = turn.now_ms() + pause_ms(running.looks, LOOK_FIRST_MS, LOOK_MOST_MS);
        turn.wake(LOOK_TIMER, due_ms);
    }
}

fn failed(turn: &mut EnvironmentTurn<'_>, failure: &Failure) {
    let reason = reason::of(failure);
    let at_ms = turn.now_ms();
    let Some(step) = turn.state.step else {
        return;
    };
    if step == Step::Discard {
        // What could not be removed does not hide why it was to be removed.
        let stack_too = false;
        turn.happen(Event::Discarded { stack_too });
    }
    turn.happen(match step {
        // A project that is gone, or does not know the environment, has not got it.
        Step::Detach => Event::Detached { at_ms },
        Step::Look | Step::ContinueRollback | Step::DeleteStack => Event::StepFailed {
            reason,
            broken: true,
        },
        Step::Attach
        | Step::Validate
        | Step::Inspect
        | Step::CreateChangeSet
        | Step::Review
        | Step::Discard
        | Step::Execute
        | Step::PutPrefixes
        | Step::RemovePrefixes => Event::StepFailed {
            reason,
            broken: false,
        },
    });
}

/// Takes in what a check has seen.
fn checked(turn: &mut EnvironmentTurn<'_>, check_id: &str, result: Result<Outcome, Failure>) {
    let (results, detection_id, drift_status) = match result {
        Ok(Outcome::CheckSeen {
            results,
            detection_id,
        }) => (results, detection_id, DriftStatus::NotChecked),
        Ok(Outcome::DriftSeen {
            results,
            drift_status,
        }) => (results, None, drift_status),
        Ok(_) => return,
        Err(failure) => {
            let seen = CheckResult::new("checked", false, reason::of(&failure));
            (vec![seen], None, DriftStatus::NotChecked)
        }
    };
    let check_id = check_id.to_owned();
    turn.happen(Event::CheckSeen {
        check_id: check_id.clone(),
        results,
    });
    match detection_id.and_then(|id| EnvironmentEffect::await_drift(&turn.state, &check_id, id)) {
        Some(effect) => turn.ask(effect),
        None => {
            let at_ms = turn.now_ms();
            turn.happen(Event::CheckEnded {
                at_ms,
                check_id: check_id.clone(),
                drift_status,
            });
        }
    }
    let row = turn.state.check(&check_id).and_then(|check| check.row());
    turn.show(row);
}
