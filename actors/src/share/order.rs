//! What a subscription orders: it decided already. An order that is older than the newest is nothing; the
//! newest, sent again, is answered again.

use datamesh_actor::{Ctx, Decision, Rejection, RejectionKind};

use super::create::{begin, or_both};
use super::event::Event;
use super::record::ShareRecord;
use super::request::{self, Ask, ShareTurn};
use super::{Share, State, plan};
use crate::access::{Give, Take};
use crate::agreement::{Kind, Scope, Window};
use crate::person::Person;
use crate::turn::Turn;

/// Access as the subscription agreed it, or a change of it.
pub(super) fn give(give: Give, state: &State, ctx: &mut Ctx) -> Result<Decision<Share>, Rejection> {
    of_subscription(state, &give.subscription_id)?;
    if state.agreement.revoked().is_some() {
        return Err(Rejection::precondition(
            "ENDED",
            format!("the share {} was revoked: it gives nothing more", ctx.id()),
        ));
    }
    if state.record.is_some() && give.number <= state.ordered {
        return Ok(again(give.number, state, ctx));
    }
    let mut turn: ShareTurn<'_> = Turn::new(state, ctx);
    if turn.state.record.is_none() {
        begin(
            &mut turn,
            ShareRecord {
                asset_id: give.asset_id,
                target: give.consumer,
                principal: give.principal,
                permissions: or_both(give.permissions),
                subscription_id: give.subscription_id,
                created_by: give.requested_by.clone(),
                ..ShareRecord::default()
            },
        );
    }
    turn.happen(Event::Ordered {
        number: give.number,
    });
    let now_ms = turn.now_ms();
    let live = turn.state.agreement.terms(now_ms).is_some();
    request::ask(
        &mut turn,
        Ask {
            kind: if live { Kind::Renew } else { Kind::Grant },
            reason: give.reason,
            scope: give.scope,
            window: give.window,
            by: named(&give.requested_by),
            decided_by: Some(named(&give.approved_by)),
        },
    );
    plan::advance(&mut turn);
    Ok(turn.done())
}

/// The end of the subscription, or of its time.
pub(super) fn take(
    take: &Take,
    state: &State,
    ctx: &mut Ctx,
) -> Result<Decision<Share>, Rejection> {
    of_subscription(state, &take.subscription_id)?;
    state.known(ctx.id())?;
    let over = state.agreement.revoked().is_some()
        || (take.number == 0 && state.agreement.terms(ctx.now_ms()).is_none());
    if over || (take.number > 0 && take.number < state.ordered) {
        return Ok(again(take.number, state, ctx));
    }
    let mut turn = Turn::new(state, ctx);
    turn.happen(Event::Ordered {
        number: take.number,
    });
    request::ask(
        &mut turn,
        Ask {
            kind: Kind::Revoke,
            reason: take.reason.clone(),
            scope: Scope::default(),
            window: Window::default(),
            by: named(&take.by),
            decided_by: Some(named(&take.by)),
        },
    );
    plan::advance(&mut turn);
    Ok(turn.done())
}

/// The end of an order is owed again: now, if it has come.
fn again(number: u64, state: &State, ctx: &mut Ctx) -> Decision<Share> {
    let mut turn = Turn::new(state, ctx);
    if number == 0 || number == state.ordered || state.agreement.revoked().is_some() {
        turn.happen(Event::Ordered { number });
        plan::advance(&mut turn);
        plan::tell_if_settled(&mut turn);
    }
    turn.done()
}

fn of_subscription(state: &State, subscription_id: &str) -> Result<(), Rejection> {
    match &state.record {
        Some(record) if record.subscription_id != subscription_id => Err(Rejection::new(
            RejectionKind::AlreadyExists,
            "SHARE_EXISTS",
            format!(
                "the share {} is not of the subscription {subscription_id}",
                record.share_id
            ),
        )),
        Some(_) | None => Ok(()),
    }
}

fn named(name: &str) -> Person {
    Person {
        user: name.to_owned(),
        ..Person::default()
    }
}
