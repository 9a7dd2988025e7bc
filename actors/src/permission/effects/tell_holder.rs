use datamesh_actor::{EffectCx, EffectError};
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::access::HoldEnd;
use crate::mesh::{command_id, is_gone, unanswered};
use crate::world::World;

/// Tells a holder what became of its hold. It carries the effect's id, so a repeat is dropped; a holder that is
/// not there needs not know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TellHolder {
    /// What it is told.
    pub end: HoldEnd,
}

impl TellHolder {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let told = world
            .mesh
            .hold_ended(self.end.clone(), &command_id(cx))
            .await;
        match told {
            Err(error) if !is_gone(&error) => Err(unanswered(error)),
            Ok(()) | Err(_) => Ok(Outcome::Told),
        }
    }
}
