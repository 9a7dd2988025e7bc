use datamesh_actor::{EffectCx, EffectError};
use datamesh_aws::datazone::Datazone;
use datamesh_aws::{PageRequest, Token};
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::aws_error;
use crate::world::{Place, World};

/// Removes the DataZone domain (`DeleteDomain`, then `GetDomain` until it is gone). DataZone refuses while
/// the domain has projects that datamesh does not know. What is gone it may call forbidden; then its list
/// of domains is asked.
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
            Err(error) if cx.repeat && aws_error::hides(&error) => {
                if self.is_unlisted(&datazone, cx).await? {
                    return Ok(Outcome::DataZoneDomainDeleted);
                }
                return Err(aws_error::of(error, cx));
            }
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

    /// Whether DataZone does not list it (`ListDomains`); an error while it lists it as on its way out.
    async fn is_unlisted(
        &self,
        datazone: &Datazone<'_>,
        cx: &EffectCx,
    ) -> Result<bool, EffectError> {
        let mut page = PageRequest::default();
        loop {
            let listed = datazone
                .list_domains(None, page.clone())
                .await
                .map_err(|error| aws_error::after_the_deed(error, cx))?;
            let found = listed.items.into_iter().find(|domain| domain.id == self.id);
            match (found.map(|domain| domain.status), listed.next_token) {
                (Some(status), _) if status == "DELETING" => return Err(self.still(&status)),
                (Some(status), _) => return Ok(status == "DELETED"),
                (None, None) => return Ok(true),
                (None, next_token) => page.next_token = next_token,
            }
        }
    }

    fn still(&self, status: &str) -> EffectError {
        aws_error::still(
            "DATAZONE_STILL_DELETING",
            format!("the DataZone domain {} is {status}", self.id),
        )
    }
}
