use datamesh_actor::{EffectCx, EffectError};
use datamesh_aws::Token;
use datamesh_aws::datazone::Datazone;
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::aws_error;
use crate::world::{Place, World};

/// Removes the DataZone domain (`DeleteDomain`, then `GetDomain` until it is gone). DataZone refuses while
/// the domain has projects that datamesh does not know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteDataZoneDomain {
    /// Where.
    pub place: Place,
    /// `dzd…`.
    pub id: String,
}

impl DeleteDataZoneDomain {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let call = self.place.call();
        let datazone = world.aws.datazone(&call);
        if cx.repeat && self.is_gone(&datazone, cx).await? {
            return Ok(Outcome::DataZoneDomainDeleted);
        }
        let token = Token::derive(&cx.key(), "DeleteDomain");
        match datazone.delete_domain(&self.id, false, &token).await {
            Ok(_) => {}
            Err(error) if error.is_not_found() => return Ok(Outcome::DataZoneDomainDeleted),
            Err(error) => return Err(aws_error::of(error, cx)),
        }
        if self.is_gone(&datazone, cx).await? {
            return Ok(Outcome::DataZoneDomainDeleted);
        }
        Err(self.still("being deleted"))
    }

    /// Whether it is gone; an error while DataZone is at it, and when DataZone gave up.
    async fn is_gone(&self, datazone: &Datazone<'_>, cx: &EffectCx) -> Result<bool, EffectError> {
        let domain = match datazone.get_domain(&self.id).await {
            Ok(domain) => domain,
            Err(error) if error.is_not_found() => return Ok(true),
            Err(error) => return Err(aws_error::of(error, cx)),
        };
        match domain.status.as_deref().unwrap_or_default() {
            "DELETED" => Ok(true),
            "DELETION_FAILED" => Err(aws_error::terminal(
                "DATAZONE_DELETION_FAILED",
                format!(
                    "DataZone could not delete the domain {}: {}",
                    self.id,
                    domain.failure_reasons.join("; ")
                ),
            )),
            "DELETING" => Err(self.still("DELETING")),
            _ => Ok(false),
        }
    }

    fn still(&self, status: &str) -> EffectError {
        aws_error::still(
            "DATAZONE_STILL_DELETING",
            format!("the DataZone domain {} is {status}", self.id),
        )
    }
}
