use datamesh_actor::{Ctx, Decision, Rejection};
use serde::{Deserialize, Serialize};

use super::event::Event;
use super::{Asset, LISTING_TIMER, State, plan};
use crate::etag;
use crate::life::{Move, Status};
use crate::turn::Turn;

/// Ends an asset, whatever it is doing: its listing, its DataZone asset, its name. The Glue table and the
/// files stay. Asked again while it is under way it changes nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delete {
    /// The version that the deletion is meant for; empty for no check.
    pub etag: String,
}

impl Delete {
    pub(super) fn decide(self, state: &State, ctx: &mut Ctx) -> Result<Decision<Asset>, Rejection> {
        let record = state.live(ctx.id())?;
        if record.status == Status::Deleting {
            return Ok(Decision::none());
        }
        etag::check(&self.etag, record.version)?;
        if record.status.after(Move::Delete).is_none() {
            return Err(super::not_found(ctx.id()));
        }
        let mut turn = Turn::new(state, ctx);
        let (at_ms, by) = (turn.now_ms(), turn.by());
        turn.happen(Event::DeletionRequested { at_ms, by });
        turn.let_sleep(LISTING_TIMER);
        plan::advance(&mut turn);
        Ok(turn.done())
    }
}
