use datamesh_actor::{EffectCx, EffectError};
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::domain_name::Command;
use crate::mesh::{command_id, unanswered};
use crate::world::World;

/// Gives the domain's name back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseName {
    /// The name.
    pub name: String,
    /// Who had it.
    pub domain_id: String,
}

impl ReleaseName {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let release = Command::Release {
            domain_id: self.domain_id.clone(),
        };
        let mesh = &world.mesh;
        mesh.domain_name(&self.name, release, &command_id(cx))
            .await
            .map_err(unanswered)?;
        Ok(Outcome::NameReleased)
    }
}
