use datamesh_actor::{EffectCx, EffectError};
use datamesh_aws::PageRequest;
use datamesh_aws::datazone::{Datazone, ListProjects};
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::aws_error;
use crate::project::Home;
use crate::world::World;

/// Removes the DataZone project (`DeleteProject`, then `GetProject` until it is gone). DataZone refuses while
/// it holds things that datamesh does not know. What is gone it may call forbidden; then its list of projects
/// is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteDataZoneProject {
    /// Where.
    pub home: Home,
    /// DataZone's id.
    pub id: String,
}

impl DeleteDataZoneProject {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let call = self.home.place().call();
        let datazone = world.aws.datazone(&call);
        if cx.repeat && self.is_gone(&datazone, cx).await? {
            return Ok(Outcome::DataZoneProjectDeleted);
        }
        let domain = &self.home.data_zone_domain_id;
        let deleted = datazone.delete_project(domain, &self.id, false).await;
        match aws_error::gone_is_done(deleted) {
            Ok(()) => {}
            Err(error) if cx.repeat && aws_error::hides(&error) => {
                if self.is_unlisted(&datazone, cx).await? {
                    return Ok(Outcome::DataZoneProjectDeleted);
                }
                return Err(aws_error::of(error, cx));
            }
            Err(error) => return Err(aws_error::of(error, cx)),
        }
        if self.is_gone(&datazone, cx).await? {
            return Ok(Outcome::DataZoneProjectDeleted);
        }
        Err(self.still("being deleted"))
    }

    /// Whether it is gone; an error while DataZone is at it, and when DataZone gave up.
    async fn is_gone(&self, datazone: &Datazone<'_>, cx: &EffectCx) -> Result<bool, EffectError> {
        let domain = &self.home.data_zone_domain_id;
        let project = match datazone.get_project(domain, &self.id).await {
            Ok(project) => project,
            Err(error) if error.is_not_found() => return Ok(true),
            Err(error) if aws_error::hides(&error) => {
                if self.is_unlisted(datazone, cx).await? {
                    return Ok(true);
                }
                if aws_error::may_be_late(&error, cx) {
                    return Err(self.still("still listed"));
                }
                return Err(aws_error::after_the_deed(error, cx));
            }
            Err(error) => return Err(aws_error::after_the_deed(error, cx)),
        };
        match project.status.as_deref().unwrap_or_default() {
            "DELETE_FAILED" => Err(aws_error::terminal(
                "DATAZONE_DELETION_FAILED",
                format!(
                    "DataZone could not delete the project {}: {}",
                    self.id,
                    project.failure_reasons.join("; ")
                ),
            )),
            "DELETING" => Err(self.still("DELETING")),
            _ => Ok(false),
        }
    }

    /// Whether DataZone does not list it (`ListProjects`); an error while it lists it as on its way out.
    async fn is_unlisted(
        &self,
        datazone: &Datazone<'_>,
        cx: &EffectCx,
    ) -> Result<bool, EffectError> {
        let mut page = PageRequest::default();
        loop {
            let listed = datazone
                .list_projects(ListProjects {
                    domain_id: self.home.data_zone_domain_id.clone(),
                    name: None,
                    page: page.clone(),
                })
                .await
                .map_err(|error| aws_error::after_the_deed(error, cx))?;
            let found = listed
                .items
                .into_iter()
                .find(|project| project.id == self.id);
            match (found, listed.next_token) {
                (Some(project), _) if project.status.as_deref() == Some("DELETING") => {
                    return Err(self.still("DELETING"));
                }
                (Some(_), _) => return Ok(false),
                (None, None) => return Ok(true),
                (None, next_token) => page.next_token = next_token,
            }
        }
    }

    fn still(&self, status: &str) -> EffectError {
        aws_error::still(
            "DATAZONE_STILL_DELETING",
            format!("the DataZone project {} is {status}", self.id),
        )
    }
}
