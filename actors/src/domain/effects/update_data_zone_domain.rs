use datamesh_actor::{EffectCx, EffectError};
use datamesh_aws::Token;
use datamesh_aws::datazone::UpdateDomain;
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::aws_error;
use crate::world::{Place, World};

/// Changes the description of the DataZone domain (`UpdateDomain`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdateDataZoneDomain {
    /// Where.
    pub place: Place,
    /// `dzd…`.
    pub id: String,
    /// The new description.
    pub description: String,
}

impl UpdateDataZoneDomain {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let call = self.place.call();
        world
            .aws
            .datazone(&call)
            .update_domain(UpdateDomain {
                id: self.id.clone(),
                name: None,
                description: Some(self.description.clone()),
                token: Token::derive(&cx.key(), "UpdateDomain"),
            })
            .await
            .map_err(|error| aws_error::of(error, cx))?;
        Ok(Outcome::DataZoneDomainUpdated)
    }
}
