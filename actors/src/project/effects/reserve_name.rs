use datamesh_actor::{EffectCx, EffectError};
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::aws_error;
use crate::domain;
use crate::mesh::{command_id, unanswered};
use crate::project::Home;
use crate::world::World;

/// Asks the domain for a name, and learns where the project lives. Refused with `NAME_TAKEN`,
/// `DOMAIN_NOT_READY` or `DOMAIN_NOT_FOUND`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReserveName {
    /// The domain.
    pub domain_id: String,
    /// Who asks.
    pub project_id: String,
    /// The name.
    pub name: String,
}

impl ReserveName {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let reserve = domain::Command::ReserveName(domain::ReserveName {
            project_id: self.project_id.clone(),
            name: self.name.clone(),
        });
        let mesh = &world.mesh;
        let domain = mesh
            .domain(&self.domain_id, reserve, &command_id(cx))
            .await
            .map_err(unanswered)?;
        let (Some(data_zone_domain_id), Some(data_lake_bucket)) =
            (domain.data_zone_domain_id, domain.data_lake_bucket)
        else {
            return Err(aws_error::terminal(
                "DOMAIN_NOT_READY",
                format!("the domain {} is not whole", self.domain_id),
            ));
        };
        Ok(Outcome::NameReserved {
            name: self.name.clone(),
            home: Home {
                aws_account_id: domain.aws_account_id,
                region: domain.region,
                data_zone_domain_id,
                data_lake_bucket,
            },
        })
    }
}
