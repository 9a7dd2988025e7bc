use datamesh_actor::{Ctx, Decision, Rejection};
use serde::{Deserialize, Serialize};

use super::event::Event;
use super::{Environment, State, check_promotion_id};
use crate::turn::Turn;

/// A promotion promotes what is deployed here: the reply's [`super::EnvironmentRecord::deployed`]. Until
/// [`super::Unpin`] it is told when something else is deployed. Refused with `NOTHING_DEPLOYED`, and with
/// `DEPLOYMENT_RUNNING` while a deployment is under way; repeatable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pin {
    /// Who promotes.
    pub promotion_id: String,
}

impl Pin {
    pub(super) fn decide(
        self,
        state: &State,
        ctx: &mut Ctx,
    ) -> Result<Decision<Environment>, Rejection> {
        check_promotion_id(&self.promotion_id)?;
        let record = state.record(ctx.id())?;
        if record.pinned_by.contains(&self.promotion_id) {
            return Ok(Decision::none());
        }
        state.refuse_while_running()?;
        state.refuse_if_empty(&record)?;
        let mut turn = Turn::new(state, ctx);
        let at_ms = turn.now_ms();
        turn.happen(Event::Pinned {
            at_ms,
            promotion_id: self.promotion_id,
        });
        Ok(turn.done())
    }
}
