use datamesh_actor::{Ctx, Decision, Rejection};
use serde::{Deserialize, Serialize};

use super::event::Event;
use super::state::Ending;
use super::status::Status;
use super::{Promotion, State, plan};
use crate::reason;
use crate::turn::Turn;

/// Takes a promotion back that has not begun to deploy: its workflow is stopped and its approval closed.
/// Refused with `PROMOTION_DEPLOYING` once it is approved or has deployed something, for a stack must not be
/// left half-way: the promotion then ends by itself, and what it deployed can be rolled back after it.
/// Asked again, or after an end that is a cancellation, it changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancel {
    /// Who takes it back.
    pub by: String,
    /// Why; may be empty.
    pub reason: String,
}

impl Cancel {
    pub(super) fn decide(
        self,
        state: &State,
        ctx: &mut Ctx,
    ) -> Result<Decision<Promotion>, Rejection> {
        let record = state.known(ctx.id())?;
        match record.status {
            Status::Cancelled => return Ok(Decision::none()),
            Status::Pending if state.ending.is_some() => return Ok(Decision::none()),
            Status::Pending if record.deployment_ids.is_empty() => {}
            Status::Pending | Status::Approved => {
                return Err(Rejection::precondition(
                    "PROMOTION_DEPLOYING",
                    format!(
                        "the promotion {} deploys to {} and ends by itself: wait for its end, then roll \
                         its deployment back",
                        record.request_id, record.target_environment
                    ),
                ));
            }
            ended => {
                return Err(Rejection::precondition(
                    "PROMOTION_ENDED",
                    format!("the promotion {} is {}", record.request_id, ended.as_str()),
                ));
            }
        }
        let mut turn = Turn::new(state, ctx);
        let by = format!("cancelled by {}", self.by);
        let sentence = match self.reason.as_str() {
            "" => by,
            reason => format!("{by}: {reason}"),
        };
        turn.happen(Event::EndDecided {
            ending: Ending {
                status: Status::Cancelled,
                reason: reason::sentence("CANCELLED", &sentence),
                void: None,
            },
        });
        plan::advance(&mut turn);
        Ok(turn.done())
    }
}
