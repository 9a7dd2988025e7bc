use datamesh_actor::{EffectCx, EffectError};
use datamesh_aws::Token;
use datamesh_aws::datazone::{CreateListingChangeSet, ListingAction, ListingEntity};
use serde::{Deserialize, Serialize};

use super::{ListingState, Outcome};
use crate::asset::Home;
use crate::aws_error;
use crate::world::World;

/// Takes the asset out of the catalogue (`CreateListingChangeSet`, idempotent by token). One that is gone is
/// out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnpublishListing {
    /// Where.
    pub home: Home,
    /// DataZone's id of the asset.
    pub asset: String,
}

impl UnpublishListing {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let call = self.home.place.call();
        let change = world
            .aws
            .datazone(&call)
            .create_listing_change_set(CreateListingChangeSet {
                domain_id: self.home.data_zone_domain_id.clone(),
                entity_id: self.asset.clone(),
                entity_revision: None,
                entity: ListingEntity::Asset,
                action: ListingAction::Unpublish,
                token: Token::derive(&cx.key(), "CreateListingChangeSet"),
            })
            .await;
        let state = match change {
            Ok(change) => ListingState::parse(&change.status),
            Err(error) if error.is_not_found() => ListingState::Gone,
            Err(error) => return Err(aws_error::of(error, cx)),
        };
        Ok(Outcome::DelistingRequested { state })
    }
}
