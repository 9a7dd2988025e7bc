use datamesh_actor::EffectCx;
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::access::{LedgerId, Thing};
use crate::lakeformation;
use crate::world::World;

/// Takes things away. A repeat finds them gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remove {
    /// Their numbers.
    pub numbers: Vec<u32>,
    /// What they are, in the same order: what stands on others first.
    pub things: Vec<Thing>,
}

impl Remove {
    pub(super) async fn run(&self, world: &World, ledger: &LedgerId, cx: &EffectCx) -> Outcome {
        Outcome::Answered(lakeformation::remove(world, ledger, &self.things, cx).await)
    }
}
