use datamesh_actor::{Ctx, Decision, Rejection};
use serde::{Deserialize, Serialize};

use super::fulfilment::Phase;
use super::state::LookWish;
use super::{Share, State, looking, plan};
use crate::turn::Turn;

/// Looks now whether all is as it should be. Where something may be left that could not be taken, it is tried
/// again now. Refused with `NOT_GIVEN` where there is nothing to look at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verify {}

impl Verify {
    pub(super) fn decide(self, state: &State, ctx: &mut Ctx) -> Result<Decision<Share>, Rejection> {
        let record = state.known(ctx.id())?;
        match record.fulfilment.state {
            Phase::Granted => {
                let mut turn = Turn::new(state, ctx);
                looking::wish(&mut turn, LookWish::default());
                plan::advance(&mut turn);
                Ok(turn.done())
            }
            Phase::Unreachable => {
                let mut turn = Turn::new(state, ctx);
                plan::take_again(&mut turn, true);
                plan::advance(&mut turn);
                Ok(turn.done())
            }
            other => Err(not_given(other)),
        }
    }
}

/// What is not given cannot be looked at.
pub(super) fn not_given(phase: Phase) -> Rejection {
    Rejection::precondition(
        "NOT_GIVEN",
        format!(
            "its fulfilment is {}: only what is GRANTED can be looked at and applied again",
            phase.as_str()
        ),
    )
}
