use datamesh_actor::{EffectCx, EffectError};
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::domain;
use crate::mesh::{command_id, is_gone, unanswered};
use crate::world::World;

/// Gives a name back to the domain. A domain that is gone has no names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseName {
    /// The domain.
    pub domain_id: String,
    /// Who had it.
    pub project_id: String,
    /// The name.
    pub name: String,
}

impl ReleaseName {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let release = domain::Command::ReleaseName(domain::ReleaseName {
            project_id: self.project_id.clone(),
            name: self.name.clone(),
        });
        let mesh = &world.mesh;
        match mesh.domain(&self.domain_id, release, &command_id(cx)).await {
            Err(error) if !is_gone(&error) => Err(unanswered(error)),
            Ok(_) | Err(_) => Ok(Outcome::NameReleased {
                name: self.name.clone(),
            }),
        }
    }
}
