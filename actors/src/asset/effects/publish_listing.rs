use datamesh_actor::{EffectCx, EffectError};
use datamesh_aws::Token;
use datamesh_aws::datazone::{CreateListingChangeSet, ListingAction, ListingEntity};
use serde::{Deserialize, Serialize};

use super::{ListingState, Outcome};
use crate::asset::Home;
use crate::aws_error;
use crate::world::World;

/// Has the catalogue show a revision of the DataZone asset (`CreateListingChangeSet`, idempotent by token).
/// It does so some time later: [`super::ReadListing`] looks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishListing {
    /// Where.
    pub home: Home,
    /// DataZone's id of the asset.
    pub asset: String,
    /// Which revision of it.
    pub revision: String,
}

impl PublishListing {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let call = self.home.place.call();
        let change = world
            .aws
            .datazone(&call)
            .create_listing_change_set(CreateListingChangeSet {
                domain_id: self.home.data_zone_domain_id.clone(),
                entity_id: self.asset.clone(),
                entity_revision: Some(self.revision.clone()),
                entity: ListingEntity::Asset,
                action: ListingAction::Publish,
                token: Token::derive(&cx.key(), "CreateListingChangeSet"),
            })
            .await
            .map_err(|error| match error {
                late if late.is_not_found() && aws_error::may_be_late(&late, cx) => EffectError {
                    may_have_happened: false,
                    ..aws_error::still(
                        "DATAZONE_ASSET_NOT_SHOWN_YET",
                        format!("the DataZone asset {} is not to be seen yet", self.asset),
                    )
                },
                error => aws_error::of_creation(error, cx),
            })?;
        Ok(Outcome::ListingRequested {
            listing_id: change.listing_id,
            listing_revision: change.listing_revision,
            state: ListingState::parse(&change.status),
        })
    }
}
