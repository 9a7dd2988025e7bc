use datamesh_actor::{EffectCx, EffectError};
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::aws_error;
use crate::world::{Place, World};

/// Waits until the DataZone domain can be used (`GetDomain` until `AVAILABLE`; it may take a
/// moment until DataZone shows it at all).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AwaitDataZoneDomain {
    /// Where.
    pub place: Place,
    /// `dzd…`.
    pub id: String,
}

impl AwaitDataZoneDomain {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let call = self.place.call();
        let domain = world
            .aws
            .datazone(&call)
            .get_domain(&self.id)
            .await
            .map_err(|error| match error {
                late if aws_error::may_be_late(&late, cx) => self.still("not to be seen yet"),
                error => aws_error::of(error, cx),
            })?;
        match domain.status.as_deref().unwrap_or_default() {
            "AVAILABLE" => Ok(Outcome::DataZoneDomainReady),
            status @ ("CREATION_FAILED" | "DELETING" | "DELETED" | "DELETION_FAILED") => {
                Err(aws_error::terminal(
                    "DATAZONE_DOMAIN_FAILED",
                    format!(
                        "the DataZone domain {} is {status}: {}",
                        self.id,
                        domain.failure_reasons.join("; ")
                    ),
                ))
            }
            status => Err(self.still(status)),
        }
    }

    fn still(&self, status: &str) -> EffectError {
        aws_error::still(
            "DATAZONE_DOMAIN_NOT_AVAILABLE",
            format!("the DataZone domain {} is {status}", self.id),
        )
    }
}
