use datamesh_actor::{EffectCx, EffectError};
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::asset::Home;
use crate::aws_error;
use crate::mesh::{command_id, unanswered};
use crate::project;
use crate::world::World;

/// Asks the project for a name, and learns where the asset lives. Refused with `NAME_TAKEN`,
/// `PROJECT_NOT_READY` or `PROJECT_NOT_FOUND`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attach {
    /// The project.
    pub project_id: String,
    /// Who asks.
    pub asset_id: String,
    /// The name.
    pub name: String,
}

impl Attach {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let attach = project::Command::AttachAsset(project::AttachAsset {
            asset_id: self.asset_id.clone(),
            name: self.name.clone(),
        });
        let mesh = &world.mesh;
        let project = mesh
            .project(&self.project_id, attach, &command_id(cx))
            .await
            .map_err(unanswered)?;
        let (Some(home), Some(data_zone_project_id)) = (project.home, project.data_zone_project_id)
        else {
            return Err(aws_error::terminal(
                "PROJECT_NOT_READY",
                format!("the project {} is not whole", self.project_id),
            ));
        };
        Ok(Outcome::Attached {
            name: self.name.clone(),
            home: Home {
                place: home.place(),
                data_zone_domain_id: home.data_zone_domain_id,
                data_zone_project_id,
                domain_id: project.domain_id,
            },
        })
    }
}
