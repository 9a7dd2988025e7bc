use datamesh_actor::{EffectCx, EffectError, Rank};
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::access::ShareOrder;
use crate::mesh::{command_id, unanswered};
use crate::world::World;

/// Tells the share what is wanted. It tells what became of it with
/// [`ShareEnded`](crate::subscription::ShareEnded).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderShare {
    /// The share.
    pub share_id: String,
    /// What is wanted.
    pub order: ShareOrder,
}

impl OrderShare {
    pub(super) fn rank(&self) -> Rank {
        match self.order {
            ShareOrder::Take(_) => Rank::Revoke,
            ShareOrder::Give(_) => Rank::Normal,
        }
    }

    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let mesh = &world.mesh;
        mesh.order_share(&self.share_id, self.order.clone(), &command_id(cx))
            .await
            .map_err(unanswered)?;
        Ok(Outcome::OrderTaken)
    }
}
