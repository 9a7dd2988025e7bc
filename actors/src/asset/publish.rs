use datamesh_actor::{Ctx, Decision, Rejection};
use serde::{Deserialize, Serialize};

use super::event::Event;
use super::publish_status::{PublishMove, PublishStatus};
use super::state::{Content, Work};
use super::{Asset, State, plan};
use crate::etag;
use crate::turn::Turn;

/// Publishes a draft, an unpublished asset, or one whose publication failed. One that is published or on its
/// way changes nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publish {
    /// The version that the publication is meant for; empty for no check.
    pub etag: String,
}

impl Publish {
    pub(super) fn decide(self, state: &State, ctx: &mut Ctx) -> Result<Decision<Asset>, Rejection> {
        let record = state.live(ctx.id())?;
        if record.publish_status == PublishStatus::Publishing {
            return Ok(Decision::none());
        }
        etag::check(&self.etag, record.version)?;
        super::at_rest(record)?;
        if record.publish_status.after(PublishMove::Publish).is_none() {
            return Ok(Decision::none());
        }
        let mut turn = Turn::new(state, ctx);
        let (at_ms, by) = (turn.now_ms(), turn.by());
        let work = Work {
            content: Content {
                name: record.asset_name.clone(),
                description: record.description.clone(),
                metadata: record.metadata.clone(),
            },
            by,
            check: true,
            revise: true,
            list: true,
            ..Work::default()
        };
        turn.happen(Event::PublicationRequested { at_ms, work });
        plan::advance(&mut turn);
        Ok(turn.done())
    }
}
