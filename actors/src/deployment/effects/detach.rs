use datamesh_actor::{EffectCx, EffectError};
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::mesh::{command_id, is_gone, unanswered};
use crate::project;
use crate::world::World;

/// Tells the project that nothing is deployed in this environment any more. A project that is gone knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detach {
    /// The project.
    pub project_id: String,
    /// `dev`, `staging` or `prod`.
    pub environment: String,
}

impl Detach {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let detach = project::Command::DetachEnvironment(project::DetachEnvironment {
            environment: self.environment.clone(),
        });
        let told = world
            .mesh
            .project(&self.project_id, detach, &command_id(cx))
            .await;
        match told {
            Ok(_) => Ok(Outcome::Detached),
            Err(error) if is_gone(&error) => Ok(Outcome::Detached),
            Err(error) => Err(unanswered(error)),
        }
    }
}
