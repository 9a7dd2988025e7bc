//! What a share does next: read from what is so. See the module's description for why what is under way is not
//! waited for when what is wanted changes.
//!
//! Giving: look the asset up, read the table, tell the producer's ledgers, wait until the consumer is
//! associated in RAM, tell the consumer's ledgers, ask as the consumer. What is refused for good is answered by
//! wanting nothing: all that was given is taken, and the share has failed. Where access with this scope was
//! there before, a failure takes nothing away; the health says what is wrong.
//!
//! Taking is in `taking`, looking in `looking`.

use std::collections::BTreeSet;

use datamesh_actor::Failure;

use super::effects::{Hold, Outcome, ShareEffect, TellSubscription};
use super::event::Event;
use super::fulfilment::{Health, HealthState, Phase};
use super::post::{HeldEnd, Post};
use super::request::{ShareTurn, audit, close_approval, decide};
use super::state::{Answer, Association, Failed, LookWish, RamSeen, Stage, State, Step, Wanted};
use super::wants::Needs;
use super::{AGREEMENT_TIMER, RETRY_TIMER, VERIFY_TIMER, events, looking, taking};
use crate::access::{Permission, ShareEnd, ShareResult, Thing};
use crate::agreement::{self, AgreementStatus, Verdict, Window};
use crate::backoff::pause_ms;
use crate::person::Person;
use crate::reason;

/// The first and the longest pause of a wait, in milliseconds.
const PAUSE_MS: (i64, i64) = (250, 60_000);
/// What remains is tried on after this long, in milliseconds.
const SLOW_MS: i64 = 15 * 60 * 1_000;
/// Reads lag writes: a query's answer that does not fit is believed after so many.
pub(super) const TRIES: u32 = 8;
/// An invitation that was not accepted so often will not be.
const MAX_REISSUES: u32 = 10;

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
        (Phase::Granting | Phase::Granted, Some(wanted)) => giving(state, wanted),
        (Phase::Revoking | Phase::Unreachable, None) => taking::next(state),
        _ if state.resolved.is_none() && state.agreement.open().is_some() => {
            Next::Step(Step::Resolve)
        }
        _ => Next::Rest,
    }
}

/// What is needed, as far as it is known.
pub(super) fn needs<'a>(state: &'a State, wanted: &'a Wanted) -> Option<Needs<'a>> {
    Some(Needs {
        resolved: state.resolved.as_ref()?,
        table: state.table.as_ref()?,
        scope: &wanted.scope,
        permissions: &state.record.as_ref()?.permissions,
    })
}

fn giving(state: &State, wanted: &Wanted) -> Next {
    if state.resolved.is_none() {
        return Next::Step(Step::Resolve);
    }
    if !state.table_read {
        return Next::Step(Step::ReadTable);
    }
    let Some(needs) = needs(state, wanted) else {
        return fail("TABLE_NOT_FOUND", "the table is not there");
    };
    if let Some(unknown) = needs.unknown().filter(|_| !state.given) {
        return fail(
            "COLUMN_NOT_FOUND",
            format!("the table has no column {unknown}: ask for columns that it has"),
        );
    }
    if needs.permitted().is_empty() && !state.given {
        return fail("NO_COLUMNS", "nothing is left of the table's columns");
    }
    let fresh = state.phase() == Phase::Granting;
    for post in Post::GIVING {
        if let Some(next) = held(state, &needs, post) {
            return next;
        }
        if post == Post::ProducerDatabase
            && fresh
            && needs.resolved.is_cross_account()
            && let Some(next) = association(state)
        {
            return next;
        }
    }
    if fresh {
        return query(state, &needs).unwrap_or(Next::Given);
    }
    match &state.look {
        Some(look) => looking::next(state, look, &needs),
        None => Next::Rest,
    }
}

/// What is still to be done for a ledger to have what is needed of it.
fn held(state: &State, needs: &Needs<'_>, post: Post) -> Option<Next> {
    let held = state.posts.get(&post);
    let reissuing = state.reissuing && post == Post::ProducerDatabase;
    let mut wants = match reissuing {
        true => BTreeSet::new(),
        false => needs.of(post),
    };
    if let Some(look) = &state.look
        && look.stage == Stage::Adopting
        && let Some(seen) = look.seen.get(&post)
    {
        wants.extend(seen.extra.iter().cloned());
    }
    let Some(held) = held else {
        return (!wants.is_empty()).then_some(Next::Hold(post, wants));
    };
    if held.generation != state.generation() || held.wants != wants {
        return Some(Next::Hold(post, wants));
    }
    match &held.end {
        None => Some(Next::Rest),
        Some(HeldEnd::Settled) => reissuing.then_some(Next::Reissue(false)),
        // What works is left as it is; the health says what is wrong.
        Some(_) if state.given => None,
        Some(HeldEnd::Refused { code, message }) => Some(fail(code, message)),
        // What is too much could not be taken: it is told again.
        Some(HeldEnd::Unreachable { code, message, .. }) => {
            Some(Next::Pause(format!("{code}: {message}")))
        }
    }
}

/// What is still to be done for the consumer to be associated in RAM; `None` if it is.
fn association(state: &State) -> Option<Next> {
    let Some(seen) = &state.ram else {
        return Some(Next::Step(Step::Accept));
    };
    let reissues = state.record.as_ref().map_or(0, |r| r.fulfilment.reissues);
    match seen.association {
        Association::Associated => None,
        Association::Lapsed if state.given => None,
        Association::Lapsed if reissues >= MAX_REISSUES => Some(fail(
            "NOT_ACCEPTED",
            format!("the invitation was not accepted {reissues} times"),
        )),
        Association::Lapsed => Some(Next::Reissue(true)),
        Association::None | Association::Waiting | Association::Suspended | Association::Unseen => {
            // Access that was there is not waited for: the query shows whether it still is.
            let patient = !state.given || state.pauses < TRIES;
            patient.then(|| Next::Pause(format!("WAITING_FOR_ACCEPTANCE: {}", seen.detail)))
        }
    }
}

/// What is still to be asked as the consumer; `None` if all was answered.
pub(super) fn query(state: &State, needs: &Needs<'_>) -> Option<Next> {
    if !needs.permissions.contains(&Permission::Select) {
        return None;
    }
    match &state.permitted {
        None => return Some(Next::Step(Step::AskPermitted)),
        Some(Answer::Refused { message, .. }) => {
            let waits = state.pauses < TRIES && state.look.is_none();
            if waits {
                return Some(Next::Pause(format!("NOT_READABLE: {message}")));
            }
            if !state.given {
                return Some(fail("NOT_READABLE", message));
            }
            return None;
        }
        Some(Answer::NotTried { .. }) => return None,
        Some(Answer::Readable { .. }) => {}
    }
    match &state.left_out {
        None if !needs.left_out().is_empty() => Some(Next::Step(Step::AskLeftOut)),
        // Reads lag writes, and less may be given than before.
        Some(Answer::Readable { .. }) if state.pauses < TRIES && state.look.is_none() => Some(
            Next::Pause("LEFT_OUT_READABLE: a column that is left out can be read".to_owned()),
        ),
        _ => None,
    }
}

fn fail(code: &str, message: impl Into<String>) -> Next {
    Next::Fail(code.to_owned(), message.into())
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
    let at_ms = turn.now_ms();
    let pause = pause_ms(turn.state.pauses, PAUSE_MS.0, PAUSE_MS.1);
    turn.happen(Event::Paused { at_ms, reason });
    let jitter = jitter(turn, pause / 4);
    turn.wake(RETRY_TIMER, at_ms.saturating_add(pause + jitter));
}

/// A random time below `most_ms`.
fn jitter(turn: &mut ShareTurn<'_>, most_ms: i64) -> i64 {
    let most = u64::try_from(most_ms).unwrap_or_default().max(1);
    i64::try_from(turn.ctx.random() % most).unwrap_or_default()
}

fn fail_give(turn: &mut ShareTurn<'_>, code: &str, message: &str) {
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
    let health = health(&turn.state, at_ms);
    turn.happen(Event::Given { at_ms, health });
    audit(turn, "", "GRANTED", String::new());
    events::given(turn);
    tell_if_settled(turn);
    wake_for_look(turn);
    if let Some(wish) = turn.state.look_again {
        looking::wish(turn, wish);
    }
}

/// How access is, as the answers and the ledgers' ends show it.
pub(super) fn health(state: &State, at_ms: i64) -> Health {
    let refused = state.posts.values().find_map(|held| match &held.end {
        Some(HeldEnd::Refused { code, message })
        | Some(HeldEnd::Unreachable { code, message, .. }) => Some(format!("{code}: {message}")),
        Some(HeldEnd::Settled) | None => None,
    });
    let suspended = state
        .ram
        .as_ref()
        .filter(|seen| seen.association == Association::Suspended);
    let (kind, detail) = match (&state.permitted, &state.left_out) {
        _ if refused.is_some() => (HealthState::Drifted, refused.unwrap_or_default()),
        _ if suspended.is_some() => (
            HealthState::Unreachable,
            suspended
                .map(|seen| seen.detail.clone())
                .unwrap_or_default(),
        ),
        (Some(Answer::Refused { message, .. }), _) => (
            HealthState::Drifted,
            format!("the consumer cannot read: {message}"),
        ),
        (_, Some(Answer::Readable { .. })) => (
            HealthState::Drifted,
            "a column that is left out can be read: another grant gives it".to_owned(),
        ),
        (Some(Answer::NotTried { reason, .. }), _) => {
            (HealthState::Unknown, format!("NOT_TRIED: {reason}"))
        }
        (Some(Answer::Readable { .. }), _) => (
            HealthState::Healthy,
            "a query as the consumer reads what is given, and no more".to_owned(),
        ),
        (None, _) => (HealthState::Healthy, "all that is held is there".to_owned()),
    };
    Health {
        state: kind,
        detail,
        seen_ms: at_ms,
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
    turn.happen(Event::Paused { at_ms, reason });
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

fn step_ended(turn: &mut ShareTurn<'_>, step: Step, result: Result<Outcome, Failure>) {
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
