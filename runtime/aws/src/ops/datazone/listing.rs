//! Listings: what of the inventory can be found and subscribed to.

use aws_sdk_datazone::types::{ChangeAction, EntityType, ListingItem};

use super::Datazone;
use crate::error::AwsError;
use crate::ops::millis;
use crate::token::Token;

/// What kind of thing is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListingEntity {
    /// An asset.
    Asset,
    /// A data product.
    DataProduct,
}

/// What is done to a listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListingAction {
    /// Makes the entity's revision findable.
    Publish,
    /// Takes it out of the catalogue.
    Unpublish,
}

/// What `CreateListingChangeSet` takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateListingChangeSet {
    /// The domain.
    pub domain_id: String,
    /// The asset or data product.
    pub entity_id: String,
    /// Which revision of it; the newest when unset.
    pub entity_revision: Option<String>,
    /// Asset or data product.
    pub entity: ListingEntity,
    /// Publish or unpublish.
    pub action: ListingAction,
    /// Makes a repeat answer with the same change set.
    pub token: Token,
}

/// A change that has begun; poll [`Datazone::get_listing`] for its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListingChangeSet {
    /// The listing.
    pub listing_id: String,
    /// The listing's revision that the change makes.
    pub listing_revision: String,
    /// `CREATING`, `ACTIVE`, `INACTIVE`.
    pub status: String,
}

/// A listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// The domain it is in.
    pub domain_id: String,
    /// The id that DataZone gave it.
    pub id: String,
    /// The listing's own revision.
    pub revision: String,
    /// The name.
    pub name: Option<String>,
    /// For people.
    pub description: Option<String>,
    /// `CREATING`, `ACTIVE`, `INACTIVE`.
    pub status: Option<String>,
    /// The asset or data product.
    pub entity_id: Option<String>,
    /// Its revision.
    pub entity_revision: Option<String>,
    /// The asset type, of an asset.
    pub asset_type: Option<String>,
    /// The project that owns it.
    pub project_id: Option<String>,
    /// The metadata, a JSON object as text.
    pub forms: Option<String>,
    /// Milliseconds since the Unix epoch.
    pub created_at_ms: Option<i64>,
    /// Milliseconds since the Unix epoch.
    pub updated_at_ms: Option<i64>,
}

impl Datazone<'_> {
    /// `CreateListingChangeSet`: begins to publish or unpublish. Idempotent by token.
    pub async fn create_listing_change_set(
        &self,
        input: CreateListingChangeSet,
    ) -> Result<ListingChangeSet, AwsError> {
        self.0
            .call("CreateListingChangeSet", |datazone| async move {
                let entity = match input.entity {
                    ListingEntity::Asset => EntityType::Asset,
                    ListingEntity::DataProduct => EntityType::DataProduct,
                };
                let action = match input.action {
                    ListingAction::Publish => ChangeAction::Publish,
                    ListingAction::Unpublish => ChangeAction::Unpublish,
                };
                let out = datazone
                    .create_listing_change_set()
                    .domain_identifier(input.domain_id)
                    .entity_identifier(input.entity_id)
                    .set_entity_revision(input.entity_revision)
                    .entity_type(entity)
                    .action(action)
                    .client_token(input.token.as_str())
                    .send()
                    .await?;
                Ok(ListingChangeSet {
                    listing_id: out.listing_id,
                    listing_revision: out.listing_revision,
                    status: out.status.as_str().to_owned(),
                })
            })
            .await
    }

    /// `GetListing`: the newest revision, or the one that is named.
    pub async fn get_listing(
        &self,
        domain_id: &str,
        id: &str,
        revision: Option<&str>,
    ) -> Result<Listing, AwsError> {
        self.0
            .call("GetListing", |datazone| async move {
                let out = datazone
                    .get_listing()
                    .domain_identifier(domain_id)
                    .identifier(id)
                    .set_listing_revision(revision.map(str::to_owned))
                    .send()
                    .await?;
                let mut listing = Listing {
                    domain_id: out.domain_id,
                    id: out.id,
                    revision: out.listing_revision,
                    name: out.name,
                    description: out.description,
                    status: out.status.map(|status| status.as_str().to_owned()),
                    entity_id: None,
                    entity_revision: None,
                    asset_type: None,
                    project_id: None,
                    forms: None,
                    created_at_ms: millis(out.created_at),
                    updated_at_ms: millis(out.updated_at),
                };
                match out.item {
                    Some(ListingItem::AssetListing(item)) => {
                        listing.entity_id = item.asset_id;
                        listing.entity_revision = item.asset_revision;
                        listing.asset_type = item.asset_type;
                        listing.project_id = item.owning_project_id;
                        listing.forms = item.forms;
                    }
                    Some(ListingItem::DataProductListing(item)) => {
                        listing.entity_id = item.data_product_id;
                        listing.entity_revision = item.data_product_revision;
                        listing.project_id = item.owning_project_id;
                        listing.forms = item.forms;
                    }
                    _ => {}
                }
                Ok(listing)
            })
            .await
    }

    /// `DeleteListing`.
    pub async fn delete_listing(&self, domain_id: &str, id: &str) -> Result<(), AwsError> {
        self.0
            .call("DeleteListing", |datazone| async move {
                datazone
                    .delete_listing()
                    .domain_identifier(domain_id)
                    .identifier(id)
                    .send()
                    .await?;
                Ok(())
            })
            .await
    }
}
