use datamesh_actor::{EffectCx, EffectError};
use datamesh_aws::datazone;
use serde::{Deserialize, Serialize};

use super::sweep_data_zone_project::find;
use super::{NAME_TAKEN_IN_DATAZONE, Outcome};
use crate::aws_error;
use crate::project::Home;
use crate::world::World;

/// Makes the DataZone project (`CreateProject`, which takes no token: before any try that may be a repeat it
/// is looked for by its name and age).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateDataZoneProject {
    /// Where.
    pub home: Home,
    /// The name; the domain keeps it for us alone.
    pub name: String,
    /// What it is for; may be empty.
    pub description: String,
}

impl CreateDataZoneProject {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let call = self.home.place().call();
        let created = world
            .aws
            .datazone(&call)
            .create_project(datazone::CreateProject {
                domain_id: self.home.data_zone_domain_id.clone(),
                name: self.name.clone(),
                description: (!self.description.is_empty()).then(|| self.description.clone()),
                domain_unit_id: None,
                glossary_terms: Vec::new(),
            })
            .await;
        match created {
            Ok(project) => Ok(Outcome::DataZoneProjectCreated { id: project.id }),
            Err(error) if error.is_conflict() => {
                // Either an earlier try of ours was late, or somebody else has the name in DataZone.
                match self.read_back(world, cx).await? {
                    Some(outcome) if cx.repeat => Ok(outcome),
                    _ => Err(aws_error::terminal(
                        NAME_TAKEN_IN_DATAZONE,
                        format!(
                            "the DataZone domain {} has a project '{}' that datamesh did not make",
                            self.home.data_zone_domain_id, self.name
                        ),
                    )),
                }
            }
            Err(error) => Err(aws_error::of(error, cx)),
        }
    }

    pub(super) async fn read_back(
        &self,
        world: &World,
        cx: &EffectCx,
    ) -> Result<Option<Outcome>, EffectError> {
        let found = find(world, &self.home, &self.name, cx.asked_ms, cx).await?;
        Ok(found.map(|id| Outcome::DataZoneProjectCreated { id }))
    }
}
