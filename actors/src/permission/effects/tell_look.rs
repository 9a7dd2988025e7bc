use datamesh_actor::{EffectCx, EffectError};
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::access::LookEnd;
use crate::mesh::{command_id, is_gone, unanswered};
use crate::world::World;

/// Tells a holder what was seen of what it holds. It carries the effect's id, so a repeat is dropped; a holder that is
/// not there needs not know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TellLook {
    /// What it is told.
    pub end: LookEnd,
}

impl TellLook {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let told = world
            .mesh
            .look_ended(self.end.clone(), &command_id(cx))
            .await;
        match told {
            Err(error) if !is_gone(&error) => Err(unanswered(error)),
            Ok(()) | Err(_) => Ok(Outcome::Told),
        }
    }
}
