use datamesh_actor::{EffectCx, EffectError};
use datamesh_aws::Token;
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
        let token = Token::derive(&cx.key(), "DeleteDomain");
        match datazone.delete_domain(&self.id, false, &token).await {
            Ok(status) if status == "DELETED" => return Ok(Outcome::DataZoneDomainDeleted),
            Ok(_) => {}
            Err(error) if error.is_not_found() => return Ok(Outcome::DataZoneDomainDeleted),
            Err(error) => return Err(aws_error::of(error, cx)),
        }
        match datazone.get_domain(&self.id).await {
            Err(error) if error.is_not_found() => Ok(Outcome::DataZoneDomainDeleted),
            Err(error) => Err(aws_error::of(error, cx)),
            Ok(domain) => match domain.status.as_deref().unwrap_or_default() {
                "DELETED" => Ok(Outcome::DataZoneDomainDeleted),
                "DELETION_FAILED" => Err(aws_error::terminal(
                    "DATAZONE_DELETION_FAILED",
                    format!(
                        "DataZone could not delete the domain {}: {}",
                        self.id,
                        domain.failure_reasons.join("; ")
                    ),
                )),
                status => Err(aws_error::still(
                    "DATAZONE_STILL_DELETING",
                    format!("the DataZone domain {} is {status}", self.id),
                )),
            },
        }
    }
}
