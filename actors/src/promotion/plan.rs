//! What a promotion does next: read from what is so. It pins the source, holds the target, starts the
//! workflow, and waits. However it ends, the target is released and the source unpinned before it says so,
//! so that who sees the end can begin the next promotion at once.
//!
//! A promotion that is to be cancelled stops its workflow, which refuses if it has begun to deploy: the
//! workflow knows first, and so it has the last word. Then the promotion goes on.

use datamesh_actor::Failure;

use super::effects::{Outcome, PromotionEffect};
use super::event::Event;
use super::state::{Ending, Source, Step, Workflow};
use super::status::Status;
use super::{Promotion, events};
use crate::deployment::{Deployed, MASK};
use crate::reason;
use crate::turn::Turn;

/// The code of a stop that came too late.
pub(super) const DEPLOYING: &str = "EXECUTION_DEPLOYING";

type PromotionTurn<'c> = Turn<'c, Promotion>;

/// Takes the next step, if none is under way and one is due.
pub(super) fn advance(turn: &mut PromotionTurn<'_>) {
    let ended = turn
        .state
        .record
        .as_ref()
        .is_none_or(|record| record.status.is_ended());
    if ended || turn.state.step.is_some() {
        return;
    }
    match next(turn) {
        Next::Step(step) => take(turn, step),
        Next::Wait => {}
        Next::End => {
            let at_ms = turn.now_ms();
            turn.happen(Event::Ended { at_ms });
            events::ended(turn);
        }
    }
}

enum Next {
    Step(Step),
    Wait,
    End,
}

fn next(turn: &PromotionTurn<'_>) -> Next {
    let state = &turn.state;
    let Some(ending) = &state.ending else {
        return if state.source.is_none() {
            Next::Step(Step::Pin)
        } else if !state.held {
            Next::Step(Step::Hold)
        } else if state.workflow == Workflow::Waiting {
            Next::Step(Step::StartWorkflow)
        } else {
            Next::Wait
        };
    };
    let asked = state.record.as_ref().and_then(|r| r.approval_id.as_ref());
    match state.workflow {
        Workflow::Running if ending.void.is_some() && asked.is_some() => {
            Next::Step(Step::VoidApproval)
        }
        Workflow::Running => Next::Step(Step::StopWorkflow),
        Workflow::Stopping => Next::Wait,
        Workflow::Waiting | Workflow::Ended if state.held => Next::Step(Step::Release),
        Workflow::Waiting | Workflow::Ended if state.pinned => Next::Step(Step::Unpin),
        Workflow::Waiting | Workflow::Ended => Next::End,
    }
}

fn take(turn: &mut PromotionTurn<'_>, step: Step) {
    if let Some(effect) = PromotionEffect::of(step, &turn.state) {
        turn.happen(Event::StepTaken { step });
        turn.ask(effect);
    }
}

/// Takes in the end of an effect.
pub(super) fn settle(
    turn: &mut PromotionTurn<'_>,
    effect: &PromotionEffect,
    result: Result<Outcome, Failure>,
) {
    if matches!(effect, PromotionEffect::PutEvent(_)) {
        return;
    }
    match result {
        Ok(outcome) => succeeded(turn, outcome),
        Err(failure) => failed(turn, &failure),
    }
    advance(turn);
}

fn succeeded(turn: &mut PromotionTurn<'_>, outcome: Outcome) {
    match outcome {
        Outcome::Pinned { deployed } => pinned(turn, deployed),
        Outcome::Held => turn.happen(Event::Held),
        Outcome::WorkflowStarted => turn.happen(Event::WorkflowStarted),
        Outcome::ApprovalVoided => turn.happen(Event::ApprovalVoided),
        Outcome::WorkflowStopped => turn.happen(Event::WorkflowStopped),
        Outcome::Released => turn.happen(Event::Released),
        Outcome::Unpinned => turn.happen(Event::Unpinned),
        Outcome::EventPut => {}
    }
}

fn pinned(turn: &mut PromotionTurn<'_>, deployed: Deployed) {
    let at_ms = turn.now_ms();
    let differing = turn
        .state
        .order
        .as_ref()
        .map(|order| order.parameters.clone())
        .unwrap_or_default();
    let hidden = differing
        .keys()
        .find(|name| deployed.parameters.get(*name).is_some_and(|v| v == MASK))
        .cloned();
    let source = Source::new(deployed, differing);
    turn.happen(Event::Pinned { at_ms, source });
    // A workflow's history is shown to everybody.
    if let Some(name) = hidden
        && turn.state.ending.is_none()
    {
        let sentence = format!(
            "{name} is hidden (NoEcho): its value cannot pass through a workflow; deploy once to the target \
             with the value, and promotions keep it"
        );
        turn.happen(Event::EndDecided {
            ending: Ending {
                status: Status::Failed,
                reason: reason::sentence("HIDDEN_PARAMETER", &sentence),
                void: None,
            },
        });
    }
}

fn failed(turn: &mut PromotionTurn<'_>, failure: &Failure) {
    let at_ms = turn.now_ms();
    let Some(step) = turn.state.step else {
        return;
    };
    match step {
        Step::Pin | Step::Hold | Step::StartWorkflow => {
            // A workflow whose start was refused is stopped all the same: it finds nothing, or what was lost.
            turn.happen(Event::StepFailed);
            if turn.state.ending.is_none() {
                turn.happen(Event::EndDecided {
                    ending: Ending {
                        status: Status::Failed,
                        reason: reason::of(failure),
                        void: None,
                    },
                });
            }
        }
        // An approval that has ended cannot be voided, and need not be.
        Step::VoidApproval => turn.happen(Event::ApprovalVoided),
        Step::StopWorkflow if failure.code == DEPLOYING => turn.happen(Event::StopRefused {
            at_ms,
            reason: "TOO_LATE: it had begun to deploy when it was to be cancelled, and goes on"
                .to_owned(),
        }),
        // There is no such workflow: nothing runs, and nothing will tell its end.
        Step::StopWorkflow => {
            turn.happen(Event::WorkflowStopped);
            turn.happen(Event::WorkflowEnded);
        }
        Step::Release => turn.happen(Event::Released),
        Step::Unpin => turn.happen(Event::Unpinned),
    }
}
