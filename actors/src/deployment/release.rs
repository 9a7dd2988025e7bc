use datamesh_actor::{Ctx, Decision, Rejection};
use serde::{Deserialize, Serialize};

use super::event::Event;
use super::{Environment, State};
use crate::turn::Turn;

/// A promotion lets go of the environment. Nothing happens if it does not hold it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// Who held.
    pub promotion_id: String,
}

impl Release {
    pub(super) fn decide(
        self,
        state: &State,
        ctx: &mut Ctx,
    ) -> Result<Decision<Environment>, Rejection> {
        let record = state.record(ctx.id())?;
        if record.held_by.as_deref() != Some(self.promotion_id.as_str()) {
            return Ok(Decision::none());
        }
        let mut turn = Turn::new(state, ctx);
        let at_ms = turn.now_ms();
        turn.happen(Event::Released { at_ms });
        Ok(turn.done())
    }
}
