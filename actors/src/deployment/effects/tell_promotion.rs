use datamesh_actor::{EffectCx, EffectError};
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::mesh::{command_id, is_gone, unanswered};
use crate::world::World;

/// Tells a promotion that the environment it promotes from runs something else now. One that is gone need
/// not know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TellPromotion {
    /// Which promotion.
    pub promotion_id: String,
    /// The digest of what is deployed now; empty if nothing is.
    pub digest: String,
}

impl TellPromotion {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let told = world
            .mesh
            .promotion_source_changed(&self.promotion_id, &self.digest, &command_id(cx))
            .await;
        match told {
            Ok(()) => Ok(Outcome::PromotionTold),
            Err(error) if is_gone(&error) => Ok(Outcome::PromotionTold),
            Err(error) => Err(unanswered(error)),
        }
    }
}
