use datamesh_actor::{EffectCx, EffectError};
use datamesh_aws::datazone::UpdateProject;
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::aws_error;
use crate::project::Home;
use crate::world::World;

/// Changes the name and description of the DataZone project (`UpdateProject`, which states the wanted end).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdateDataZoneProject {
    /// Where.
    pub home: Home,
    /// DataZone's id.
    pub id: String,
    /// The name.
    pub name: String,
    /// The description.
    pub description: String,
}

impl UpdateDataZoneProject {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let call = self.home.place().call();
        world
            .aws
            .datazone(&call)
            .update_project(UpdateProject {
                domain_id: self.home.data_zone_domain_id.clone(),
                id: self.id.clone(),
                name: Some(self.name.clone()),
                description: Some(self.description.clone()),
            })
            .await
            .map_err(|error| aws_error::of(error, cx))?;
        Ok(Outcome::DataZoneProjectUpdated)
    }
}
