//! `CreateListingChangeSet`: publishes an asset or a data product, or takes it out of the catalogue.
//!
//! Publishing makes a revision of the one listing of the thing, `CREATING` at first. Taking it out is done
//! at once; doing so twice is fine.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Listing, ListingRevision, require};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::datazone::asset::{self, Asset};
use crate::services::datazone::data_product::{self, DataProduct};
use crate::services::datazone::metadata_type::form;
use crate::services::datazone::{domain, error, glossary, idempotency};
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Change {
    domain_identifier: String,
    entity_identifier: String,
    entity_type: String,
    entity_revision: Option<String>,
    action: String,
    client_token: Option<String>,
}

/// What is published.
enum Entity {
    Asset(Asset),
    DataProduct(DataProduct),
}

impl Entity {
    fn id(&self) -> &str {
        match self {
            Self::Asset(asset) => &asset.id,
            Self::DataProduct(product) => &product.id,
        }
    }

    fn listing_id(&self) -> Option<&String> {
        match self {
            Self::Asset(asset) => asset.listing_id.as_ref(),
            Self::DataProduct(product) => product.listing_id.as_ref(),
        }
    }

    fn new_listing(&self, call: &Call<'_>) -> Listing {
        let by = call.principal.arn.clone();
        let (domain, project, kind) = match self {
            Self::Asset(asset) => (
                &asset.domain_id,
                &asset.owning_project_id,
                asset.type_identifier.clone(),
            ),
            Self::DataProduct(product) => (
                &product.domain_id,
                &product.owning_project_id,
                String::new(),
            ),
        };
        Listing {
            id: call.cloud.lower(14),
            domain_id: domain.clone(),
            asset_id: self.id().to_owned(),
            asset_type: kind,
            owning_project_id: project.clone(),
            published: false,
            created_by: by.clone(),
            created_ms: call.now_ms,
            updated_by: by,
            updated_ms: call.now_ms,
            revisions: Vec::new(),
            data_points: Vec::new(),
        }
    }

    /// What the catalogue is to show of a revision.
    fn copy(
        &self,
        wanted: Option<&str>,
        call: &Call<'_>,
        tx: &Tx<'_>,
    ) -> Result<ListingRevision, ServiceError> {
        match self {
            Self::Asset(asset) => {
                let revision = asset.revision(wanted, &call.scope, tx)?;
                let terms = revision.glossary_terms.unwrap_or_default();
                let domain = &asset.domain_id;
                let governed = Some(asset.governed_terms.as_slice());
                Ok(ListingRevision {
                    number: 0,
                    published_ms: 0,
                    asset_revision: revision.number,
                    asset_created_ms: revision.created_ms,
                    forms: form::combined(&revision.forms),
                    name: revision.name,
                    description: revision.description,
                    detailed_terms: glossary::detailed(domain, Some(&terms), call, tx)?,
                    governed_terms: glossary::detailed(domain, governed, call, tx)?,
                    glossary_terms: terms,
                    items: Vec::new(),
                })
            }
            Self::DataProduct(product) => product.copy(wanted, call, tx),
        }
    }

    fn set_listing(&mut self, id: &str, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
        match self {
            Self::Asset(asset) => {
                asset.listing_id = Some(id.to_owned());
                tx.put(&call.scope, asset::ASSETS, &asset.key(), asset)
            }
            Self::DataProduct(product) => {
                product.listing_id = Some(id.to_owned());
                product.write(call, tx)
            }
        }
    }
}

pub(crate) fn change(input: Change, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    idempotency::once(call, tx, input.client_token.as_deref(), || {
        let domain = domain::require(call, tx, &input.domain_identifier)?;
        let id = &input.entity_identifier;
        let mut entity = if input.entity_type == "ASSET" {
            Entity::Asset(asset::require(&call.scope, tx, &domain.id, id)?)
        } else {
            Entity::DataProduct(data_product::require(&domain.id, id, call, tx)?)
        };
        let known = match entity.listing_id() {
            Some(id) => Some(require(&call.scope, tx, &domain.id, id)?),
            None => None,
        };
        let listing = if input.action == "PUBLISH" {
            let copy = entity.copy(input.entity_revision.as_deref(), call, tx)?;
            let mut listing = known.unwrap_or_else(|| entity.new_listing(call));
            listing.publish(copy, call, tx)?;
            entity.set_listing(&listing.id, call, tx)?;
            listing
        } else {
            let mut listing = known
                .ok_or_else(|| error::not_found("Listing of asset or data product", entity.id()))?;
            listing.published = false;
            listing.updated_by = call.principal.arn.clone();
            listing.updated_ms = call.now_ms;
            listing
        };
        listing.write(call, tx)?;
        Ok(json!({
            "listingId": listing.id,
            "listingRevision": listing.latest_number().to_string(),
            "status": listing.status(call.now_ms),
        }))
    })
}
