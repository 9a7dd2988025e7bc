use datamesh_actor::{Ctx, Decision, Rejection};
use serde::{Deserialize, Serialize};

use super::event::Event;
use super::{Environment, State};
use crate::turn::Turn;

/// A promotion need not be told any more. Nothing happens if it has no pin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unpin {
    /// Who promoted.
    pub promotion_id: String,
}

impl Unpin {
    pub(super) fn decide(
        self,
        state: &State,
        ctx: &mut Ctx,
    ) -> Result<Decision<Environment>, Rejection> {
        let record = state.record(ctx.id())?;
        if !record.pinned_by.contains(&self.promotion_id) {
            return Ok(Decision::none());
        }
        let mut turn = Turn::new(state, ctx);
        let at_ms = turn.now_ms();
        turn.happen(Event::Unpinned {
            at_ms,
            promotion_id: self.promotion_id,
        });
        Ok(turn.done())
    }
}
