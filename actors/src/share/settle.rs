//! What a share makes of the end of an effect, and of a timer that came due.

use datamesh_actor::Failure;

use super::effects::{Hold, Outcome, ShareEffect};
use super::event::Event;
use super::fulfilment::Phase;
use super::looking;
use super::plan::{advance, fail_give, reconsider, take_again};
use super::post::HeldEnd;
use super::request::{ShareTurn, close_approval, decide};
use super::state::{Answer, Association, LookWish, RamSeen, Step};
use super::{AGREEMENT_TIMER, RETRY_TIMER, VERIFY_TIMER};
use crate::agreement::{self, Verdict, Window};
use crate::person::Person;
use crate::reason;

/// A timer came due.
pub(super) fn timer(turn: &mut ShareTurn<'_>, name: &str) {
    match name {
        AGREEMENT_TIMER => reconsider(turn),
        VERIFY_TIMER if turn.state.phase() == Phase::Granted => {
            let repair = turn.state.resolved.as_ref().is_some_and(|r| r.repair);
            let wish = LookWish {
                reapply: repair,
                remove_extra: repair,
            };
            looking::wish(turn, wish);
        }
        RETRY_TIMER if turn.state.paused => match turn.state.phase() {
            Phase::Unreachable => take_again(turn, true),
            _ => turn.happen(Event::Resumed),
        },
        _ => return,
    }
    advance(turn);
}

/// Takes in the end of an effect.
pub(super) fn settle(
    turn: &mut ShareTurn<'_>,
    effect: &ShareEffect,
    result: Result<Outcome, Failure>,
) {
    match effect {
        ShareEffect::OpenApproval(open) => {
            let number = open.request.number;
            let request = turn.state.agreement.open().cloned();
            match (request.filter(|request| request.number == number), result) {
                (Some(request), Err(failure)) => deny(turn, request.number, &failure),
                (None, Ok(_)) => close_approval(turn, &open.request, "nobody asks any more"),
                (Some(_), Ok(_)) | (None, Err(_)) => {}
            }
        }
        ShareEffect::Hold(hold) => {
            if let Err(failure) = result {
                not_told(turn, hold, failure);
            }
        }
        ShareEffect::Look(look) => {
            if let Err(failure) = result {
                looking::not_looked(turn, look, &failure);
            }
        }
        ShareEffect::Resolve(_)
        | ShareEffect::ReadTable(_)
        | ShareEffect::LookAtRam(_)
        | ShareEffect::Query(_) => {
            let current = turn.state.ticket;
            let current = current.filter(|ticket| Some(ticket.number) == effect.ticket());
            if let Some(ticket) = current {
                step_ended(turn, ticket.step, result);
            }
        }
        ShareEffect::CloseApproval(_)
        | ShareEffect::TellSubscription(_)
        | ShareEffect::Notify(_)
        | ShareEffect::PutEvent(_) => return,
    }
    advance(turn);
}

/// The owners could not be asked.
fn deny(turn: &mut ShareTurn<'_>, number: u32, failure: &Failure) {
    let decision = agreement::Decision {
        verdict: Verdict::Denied,
        by: Person::default(),
        at_ms: turn.now_ms(),
        reason: failure.message.clone(),
        scope: agreement::Scope::default(),
        window: Window::default(),
    };
    decide(turn, number, decision, reason::of(failure));
}

/// A ledger refused to be told.
fn not_told(turn: &mut ShareTurn<'_>, hold: &Hold, failure: Failure) {
    let at_ms = turn.now_ms();
    let current = turn
        .state
        .posts
        .get(&hold.post)
        .is_some_and(|held| held.number == hold.hold.generation && held.end.is_none());
    if !current {
        return;
    }
    let Failure { code, message } = failure;
    let end = match hold.hold.wants.is_empty() {
        true => HeldEnd::Unreachable {
            code,
            message,
            remains: Vec::new(),
        },
        false => HeldEnd::Refused { code, message },
    };
    turn.happen(Event::HoldEnded {
        at_ms,
        post: hold.post,
        end,
        removed: Vec::new(),
        kept: Vec::new(),
        rereads: Vec::new(),
    });
}

pub(super) fn step_ended(turn: &mut ShareTurn<'_>, step: Step, result: Result<Outcome, Failure>) {
    let at_ms = turn.now_ms();
    match (step, result) {
        (Step::Resolve, Ok(Outcome::Resolved(resolved))) => {
            turn.happen(Event::Resolved { at_ms, resolved });
        }
        (Step::ReadTable, Ok(Outcome::TableRead(table))) => turn.happen(Event::TableRead {
            at_ms,
            table: Some(table),
            trouble: String::new(),
        }),
        (Step::ReadTable, Err(failure)) if turn.state.given => turn.happen(Event::TableRead {
            at_ms,
            table: None,
            trouble: reason::of(&failure),
        }),
        (Step::Accept | Step::LookAtRam, Ok(Outcome::RamSeen(seen))) => {
            turn.happen(Event::RamSeen { at_ms, seen });
        }
        (Step::Accept | Step::LookAtRam, Err(failure)) => turn.happen(Event::RamSeen {
            at_ms,
            seen: RamSeen {
                association: Association::Unseen,
                detail: reason::of(&failure),
                ..RamSeen::default()
            },
        }),
        (Step::AskPermitted | Step::AskLeftOut, result) => {
            let answer = match result {
                Ok(Outcome::Answered(answer)) => answer,
                Ok(_) => return,
                Err(failure) => Answer::NotTried {
                    reason: reason::of(&failure),
                    at_ms,
                },
            };
            turn.happen(Event::QueryAnswered {
                at_ms,
                permitted: step == Step::AskPermitted,
                answer,
            });
        }
        (Step::Resolve, Err(failure)) => unresolved(turn, &failure),
        (Step::ReadTable, Err(failure)) => fail_give(turn, &failure.code, &failure.message),
        (Step::Resolve | Step::ReadTable | Step::Accept | Step::LookAtRam, Ok(_)) => {}
    }
}

/// The asset cannot be shared so.
fn unresolved(turn: &mut ShareTurn<'_>, failure: &Failure) {
    if turn.state.wanted.is_some() {
        fail_give(turn, &failure.code, &failure.message);
    }
    if let Some(open) = turn.state.agreement.open().cloned() {
        close_approval(turn, &open, &failure.message);
        deny(turn, open.number, failure);
    }
}
