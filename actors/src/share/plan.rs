//! What a share does next: read from what is so. See the module's description for why what is under way is not
//! waited for when what is wanted changes.
//!
//! Giving is in `giving`, taking in `taking`, looking in `looking`; what the end of an effect means in `settle`.

use std::collections::BTreeSet;

use datamesh_actor::Failure;

use super::effects::{Hold, ShareEffect, TellSubscription};
use super::event::Event;
use super::fulfilment::Phase;
use super::post::Post;
use super::request::{ShareTurn, audit};
use super::settle::step_ended;
use super::state::{Failed, State, Step, Wanted};
use super::{AGREEMENT_TIMER, RETRY_TIMER, VERIFY_TIMER, events, giving, health, looking, taking};
use crate::access::{ShareEnd, ShareResult, Thing};
use crate::agreement::AgreementStatus;
use crate::backoff::pause_ms;
use crate::reason;

/// The first and the longest pause of a wait, in milliseconds.
const PAUSE_MS: (i64, i64) = (250, 60_000);
/// What remains is tried on after this long, in milliseconds.
const SLOW_MS: i64 = 15 * 60 * 1_000;
/// Reads lag writes, and what one account shares comes late to another: an answer that does not fit is believed
/// after so many.
pub(super) const TRIES: u32 = 8;

/// What comes next.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Next {
    /// A step outside.
    Step(Step),
    /// A ledger is told what is needed of it.
    Hold(Post, BTreeSet<Thing>),
    /// The producer's grants are let go of (or given again), so that new invitations are issued.
    Reissue(bool),
    /// Some time is to pass.
    Pause(String),
    /// What was given does not show yet: some time is to pass, but only so often ([`TRIES`]).
    Doubt(String),
    /// Access cannot be given.
    Fail(String, String),
    /// Access is there.
    Given,
    /// Something is still there that was taken: it is taken again.
    Again(String),
    /// All that can be taken is.
    Certify,
    /// A look goes on.
    Look(looking::LookStep),
    /// Nothing, before something happens.
    Rest,
}

/// What comes next.
pub(super) fn next(state: &State) -> Next {
    let Some(record) = &state.record else {
        return Next::Rest;
    };
    if state.paused || state.ticket.is_some() {
        return Next::Rest;
    }
    match (record.fulfilment.state, &state.wanted) {
        (Phase::Granting | Phase::Granted, Some(wanted)) => giving::next(state, wanted),
        (Phase::Revoking | Phase::Unreachable, None) => taking::next(state),
        _ if state.resolved.is_none() && state.agreement.open().is_some() => {
            Next::Step(Step::Resolve)
        }
        _ => Next::Rest,
    }
}

/// Takes the next step, as long as one is due.
pub(super) fn advance(turn: &mut ShareTurn<'_>) {
    loop {
        let at_ms = turn.now_ms();
        match next(&turn.state) {
            Next::Rest => return,
            Next::Step(step) => take_step(turn, step),
            Next::Hold(post, wants) => {
                if !tell_ledger(turn, post, wants) {
                    return;
                }
            }
            Next::Reissue(release) => {
                turn.happen(Event::Reissuing { at_ms, release });
            }
            Next::Pause(reason) => pause(turn, reason),
            Next::Doubt(reason) => doubt(turn, reason),
            Next::Fail(code, message) => fail_give(turn, &code, &message),
            Next::Given => given(turn),
            Next::Again(reason) => {
                turn.happen(Event::TakenAgain { at_ms, holds: true });
                pause(turn, reason);
            }
            Next::Certify => taking::certify(turn),
            Next::Look(step) => looking::take(turn, step),
        }
    }
}

fn take_step(turn: &mut ShareTurn<'_>, step: Step) {
    let at_ms = turn.now_ms();
    if step == Step::ReadTable {
        events::initiated(turn);
    }
    turn.happen(Event::StepBegun { at_ms, step });
    match ShareEffect::of(step, &turn.state) {
        Some(effect) => turn.ask(effect),
        None => {
            let nothing = Failure {
                code: "NOTHING_TO_ASK".to_owned(),
                message: "the table has no such column any more".to_owned(),
            };
            step_ended(turn, step, Err(nothing));
        }
    }
}

fn tell_ledger(turn: &mut ShareTurn<'_>, post: Post, wants: BTreeSet<Thing>) -> bool {
    let at_ms = turn.now_ms();
    let held = turn.state.posts.get(&post);
    let number = held.map_or(1, |held| held.number.saturating_add(1));
    let ledger = match (&turn.state.resolved, held) {
        (Some(resolved), _) => post.ledger(resolved),
        (None, Some(held)) => held.ledger.clone(),
        (None, None) => return false,
    };
    turn.happen(Event::HoldSent {
        at_ms,
        post,
        ledger: ledger.clone(),
        number,
        wants: wants.clone(),
    });
    let hold = Hold::of(&turn.state, post, ledger, number, wants);
    turn.ask(ShareEffect::Hold(Box::new(hold)));
    true
}

/// Lets some time pass: more each time, and never quite the same.
pub(super) fn pause(turn: &mut ShareTurn<'_>, reason: String) {
    wait(turn, reason, turn.state.pauses, false);
}

/// The same, counted apart: each doubt is longer than the one before, whatever else was waited for.
fn doubt(turn: &mut ShareTurn<'_>, reason: String) {
    wait(turn, reason, turn.state.doubts, true);
}

fn wait(turn: &mut ShareTurn<'_>, reason: String, before: u32, doubt: bool) {
    let at_ms = turn.now_ms();
    let pause = pause_ms(before, PAUSE_MS.0, PAUSE_MS.1);
    turn.happen(Event::Paused {
        at_ms,
        reason,
        doubt,
    });
    let jitter = jitter(turn, pause / 4);
    turn.wake(RETRY_TIMER, at_ms.saturating_add(pause + jitter));
}

/// A random time below `most_ms`.
fn jitter(turn: &mut ShareTurn<'_>, most_ms: i64) -> i64 {
    let most = u64::try_from(most_ms).unwrap_or_default().max(1);
    i64::try_from(turn.ctx.random() % most).unwrap_or_default()
}

pub(super) fn fail_give(turn: &mut ShareTurn<'_>, code: &str, message: &str) {
    let at_ms = turn.now_ms();
    let request = turn
        .state
        .wanted
        .as_ref()
        .map_or(0, |wanted| wanted.request);
    turn.happen(Event::GiveFailed {
        at_ms,
        failed: Failed {
            request,
            code: code.to_owned(),
            message: message.to_owned(),
        },
    });
    reconsider(turn);
}

fn given(turn: &mut ShareTurn<'_>) {
    let at_ms = turn.now_ms();
    let health = health::of(&turn.state, at_ms);
    turn.happen(Event::Given { at_ms, health });
    audit(turn, "", "GRANTED", String::new());
    events::given(turn);
    tell_if_settled(turn);
    wake_for_look(turn);
    if let Some(wish) = turn.state.look_again {
        looking::wish(turn, wish);
    }
}

/// Sets the timer of the next look.
pub(super) fn wake_for_look(turn: &mut ShareTurn<'_>) {
    let every_ms = turn
        .state
        .resolved
        .as_ref()
        .map_or(0, |resolved| resolved.verify_every_ms);
    if every_ms > 0 && turn.state.phase() == Phase::Granted {
        let at_ms = turn.now_ms();
        let jitter = jitter(turn, every_ms / 10);
        turn.wake(VERIFY_TIMER, at_ms.saturating_add(every_ms + jitter));
    }
}

/// Brings what is wanted up to what the agreement says now.
pub(super) fn reconsider(turn: &mut ShareTurn<'_>) {
    let at_ms = turn.now_ms();
    let state = &turn.state;
    let revoked = state.agreement.revoked().is_some();
    if revoked && state.failed.is_some() {
        turn.happen(Event::FailureForgotten);
    }
    let state = &turn.state;
    let failed = state.failed.as_ref().map(|failed| failed.request);
    let wanted = state
        .agreement
        .terms(at_ms)
        .map(|terms| Wanted {
            request: terms.request.number,
            scope: terms.decision.scope.clone(),
        })
        .filter(|wanted| failed != Some(wanted.request));
    let resting = matches!(state.phase(), Phase::Pending | Phase::Failed);
    if wanted != state.wanted || (revoked && resting) {
        begin(turn, wanted);
    }
    match turn.state.agreement.changes_ms(at_ms) {
        Some(due_ms) => turn.wake(AGREEMENT_TIMER, due_ms),
        None => turn.let_sleep(AGREEMENT_TIMER),
    }
}

/// Begins a generation.
fn begin(turn: &mut ShareTurn<'_>, wanted: Option<Wanted>) {
    let at_ms = turn.now_ms();
    let state = &turn.state;
    let status = state.agreement.status(at_ms);
    let reason = match (&wanted, &state.failed, state.agreement.revoked()) {
        (Some(_), _, _) => String::new(),
        (None, _, Some(revoke)) => {
            let sentence = format!("revoked by {}: {}", revoke.by.name(), revoke.reason);
            reason::sentence("REVOKED", &sentence)
        }
        (None, _, None) if status == AgreementStatus::Expired => {
            reason::sentence("EXPIRED", "its time is over")
        }
        (None, Some(failed), None) => reason::sentence(&failed.code, &failed.message),
        (None, None, None) => String::new(),
    };
    let expired = wanted.is_none() && status == AgreementStatus::Expired;
    turn.happen(Event::Wanted {
        at_ms,
        wanted,
        reason,
    });
    turn.let_sleep(RETRY_TIMER);
    turn.let_sleep(VERIFY_TIMER);
    if expired {
        audit(turn, "", "EXPIRED", String::new());
    }
}

/// Begins taking again: the ledgers are told again where `holds` is set, and all is read again.
pub(super) fn take_again(turn: &mut ShareTurn<'_>, holds: bool) {
    let at_ms = turn.now_ms();
    turn.happen(Event::TakenAgain { at_ms, holds });
    turn.let_sleep(RETRY_TIMER);
}

/// Waits slowly for what remains.
pub(super) fn wait_for_remains(turn: &mut ShareTurn<'_>, reason: String) {
    let at_ms = turn.now_ms();
    turn.happen(Event::Paused {
        at_ms,
        reason,
        doubt: false,
    });
    let jitter = jitter(turn, SLOW_MS / 10);
    turn.wake(RETRY_TIMER, at_ms.saturating_add(SLOW_MS + jitter));
}

/// Tells the subscription the end of its order, if that has come.
pub(super) fn tell_if_settled(turn: &mut ShareTurn<'_>) {
    let state = &turn.state;
    let (Some(number), Some(record)) = (state.owed, &state.record) else {
        return;
    };
    let (code, message) = record
        .fulfilment
        .reason
        .split_once(": ")
        .unwrap_or(("", record.fulfilment.reason.as_str()));
    let (code, message) = (code.to_owned(), message.to_owned());
    let result = match record.fulfilment.state {
        Phase::Granted => ShareResult::Given,
        Phase::Failed => ShareResult::Failed { code, message },
        Phase::Revoked => ShareResult::Taken {
            certificate: record.certificate.clone(),
        },
        Phase::Unreachable => ShareResult::Unreachable {
            code,
            message,
            remains: record.fulfilment.remains.clone(),
        },
        Phase::Pending | Phase::Granting | Phase::Revoking => return,
    };
    // What remains is tried on, and the order's true end is told when it comes.
    let final_end = record.fulfilment.state != Phase::Unreachable;
    let end = ShareEnd {
        share_id: record.share_id.clone(),
        subscription_id: record.subscription_id.clone(),
        number,
        result,
    };
    if final_end {
        turn.happen(Event::SubscriptionTold);
    }
    turn.ask(ShareEffect::TellSubscription(Box::new(TellSubscription {
        end,
    })));
}
