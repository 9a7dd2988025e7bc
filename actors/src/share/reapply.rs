use datamesh_actor::{Ctx, Decision, Rejection};
use serde::{Deserialize, Serialize};

use super::event::Event;
use super::fulfilment::Phase;
use super::state::LookWish;
use super::{Share, State, looking, plan, verify};
use crate::turn::Turn;

/// Looks, and puts what is missing again; takes what was given by hand where that is asked. What cannot be put
/// leaves what works as it is. Where access could not be given, and is still agreed, it is tried from the
/// beginning. Refused with `NOT_GIVEN` otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reapply {
    /// Look only: the record's plan says what would be done.
    pub dry_run: bool,
    /// Also take what was given by hand.
    pub remove_extra: bool,
}

impl Reapply {
    pub(super) fn decide(self, state: &State, ctx: &mut Ctx) -> Result<Decision<Share>, Rejection> {
        let record = state.known(ctx.id())?;
        let live = state.agreement.terms(ctx.now_ms()).is_some();
        match record.fulfilment.state {
            Phase::Granted => {
                let mut turn = Turn::new(state, ctx);
                let wish = LookWish {
                    reapply: !self.dry_run,
                    remove_extra: self.remove_extra && !self.dry_run,
                };
                looking::wish(&mut turn, wish);
                plan::advance(&mut turn);
                Ok(turn.done())
            }
            Phase::Failed if live && !self.dry_run => {
                let mut turn = Turn::new(state, ctx);
                turn.happen(Event::FailureForgotten);
                plan::reconsider(&mut turn);
                plan::advance(&mut turn);
                Ok(turn.done())
            }
            other => Err(verify::not_given(other)),
        }
    }
}
