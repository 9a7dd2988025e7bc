use datamesh_actor::{EffectCx, EffectError};
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::domain_name::Command;
use crate::mesh::{command_id, unanswered};
use crate::world::World;

/// Claims the domain's name in the mesh. Refused with `NAME_TAKEN`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimName {
    /// The name.
    pub name: String,
    /// Who wants it.
    pub domain_id: String,
}

impl ClaimName {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let claim = Command::Claim {
            domain_id: self.domain_id.clone(),
        };
        let mesh = &world.mesh;
        mesh.domain_name(&self.name, claim, &command_id(cx))
            .await
            .map_err(unanswered)?;
        Ok(Outcome::NameClaimed)
    }
}
