use datamesh_actor::{EffectCx, EffectError};
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::execution::Report;
use crate::mesh::{command_id, is_gone, unanswered};
use crate::promotion::{self, Follow};
use crate::world::World;

/// Tells the promotion how far its workflow is. Reports may overtake each other: each carries all there is,
/// and its number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TellPromotion {
    /// The promotion.
    pub promotion_id: String,
    /// What it is told.
    pub report: Report,
}

impl TellPromotion {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let follow = promotion::Command::Follow(Follow {
            report: self.report.clone(),
        });
        let mesh = &world.mesh;
        match mesh
            .promotion(&self.promotion_id, follow, &command_id(cx))
            .await
        {
            Ok(_) => Ok(Outcome::Told),
            Err(error) if is_gone(&error) => Ok(Outcome::Told),
            Err(error) => Err(unanswered(error)),
        }
    }
}
