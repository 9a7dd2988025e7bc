use datamesh_actor::{EffectCx, EffectError};
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::asset::Home;
use crate::aws_error;
use crate::world::World;

/// Removes the listing (`DeleteListing`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteListing {
    /// Where.
    pub home: Home,
    /// The listing.
    pub listing: String,
}

impl DeleteListing {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let call = self.home.place.call();
        let domain = &self.home.data_zone_domain_id;
        let deleted = world
            .aws
            .datazone(&call)
            .delete_listing(domain, &self.listing)
            .await;
        aws_error::gone_is_done(deleted).map_err(|error| aws_error::of(error, cx))?;
        Ok(Outcome::ListingDeleted)
    }
}
