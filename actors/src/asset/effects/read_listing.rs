use datamesh_actor::{EffectCx, EffectError};
use serde::{Deserialize, Serialize};

use super::{ListingState, Outcome};
use crate::asset::Home;
use crate::aws_error;
use crate::world::World;

/// Looks how a listing is (`GetListing`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadListing {
    /// Where.
    pub home: Home,
    /// The listing.
    pub listing: String,
    /// Which revision of it; the newest if none.
    pub revision: Option<String>,
}

impl ReadListing {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let call = self.home.place.call();
        let domain = &self.home.data_zone_domain_id;
        let read = world
            .aws
            .datazone(&call)
            .get_listing(domain, &self.listing, self.revision.as_deref())
            .await;
        let state = match read {
            Ok(listing) => ListingState::parse(listing.status.as_deref().unwrap_or("CREATING")),
            Err(error) if error.is_not_found() => ListingState::Gone,
            Err(error) => return Err(aws_error::of(error, cx)),
        };
        Ok(Outcome::ListingRead { state })
    }
}
