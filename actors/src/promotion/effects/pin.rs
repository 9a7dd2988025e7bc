use datamesh_actor::{EffectCx, EffectError};
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::aws_error;
use crate::deployment::{self, environment_id};
use crate::mesh::{command_id, unanswered};
use crate::world::World;

/// Learns what runs in the source, and asks to be told when that changes. Refused with `NOTHING_DEPLOYED`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pin {
    /// The project.
    pub project_id: String,
    /// The environment.
    pub environment: String,
    /// Who asks.
    pub promotion_id: String,
}

impl Pin {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let environment = environment_id(&self.project_id, &self.environment);
        let command = deployment::Command::Pin(deployment::Pin {
            promotion_id: self.promotion_id.clone(),
        });
        let mesh = &world.mesh;
        let record = mesh
            .environment(&environment, command, &command_id(cx))
            .await
            .map_err(unanswered)?;
        let deployed = record.deployed.ok_or_else(|| {
            aws_error::terminal(
                "NOTHING_DEPLOYED",
                format!("nothing is deployed in {}", self.environment),
            )
        })?;
        Ok(Outcome::Pinned { deployed })
    }
}
