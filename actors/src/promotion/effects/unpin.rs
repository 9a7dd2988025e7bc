use datamesh_actor::{EffectCx, EffectError};
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::deployment::{self, environment_id};
use crate::mesh::{command_id, unanswered};
use crate::world::World;

/// Lets go of the source. Nothing happens if the promotion has no pin there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unpin {
    /// The project.
    pub project_id: String,
    /// The environment.
    pub environment: String,
    /// Who asks.
    pub promotion_id: String,
}

impl Unpin {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let environment = environment_id(&self.project_id, &self.environment);
        let command = deployment::Command::Unpin(deployment::Unpin {
            promotion_id: self.promotion_id.clone(),
        });
        let mesh = &world.mesh;
        mesh.environment(&environment, command, &command_id(cx))
            .await
            .map_err(unanswered)?;
        Ok(Outcome::Unpinned)
    }
}
