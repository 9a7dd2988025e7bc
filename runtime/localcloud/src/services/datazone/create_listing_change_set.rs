//! `CreateListingChangeSet`: publishes an asset, or takes it out of the catalogue.
//!
//! Publishing makes a revision of the asset's one listing, `CREATING` at first. Taking it out is done
//! at once; doing so twice is fine.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::listing::{self, LISTINGS, Listing, Status};
use super::{asset, domain, error, idempotency, member};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    domain_identifier: String,
    entity_identifier: Option<String>,
    entity_type: Option<String>,
    entity_revision: Option<String>,
    action: Option<String>,
    client_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    listing_id: String,
    listing_revision: String,
    status: Status,
}

pub(super) fn create_listing_change_set(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut constraints = Constraints::new();
    member::domain_id(
        &mut constraints,
        "domainIdentifier",
        &input.domain_identifier,
    );
    let entity = constraints.required("entityIdentifier", input.entity_identifier);
    member::id(&mut constraints, "entityIdentifier", &entity);
    let entity_type = constraints.required("entityType", input.entity_type);
    constraints.one_of("entityType", Some(&entity_type), &["ASSET", "DATA_PRODUCT"]);
    let action = constraints.required("action", input.action);
    constraints.one_of("action", Some(&action), &["PUBLISH", "UNPUBLISH"]);
    let revision = input.entity_revision.as_deref();
    constraints.length("entityRevision", revision, 1, 64);
    member::client_token(&mut constraints, input.client_token.as_deref());
    constraints.check(error::VALIDATION)?;

    idempotency::once(call, tx, input.client_token.as_deref(), || {
        let domain = domain::require(call, tx, &input.domain_identifier)?;
        if entity_type == "DATA_PRODUCT" {
            return Err(error::not_found("Data product", &entity));
        }
        let mut asset = asset::require(&call.scope, tx, &domain.id, &entity)?;
        let revision = asset.revision(revision, &call.scope, tx)?;
        let by = &call.principal.arn;
        let known = match &asset.listing_id {
            Some(id) => Some(listing::require(&call.scope, tx, &domain.id, id)?),
            None => None,
        };
        let listing = if action == "PUBLISH" {
            let mut listing = known
                .unwrap_or_else(|| Listing::new(call.cloud.lower(14), &asset, by, call.now_ms));
            listing.publish(revision, by, call.now_ms);
            asset.listing_id = Some(listing.id.clone());
            tx.put(&call.scope, asset::ASSETS, &asset.key(), &asset)?;
            listing
        } else {
            let mut listing =
                known.ok_or_else(|| error::not_found("Listing of asset", &asset.id))?;
            listing.published = false;
            listing.updated_by = by.clone();
            listing.updated_ms = call.now_ms;
            listing
        };
        tx.put(&call.scope, LISTINGS, &listing.key(), &listing)?;
        Ok(Output {
            listing_revision: listing.latest_number().to_string(),
            status: listing.status(call.now_ms),
            listing_id: listing.id,
        })
    })
}
