use datamesh_actor::{Ctx, Decision, Rejection};

use super::event::Event;
use super::fulfilment::Phase;
use super::post::HeldEnd;
use super::{Share, State, plan};
use crate::access::{HoldEnd, HoldResult};
use crate::turn::Turn;

/// A ledger tells what became of a hold. What it tells of an older one is nothing. After `Unreachable` it may
/// tell `Released` of the same one: it tried on.
pub(super) fn decide(
    told: HoldEnd,
    state: &State,
    ctx: &mut Ctx,
) -> Result<Decision<Share>, Rejection> {
    state.known(ctx.id())?;
    let post = state
        .posts
        .iter()
        .find(|(_, held)| held.ledger == told.ledger && held.number == told.generation);
    let Some((post, held)) = post else {
        return Ok(Decision::none());
    };
    let post = *post;
    let (end, removed, kept, rereads) = match told.result {
        HoldResult::Held { rereads } => (HeldEnd::Settled, Vec::new(), Vec::new(), rereads),
        HoldResult::Released {
            removed,
            kept,
            rereads,
        } => (HeldEnd::Settled, removed, kept, rereads),
        HoldResult::Refused { code, message, .. } => (
            HeldEnd::Refused { code, message },
            Vec::new(),
            Vec::new(),
            Vec::new(),
        ),
        HoldResult::Unreachable {
            code,
            message,
            remains,
        } => (
            HeldEnd::Unreachable {
                code,
                message,
                remains,
            },
            Vec::new(),
            Vec::new(),
            Vec::new(),
        ),
    };
    let known = held.end.as_ref() == Some(&end);
    let settled = held.end == Some(HeldEnd::Settled);
    if known || settled {
        return Ok(Decision::none());
    }
    let mut turn = Turn::new(state, ctx);
    let at_ms = turn.now_ms();
    let came_later = state.phase() == Phase::Unreachable && end == HeldEnd::Settled;
    turn.happen(Event::HoldEnded {
        at_ms,
        post,
        end,
        removed,
        kept,
        rereads,
    });
    if came_later {
        plan::take_again(&mut turn, false);
    }
    plan::advance(&mut turn);
    Ok(turn.done())
}
