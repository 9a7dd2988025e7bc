use datamesh_actor::{EffectCx, EffectError};
use datamesh_aws::datazone::{CreateListingChangeSet, ListingAction, ListingEntity};
use datamesh_aws::{ErrorClass, Token};
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
    /// The listing, if it is known.
    #[serde(default)]
    pub listing: Option<String>,
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
            Err(error) if matches!(error.class, ErrorClass::Conflict | ErrorClass::Terminal) => {
                match self.out_already(world).await {
                    Some(state) => state,
                    None => return Err(aws_error::of(error, cx)),
                }
            }
            Err(error) => return Err(aws_error::of(error, cx)),
        };
        Ok(Outcome::DelistingRequested { state })
    }

    /// How the listing is, if it is out of the catalogue already (`GetListing`): DataZone may refuse to
    /// take it out again.
    async fn out_already(&self, world: &World) -> Option<ListingState> {
        let call = self.home.place.call();
        let domain = &self.home.data_zone_domain_id;
        let listing = self.listing.as_deref()?;
        let datazone = world.aws.datazone(&call);
        match datazone.get_listing(domain, listing, None).await {
            Ok(listing) => {
                let state = ListingState::parse(listing.status.as_deref().unwrap_or_default());
                (state == ListingState::Inactive).then_some(state)
            }
            Err(error) if error.is_not_found() => Some(ListingState::Gone),
            Err(_) => None,
        }
    }
}
