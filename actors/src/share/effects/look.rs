use datamesh_actor::{EffectCx, EffectError};
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::access::LedgerId;
use crate::mesh::{command_id, unanswered};
use crate::share::post::Post;
use crate::world::World;

/// Asks a ledger to look at all that it holds for the share; it tells what it saw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// Which.
    pub post: Post,
    /// Its id.
    pub ledger: LedgerId,
    /// The share.
    pub holder: String,
    /// The number of the look.
    pub number: u64,
}

impl Look {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let mesh = &world.mesh;
        mesh.look(&self.ledger, &self.holder, self.number, &command_id(cx))
            .await
            .map_err(unanswered)?;
        Ok(Outcome::Told)
    }
}
