use datamesh_actor::{Ctx, Decision, Rejection};
use serde::{Deserialize, Serialize};

use super::event::Event;
use super::publish_status::PublishStatus;
use super::{Asset, State, plan};
use crate::etag;
use crate::turn::Turn;

/// Takes a published asset out of the catalogue. One that is out or on its way out changes nothing; refused
/// with `NOT_PUBLISHED` if it never was in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unpublish {
    /// The version that this is meant for; empty for no check.
    pub etag: String,
}

impl Unpublish {
    pub(super) fn decide(self, state: &State, ctx: &mut Ctx) -> Result<Decision<Asset>, Rejection> {
        let record = state.live(ctx.id())?;
        if record.publish_status == PublishStatus::Unpublishing {
            return Ok(Decision::none());
        }
        etag::check(&self.etag, record.version)?;
        super::at_rest(record)?;
        if record.publish_status == PublishStatus::Unpublished {
            return Ok(Decision::none());
        }
        if record.listing_id.is_none() || state.delisted {
            return Err(Rejection::precondition(
                "NOT_PUBLISHED",
                format!(
                    "the asset is {}: there is nothing to take out of the catalogue",
                    record.publish_status.as_str()
                ),
            ));
        }
        let mut turn = Turn::new(state, ctx);
        let (at_ms, by) = (turn.now_ms(), turn.by());
        turn.happen(Event::UnpublicationRequested { at_ms, by });
        plan::advance(&mut turn);
        Ok(turn.done())
    }
}
