use datamesh_actor::{EffectCx, EffectError};
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::mesh::{command_id, is_gone, unanswered};
use crate::project;
use crate::world::World;

/// Gives a name back to the project. A project that is gone has no names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detach {
    /// The project.
    pub project_id: String,
    /// Who had it.
    pub asset_id: String,
    /// The name.
    pub name: String,
}

impl Detach {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let detach = project::Command::DetachAsset(project::DetachAsset {
            asset_id: self.asset_id.clone(),
            name: self.name.clone(),
        });
        let mesh = &world.mesh;
        match mesh
            .project(&self.project_id, detach, &command_id(cx))
            .await
        {
            Err(error) if !is_gone(&error) => Err(unanswered(error)),
            Ok(_) | Err(_) => Ok(Outcome::Detached {
                name: self.name.clone(),
            }),
        }
    }
}
