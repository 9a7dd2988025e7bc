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

/// Removes a DataZone project whose creation ended in an error although it may have happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SweepDataZoneProject {
    /// Where.
    pub home: Home,
    /// The name it would have.
    pub name: String,
    /// When it was asked for, in milliseconds since the Unix epoch: an older one is not ours.
    pub asked_ms: i64,
}

impl SweepDataZoneProject {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        if let Some(id) = find(world, &self.home, &self.name, self.asked_ms, cx).await? {
            let delete = DeleteDataZoneProject {
                home: self.home.clone(),
                id,
            };
            delete.run(world, cx).await?;
        }
        Ok(Outcome::DataZoneProjectSwept)
    }
}

/// Looks for a DataZone project of ours by its name (`ListProjects`): one that is younger than our wish for
/// it, since the domain keeps the name for us alone.
pub(super) async fn find(
    world: &World,
    home: &Home,
    name: &str,
    asked_ms: i64,
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
                name: Some(name.to_owned()),
                page: page.clone(),
            })
            .await
            .map_err(|error| aws_error::of(error, cx))?;
        let ours = found.items.into_iter().find(|project| {
            project.name == name
                && project.status.as_deref() != Some("DELETING")
                && project
                    .created_at_ms
                    .is_some_and(|created| created >= asked_ms - SKEW_MS)
        });
        match (ours, found.next_token) {
            (Some(project), _) => return Ok(Some(project.id)),
            (None, None) => return Ok(None),
            (None, next_token) => page.next_token = next_token,
        }
    }
}
