use datamesh_actor::{EffectCx, EffectError};
use datamesh_aws::PageRequest;
use datamesh_aws::datazone::ListProjects;
use serde::{Deserialize, Serialize};

use super::Outcome;
use super::delete_data_zone_project::DeleteDataZoneProject;
use crate::aws_error;
use crate::project::Home;
use crate::world::World;

/// How far AWS's clock may be behind ours.
const SKEW_MS: i64 = 60_000;
/// A list without our project is believed at this look: with the pauses between them, the looks span about
/// a minute, in which DataZone's lists catch up.
const LOOKS: u32 = 7;

/// Removes a DataZone project whose creation ended in an error although it may have happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SweepDataZoneProject {
    /// Where.
    pub home: Home,
    /// The name it would have.
    pub name: String,
    /// The description it would have.
    #[serde(default)]
    pub description: String,
    /// When it was asked for, in milliseconds since the Unix epoch: an older one is not ours.
    pub asked_ms: i64,
}

impl SweepDataZoneProject {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let wanted = Wanted {
            name: &self.name,
            description: &self.description,
            asked_ms: self.asked_ms,
        };
        match find(world, &self.home, wanted, cx).await? {
            Some(id) => {
                let delete = DeleteDataZoneProject {
                    home: self.home.clone(),
                    id,
                };
                delete.run(world, cx).await?;
            }
            None if cx.attempt < LOOKS => {
                return Err(aws_error::still(
                    "DATAZONE_PROJECT_NOT_LISTED",
                    format!(
                        "no DataZone project '{}' of ours is listed; it may be late",
                        self.name
                    ),
                ));
            }
            None => {}
        }
        Ok(Outcome::DataZoneProjectSwept)
    }
}

/// How a DataZone project of ours looks.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub(super) name: &'a str,
    pub(super) description: &'a str,
    /// When it was asked for, in milliseconds since the Unix epoch.
    pub(super) asked_ms: i64,
}

/// Looks for a DataZone project of ours (`ListProjects`): one of our name and description that is younger
/// than our wish for it. The domain keeps the name for us alone, but people can make projects in DataZone
/// itself.
pub(super) async fn find(
    world: &World,
    home: &Home,
    wanted: Wanted<'_>,
    cx: &EffectCx,
) -> Result<Option<String>, EffectError> {
    let call = home.place().call();
    let mut page = PageRequest::default();
    loop {
        let found = world
            .aws
            .datazone(&call)
            .list_projects(ListProjects {
                domain_id: home.data_zone_domain_id.clone(),
                name: Some(wanted.name.to_owned()),
                page: page.clone(),
            })
            .await
            .map_err(|error| aws_error::of(error, cx))?;
        let ours = found.items.into_iter().find(|project| {
            project.name == wanted.name
                && project.description.as_deref().unwrap_or_default() == wanted.description
                && project.status.as_deref() != Some("DELETING")
                && project
                    .created_at_ms
                    .is_some_and(|created| created >= wanted.asked_ms - SKEW_MS)
        });
        match (ours, found.next_token) {
            (Some(project), _) => return Ok(Some(project.id)),
            (None, None) => return Ok(None),
            (None, next_token) => page.next_token = next_token,
        }
    }
}
