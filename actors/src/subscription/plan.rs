//! What a subscription does next: read from what is so. Three lanes go on beside each other: the share is told
//! what is agreed at this moment, the owners are asked what is open, DataZone is told what is so. None waits for
//! another, so that a DataZone that refuses, or an approval that cannot be closed, holds up no revoke.

use datamesh_actor::{Failure, derive_id};

use super::effects::{
    CloseApproval, DataZoneCall, OpenApproval, OrderShare, Outcome, SubscriptionEffect,
};
use super::event::Event;
use super::fulfilment::Fulfilment;
use super::record::DataZoneStatus;
use super::state::{Lane, Order, State, Want, ZoneRetry, ZoneStep};
use super::{Subscription, TERMS_TIMER, events, history, token};
use crate::access::{Give, Permission, ShareOrder, Take};
use crate::agreement::{self, AgreementStatus, Kind, Verdict, Window};
use crate::backoff::pause_ms;
use crate::person::Person;
use crate::reason;
use crate::turn::Turn;

type SubscriptionTurn<'c> = Turn<'c, Subscription>;

/// The first pause after a refusal of the share or of DataZone.
const FIRST_PAUSE_MS: i64 = 60_000;
/// The longest.
const LONGEST_PAUSE_MS: i64 = 3_600_000;
/// The first pause before DataZone is asked again whether another's place is free.
const FIRST_LOOK_MS: i64 = 5_000;
/// The longest.
const LONGEST_LOOK_MS: i64 = 600_000;
/// DataZone is told one thing so often; then not before there is something else to tell.
pub(super) const ZONE_TRIES: u32 = 12;
/// The same of a request. It is one more, for an older version gave a request up after twelve refusals also where
/// another had the place: what it gave up is asked once more when something happens to the subscription.
pub(super) const REQUEST_TRIES: u32 = ZONE_TRIES + 1;

/// The approval of a request. It is the same at every try.
pub(super) fn approval_id(subscription_id: &str, number: u32) -> String {
    derive_id(
        "apr-",
        &["subscription", subscription_id, &number.to_string()],
    )
}

/// A token for a new approval.
pub(super) fn new_token(turn: &mut SubscriptionTurn<'_>) -> String {
    let secret = format!("{:016x}{:016x}", turn.ctx.random(), turn.ctx.random());
    token::of(turn.ctx.id(), &secret)
}

/// Whether access is there.
pub(super) fn is_granted(turn: &SubscriptionTurn<'_>) -> bool {
    let record = turn.state.record.as_ref();
    record.is_some_and(|record| record.fulfilment == Fulfilment::Granted)
}

/// The open request is decided.
pub(super) fn decided(
    turn: &mut SubscriptionTurn<'_>,
    number: u32,
    decision: agreement::Decision,
    told: bool,
) {
    let open = turn.state.agreement().open();
    let Some(request) = open.filter(|open| open.number == number).cloned() else {
        return;
    };
    turn.happen(Event::Decided {
        number,
        decision: Box::new(decision.clone()),
        told,
    });
    history::decided(turn, &decision);
    events::decided(turn, &request, &decision);
}

/// Access, or a change of it, could not be given.
pub(super) fn give_failed(turn: &mut SubscriptionTurn<'_>, reason: String) {
    let at_ms = turn.now_ms();
    turn.happen(Event::GiveFailed {
        at_ms,
        reason: reason.clone(),
    });
    history::noted(turn, "GRANT_FAILED", &reason);
    events::failed(turn);
}

/// Lets what time brings happen: the end of what is given, and of what was asked and cannot be given any more.
pub(super) fn pass_time(turn: &mut SubscriptionTurn<'_>) {
    let now_ms = turn.now_ms();
    let agreement = turn.state.agreement();
    let expired = agreement.status(now_ms) == AgreementStatus::Expired;
    let late = agreement.open().and_then(|open| match open.kind {
        Kind::Renew if expired => Some((
            open.number,
            Verdict::Cancelled,
            reason::sentence("ENDED_FIRST", "access ended before the renewal was decided"),
        )),
        Kind::Grant if open.window.until_ms.is_some_and(|end| end <= now_ms) => Some((
            open.number,
            Verdict::Denied,
            reason::sentence("WINDOW_OVER", "its time was over before it was decided"),
        )),
        Kind::Grant | Kind::Renew | Kind::Revoke => None,
    });
    if expired && !turn.state.expired {
        turn.happen(Event::Expired { at_ms: now_ms });
        history::noted(turn, "EXPIRED", "");
        events::over_without_access(turn);
    }
    if let Some((number, verdict, reason)) = late {
        let decision = agreement::Decision {
            verdict,
            by: Person::default(),
            at_ms: now_ms,
            reason,
            ..agreement::Decision::default()
        };
        decided(turn, number, decision, false);
    }
}

/// Takes the next step in every lane that is free, and sets the timer.
pub(super) fn advance(turn: &mut SubscriptionTurn<'_>) {
    if turn.state.record.is_none() {
        return;
    }
    pass_time(turn);
    tell_share(turn);
    ask_owners(turn);
    tell_data_zone(turn);
    match due_ms(&turn.state, turn.now_ms()) {
        Some(due_ms) => turn.wake(TERMS_TIMER, due_ms),
        None => turn.let_sleep(TERMS_TIMER),
    }
}

/// The next moment at which something is to be done without anybody saying so.
fn due_ms(state: &State, now_ms: i64) -> Option<i64> {
    let agreement = state.agreement();
    let asked = agreement.open().filter(|open| open.kind == Kind::Grant);
    let free = |lane| !state.busy.contains(&lane);
    let take = state.take_again.filter(|_| free(Lane::Share));
    // What DataZone need not be told any more is not told again.
    let zone = state
        .zone_again
        .filter(|again| free(Lane::DataZone) && zone_step(state) == Some(again.step));
    [
        agreement.changes_ms(now_ms),
        asked.and_then(|open| open.window.until_ms),
        take.map(|again| again.due_ms),
        zone.and_then(|again| again.due_ms),
    ]
    .into_iter()
    .flatten()
    .min()
}

/// What the share is to bring about now; `None` while it need not know of us.
fn wanted(state: &State, now_ms: i64) -> Option<Want> {
    match state.agreement().terms(now_ms) {
        Some(terms) => Some(Want::Give {
            request: terms.request.number,
            scope: terms.decision.scope.clone(),
            window: Window {
                until_ms: terms.until_ms,
                ..terms.decision.window
            },
        }),
        None => state.order.as_ref().map(|_| Want::Take),
    }
}

fn tell_share(turn: &mut SubscriptionTurn<'_>) {
    let at_ms = turn.now_ms();
    if turn.state.busy.contains(&Lane::Share) {
        return;
    }
    let Some(want) = wanted(&turn.state, at_ms) else {
        return;
    };
    let known = turn.state.order.as_ref();
    if known.is_some_and(|order| order.want == want) {
        let due = turn.state.take_again;
        if due.is_none_or(|again| again.due_ms > at_ms) {
            return;
        }
    }
    let number = known.map_or(0, |order| order.number) + 1;
    let order = Order {
        number,
        want,
        end: None,
    };
    let Some(effect) = order_share(&turn.state, &order) else {
        return;
    };
    turn.happen(Event::Ordered {
        at_ms,
        order: Box::new(order),
    });
    turn.ask(SubscriptionEffect::OrderShare(Box::new(effect)));
}

fn order_share(state: &State, order: &Order) -> Option<OrderShare> {
    let record = state.record.as_ref()?;
    let subscription_id = record.subscription_id.clone();
    let share_order = match &order.want {
        Want::Give {
            request,
            scope,
            window,
        } => {
            let mut requests = record.agreement.requests.iter();
            let request = requests.find(|known| known.number == *request)?;
            let approved_by = request.decision.as_ref().map(|decision| &decision.by);
            ShareOrder::Give(Box::new(Give {
                subscription_id,
                number: order.number,
                asset_id: record.asset_id.clone(),
                consumer: record.consumer.clone(),
                principal: record.principal.clone(),
                permissions: [Permission::Select, Permission::Describe].into(),
                scope: scope.clone(),
                window: *window,
                requested_by: request.by.name().to_owned(),
                approved_by: approved_by.map(Person::name).unwrap_or_default().to_owned(),
                reason: request.reason.clone(),
            }))
        }
        Want::Take => {
            let revoke = record.agreement.revoked();
            ShareOrder::Take(Take {
                subscription_id,
                number: order.number,
                by: revoke.map(|r| r.by.name().to_owned()).unwrap_or_default(),
                reason: revoke.map_or_else(
                    || "its time is over".to_owned(),
                    |request| request.reason.clone(),
                ),
            })
        }
    };
    Some(OrderShare {
        share_id: record.share_id.clone(),
        order: share_order,
    })
}

fn ask_owners(turn: &mut SubscriptionTurn<'_>) {
    if turn.state.busy.contains(&Lane::Approval) {
        return;
    }
    if let Some((approval_id, reason)) = turn.state.closing.first_key_value() {
        let close = CloseApproval {
            approval_id: approval_id.clone(),
            reason: reason.clone(),
        };
        turn.happen(Event::ApprovalClosing);
        turn.ask(SubscriptionEffect::CloseApproval(close));
        return;
    }
    if let Some(open) = OpenApproval::of(&turn.state) {
        turn.happen(Event::ApprovalAsked);
        turn.ask(SubscriptionEffect::OpenApproval(Box::new(open)));
    }
}

/// What DataZone is to be told next.
fn zone_step(state: &State) -> Option<ZoneStep> {
    let record = state.record.as_ref()?;
    let over = record.status.is_over();
    let gone = !matches!(
        record.fulfilment,
        Fulfilment::Granting | Fulfilment::Granted | Fulfilment::Revoking
    );
    match record.data_zone.status {
        DataZoneStatus::None | DataZoneStatus::Covered if !over => Some(ZoneStep::Request),
        // Where it is there by now, it is taken back after.
        DataZoneStatus::Covered if state.may_come() => Some(ZoneStep::Request),
        DataZoneStatus::Requested if over => Some(ZoneStep::Reject),
        DataZoneStatus::Requested if record.status == AgreementStatus::Approved => {
            Some(ZoneStep::Accept)
        }
        DataZoneStatus::Approved | DataZoneStatus::Granted if over && gone => {
            match record.data_zone.grant_id {
                Some(_) => Some(ZoneStep::Ungrant),
                None => Some(ZoneStep::Revoke),
            }
        }
        DataZoneStatus::Approved if record.fulfilment == Fulfilment::Granted => {
            Some(ZoneStep::Grant)
        }
        DataZoneStatus::None
        | DataZoneStatus::Covered
        | DataZoneStatus::Requested
        | DataZoneStatus::Approved
        | DataZoneStatus::Granted
        | DataZoneStatus::Rejected
        | DataZoneStatus::Revoked => None,
    }
}

/// How often DataZone is told this.
fn tries(step: ZoneStep) -> u32 {
    match step {
        ZoneStep::Request => REQUEST_TRIES,
        ZoneStep::Accept
        | ZoneStep::Reject
        | ZoneStep::Grant
        | ZoneStep::Ungrant
        | ZoneStep::Revoke => ZONE_TRIES,
    }
}

fn tell_data_zone(turn: &mut SubscriptionTurn<'_>) {
    if turn.state.busy.contains(&Lane::DataZone) {
        return;
    }
    let Some(step) = zone_step(&turn.state) else {
        return;
    };
    let again = turn.state.zone_again.filter(|again| again.step == step);
    let now_ms = turn.now_ms();
    if again.is_some_and(|again| match again.due_ms {
        Some(due_ms) => due_ms > now_ms,
        None => again.refused >= tries(step),
    }) {
        return;
    }
    if let Some(call) = DataZoneCall::of(step, &turn.state) {
        turn.happen(Event::ZoneStepTaken { step });
        turn.ask(SubscriptionEffect::DataZone(Box::new(call)));
    }
}

/// Takes in the end of an effect.
pub(super) fn settle(
    turn: &mut SubscriptionTurn<'_>,
    effect: &SubscriptionEffect,
    result: Result<Outcome, Failure>,
) {
    match effect {
        SubscriptionEffect::PutEvent(_) | SubscriptionEffect::Publish(_) => return,
        SubscriptionEffect::OpenApproval(open) => opened(turn, open, result),
        // An approval that is not there needs no closing.
        SubscriptionEffect::CloseApproval(close) => turn.happen(Event::ApprovalClosed {
            approval_id: close.approval_id.clone(),
        }),
        SubscriptionEffect::OrderShare(ordered) => told(turn, ordered, result),
        SubscriptionEffect::DataZone(call) => data_zone_answered(turn, call, result),
    }
    advance(turn);
}

fn opened(turn: &mut SubscriptionTurn<'_>, open: &OpenApproval, result: Result<Outcome, Failure>) {
    let at_ms = turn.now_ms();
    turn.happen(Event::ApprovalOpened {
        at_ms,
        approval_id: open.approval_id.clone(),
    });
    if let Err(failure) = result {
        let sentence = format!("the owners cannot be asked: {}", failure.message);
        let decision = agreement::Decision {
            verdict: Verdict::Denied,
            at_ms,
            reason: reason::sentence(&failure.code, &sentence),
            ..agreement::Decision::default()
        };
        decided(turn, open.number, decision, false);
    }
}

fn told(turn: &mut SubscriptionTurn<'_>, ordered: &OrderShare, result: Result<Outcome, Failure>) {
    let at_ms = turn.now_ms();
    let failure = match result {
        Ok(_) => {
            turn.happen(Event::OrderTaken);
            return;
        }
        Err(failure) => failure,
    };
    let waits = turn.state.order.as_ref().is_some_and(|o| o.end.is_none());
    match &ordered.order {
        ShareOrder::Give(_) => {
            turn.happen(Event::OrderTaken);
            if waits {
                give_failed(turn, reason::of(&failure));
            }
        }
        ShareOrder::Take(_) if !waits => turn.happen(Event::OrderTaken),
        ShareOrder::Take(_) => {
            let refused = turn.state.take_again.map_or(0, |again| again.refused);
            let pause_ms = pause_ms(refused, FIRST_PAUSE_MS, LONGEST_PAUSE_MS);
            turn.happen(Event::TakeRefused {
                at_ms,
                reason: reason::of(&failure),
                due_ms: at_ms.saturating_add(pause_ms),
            });
        }
    }
}

fn data_zone_answered(
    turn: &mut SubscriptionTurn<'_>,
    call: &DataZoneCall,
    result: Result<Outcome, Failure>,
) {
    let at_ms = turn.now_ms();
    let (step, again) = (call.step(), turn.state.zone_again);
    match result {
        Ok(Outcome::InDataZone(fact)) => turn.happen(Event::ZoneStepDone { at_ms, fact }),
        Ok(Outcome::CoveredInDataZone { holder, may_come }) => {
            let looks = ZoneRetry::count(again, step, true);
            let pause_ms = pause_ms(looks, FIRST_LOOK_MS, LONGEST_LOOK_MS);
            let sentence =
                format!("DataZone has {holder} of the same subscriber, and takes one only");
            turn.happen(Event::ZoneCovered {
                at_ms,
                reason: reason::sentence("COVERED", &sentence),
                due_ms: at_ms.saturating_add(pause_ms),
                may_come,
            });
        }
        Ok(_) => {}
        Err(failure) => {
            let refused = ZoneRetry::count(again, step, false);
            let pause_ms = pause_ms(refused, FIRST_PAUSE_MS, LONGEST_PAUSE_MS);
            turn.happen(Event::ZoneStepFailed {
                at_ms,
                step,
                reason: reason::of(&failure),
                due_ms: (refused + 1 < tries(step)).then(|| at_ms.saturating_add(pause_ms)),
            });
        }
    }
}
