use datamesh_actor::{EffectCx, EffectError};
use datamesh_aws::datazone::Datazone;
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::aws_error;
use crate::project::Home;
use crate::world::World;

/// Removes the DataZone project (`DeleteProject`, then `GetProject` until it is gone). DataZone refuses while
/// it holds things that datamesh does not know.
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
        aws_error::gone_is_done(deleted).map_err(|error| aws_error::of(error, cx))?;
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
            Err(error) => return Err(aws_error::of(error, cx)),
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

    fn still(&self, status: &str) -> EffectError {
        aws_error::still(
            "DATAZONE_STILL_DELETING",
            format!("the DataZone project {} is {status}", self.id),
        )
    }
}
