use datamesh_actor::{EffectCx, EffectError};
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::deployment::{self, environment_id};
use crate::mesh::{command_id, unanswered};
use crate::world::World;

/// Lets go of the target. Nothing happens if the promotion does not hold it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// The project.
    pub project_id: String,
    /// The environment.
    pub environment: String,
    /// Who asks.
    pub promotion_id: String,
}

impl Release {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let environment = environment_id(&self.project_id, &self.environment);
        let command = deployment::Command::Release(deployment::Release {
            promotion_id: self.promotion_id.clone(),
        });
        let mesh = &world.mesh;
        mesh.environment(&environment, command, &command_id(cx))
            .await
            .map_err(unanswered)?;
        Ok(Outcome::Released)
    }
}
