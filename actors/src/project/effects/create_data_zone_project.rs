use datamesh_actor::{EffectCx, EffectError, ErrorClass};
use datamesh_aws::datazone;
use serde::{Deserialize, Serialize};

use super::sweep_data_zone_project::{Wanted, find};
use super::{DATAZONE_PROJECT_UNCERTAIN, NAME_TAKEN_IN_DATAZONE, Outcome};
use crate::aws_error;
use crate::project::Home;
use crate::world::World;

/// A project of ours that is not listed after so many failures is none of ours.
const LIST_LOOKS: u32 = 8;

/// Makes the DataZone project (`CreateProject`, which takes no token: before any try that may be a repeat it
/// is looked for by its name, description and age).
///
/// Fails with `NAME_TAKEN_IN_DATAZONE` if nothing of ours can be there, and with
/// `DATAZONE_PROJECT_UNCERTAIN` if a project of ours may be there that is not known: it is to be swept.
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
            Err(error) if error.is_conflict() && cx.repeat => self.find_ours(world, cx).await,
            Err(error) if error.is_conflict() => Err(aws_error::terminal(
                NAME_TAKEN_IN_DATAZONE,
                format!(
                    "the DataZone domain {} has a project '{}' that datamesh did not make",
                    self.home.data_zone_domain_id, self.name
                ),
            )),
            Err(error) => Err(uncertain(aws_error::of(error, cx), cx)),
        }
    }

    /// Somebody has the name, and it may be an earlier try of ours: one that DataZone has just made may be
    /// missing in its lists for a while.
    async fn find_ours(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        if let Some(outcome) = self.read_back(world, cx).await? {
            return Ok(outcome);
        }
        let class = if cx.failures < LIST_LOOKS {
            ErrorClass::Conflict
        } else {
            ErrorClass::Terminal
        };
        Err(EffectError::new(
            class,
            DATAZONE_PROJECT_UNCERTAIN,
            format!(
                "the DataZone domain {} has a project '{}', and it does not look as if datamesh had \
                 made it",
                self.home.data_zone_domain_id, self.name
            ),
        ))
    }

    pub(super) async fn read_back(
        &self,
        world: &World,
        cx: &EffectCx,
    ) -> Result<Option<Outcome>, EffectError> {
        let wanted = Wanted {
            name: &self.name,
            description: &self.description,
            asked_ms: cx.asked_ms,
        };
        let found = find(world, &self.home, wanted, cx).await?;
        Ok(found.map(|id| Outcome::DataZoneProjectCreated { id }))
    }
}

/// A refusal that comes after a try that may have been heard does not say that there is no project.
fn uncertain(error: EffectError, cx: &EffectCx) -> EffectError {
    if error.class == ErrorClass::Terminal && (cx.repeat || error.may_have_happened) {
        return EffectError {
            message: format!("{}: {}", error.code, error.message),
            code: DATAZONE_PROJECT_UNCERTAIN.to_owned(),
            ..error
        };
    }
    error
}
