use datamesh_actor::{Ctx, Decision, Rejection};
use serde::{Deserialize, Serialize};

use super::event::Event;
use super::{Environment, State, check_promotion_id};
use crate::turn::Turn;

/// A promotion takes the environment for itself: until [`super::Release`] only its deployments are taken.
/// Refused with `PROMOTION_RUNNING` while another promotion holds it, and with `DEPLOYMENT_RUNNING` while
/// a deployment is under way; repeatable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Who holds.
    pub promotion_id: String,
}

impl Hold {
    pub(super) fn decide(
        self,
        state: &State,
        ctx: &mut Ctx,
    ) -> Result<Decision<Environment>, Rejection> {
        check_promotion_id(&self.promotion_id)?;
        let record = state.record(ctx.id())?;
        match &record.held_by {
            Some(holder) if *holder == self.promotion_id => return Ok(Decision::none()),
            Some(holder) => {
                return Err(Rejection::precondition(
                    "PROMOTION_RUNNING",
                    format!(
                        "the promotion {holder} to {} is under way: wait for its end, or cancel it",
                        record.environment
                    ),
                ));
            }
            None => {}
        }
        state.refuse_while_running()?;
        let mut turn = Turn::new(state, ctx);
        let at_ms = turn.now_ms();
        turn.happen(Event::Held {
            environment_id: record.environment_id,
            at_ms,
            promotion_id: self.promotion_id,
        });
        Ok(turn.done())
    }
}
