use datamesh_actor::EffectError;
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::aws_error::terminal;
use crate::mesh::unanswered;
use crate::share::state::Resolved;
use crate::validate::GlueTableName;
use crate::world::{Place, World};

/// Looks the asset up in the lists, and fills in what the settings say. Refused with `ASSET_NOT_FOUND`,
/// `REGION_DIFFERS`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolve {
    /// See [`super::super::Ticket`].
    pub ticket: u64,
    /// The asset.
    pub asset_id: String,
    /// Where the consumer is; the region may be empty.
    pub target: Place,
    /// Who reads; may be empty.
    pub principal: String,
}

impl Resolve {
    pub(super) async fn run(&self, world: &World) -> Result<Outcome, EffectError> {
        let found = world.mesh.asset_source(&self.asset_id).await;
        let Some(found) = found.map_err(unanswered)? else {
            return Err(terminal(
                "ASSET_NOT_FOUND",
                format!("there is no asset {}", self.asset_id),
            ));
        };
        let name = GlueTableName::parse(&found.asset.glue_table)
            .map_err(|error| terminal("GLUE_TABLE_NAME", error))?;
        let source = found.place;
        let target = Place {
            account: self.target.account.clone(),
            region: match self.target.region.as_str() {
                "" => source.region.clone(),
                region => region.to_owned(),
            },
        };
        if target.region != source.region {
            return Err(terminal(
                "REGION_DIFFERS",
                format!(
                    "the asset is in {} and the consumer in {}: Lake Formation shares within one region",
                    source.region, target.region
                ),
            ));
        }
        let options = &world.options.access;
        let principal = match self.principal.as_str() {
            "" => options.consumer_role(&target.account),
            principal => principal.to_owned(),
        };
        Ok(Outcome::Resolved(Box::new(Resolved {
            database: name.database.to_owned(),
            table: name.table.to_owned(),
            asset_name: found.asset.asset_name.clone(),
            project_id: found.asset.project_id.clone(),
            domain_id: found.asset.domain_id.clone(),
            link_database: options.link_database(name.database),
            source,
            target,
            principal,
            register_location: options.register_locations,
            verify_every_ms: options.verify_every_ms(),
            repair: options.repairs(),
            notify: !options.topic.is_empty(),
        })))
    }
}
