use datamesh_actor::{EffectCx, EffectError};
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::access::ShareEnd;
use crate::mesh::{command_id, unanswered};
use crate::world::World;

/// Tells the subscription what became of its order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TellSubscription {
    /// What.
    pub end: ShareEnd,
}

impl TellSubscription {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let mesh = &world.mesh;
        mesh.share_ended(self.end.clone(), &command_id(cx))
            .await
            .map_err(unanswered)?;
        Ok(Outcome::Told)
    }
}
