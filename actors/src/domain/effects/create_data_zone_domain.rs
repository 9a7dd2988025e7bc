use std::collections::BTreeMap;

use datamesh_actor::{EffectCx, EffectError};
use datamesh_aws::Token;
use datamesh_aws::datazone::{CreateDomain, DomainVersion};
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::aws_error;
use crate::world::{Place, World};

/// Makes the DataZone domain (`CreateDomain`, idempotent by token).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateDataZoneDomain {
    /// Where.
    pub place: Place,
    /// The name.
    pub name: String,
    /// What it is for; may be empty.
    pub description: String,
}

impl CreateDataZoneDomain {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let call = self.place.call();
        let domain = world
            .aws
            .datazone(&call)
            .create_domain(CreateDomain {
                name: self.name.clone(),
                description: (!self.description.is_empty()).then(|| self.description.clone()),
                domain_execution_role: world.domain_execution_role(&self.place.account),
                service_role: None,
                version: DomainVersion::V1,
                tags: BTreeMap::new(),
                token: Token::derive(&cx.key(), "CreateDomain"),
            })
            .await
            .map_err(|error| aws_error::of_creation(error, cx))?;
        Ok(Outcome::DataZoneDomainCreated {
            id: domain.id,
            ready: domain.status.as_deref() == Some("AVAILABLE"),
        })
    }
}
