use datamesh_actor::{EffectCx, EffectError};
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::asset::Home;
use crate::aws_error;
use crate::world::World;

/// Removes the DataZone asset (`DeleteAsset`). The Glue table and the files stay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteDataZoneAsset {
    /// Where.
    pub home: Home,
    /// DataZone's id.
    pub id: String,
}

impl DeleteDataZoneAsset {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let call = self.home.place.call();
        let domain = &self.home.data_zone_domain_id;
        let deleted = world
            .aws
            .datazone(&call)
            .delete_asset(domain, &self.id)
            .await;
        aws_error::gone_is_done(deleted).map_err(|error| aws_error::of(error, cx))?;
        Ok(Outcome::DataZoneAssetDeleted)
    }
}
