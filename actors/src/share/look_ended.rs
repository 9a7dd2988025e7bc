use datamesh_actor::{Ctx, Decision, Rejection};

use super::event::Event;
use super::{Share, State, plan};
use crate::access::LookEnd;
use crate::turn::Turn;

/// A ledger tells what it saw of what is held. What it tells of an older look is nothing.
pub(super) fn decide(
    told: LookEnd,
    state: &State,
    ctx: &mut Ctx,
) -> Result<Decision<Share>, Rejection> {
    state.known(ctx.id())?;
    let awaited = state.look.iter().find_map(|looking| {
        let mut awaited = looking.awaited.iter().copied();
        awaited.find(|post| {
            looking.number == told.number
                && state
                    .posts
                    .get(post)
                    .is_some_and(|held| held.ledger == told.ledger)
        })
    });
    let Some(post) = awaited else {
        return Ok(Decision::none());
    };
    let mut turn = Turn::new(state, ctx);
    turn.happen(Event::LookAnswered {
        post,
        look: told.look,
    });
    plan::advance(&mut turn);
    Ok(turn.done())
}
