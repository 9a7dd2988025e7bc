//! `GetListing`: one revision, the latest if the request does not say.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::listing::{self, Status};
use super::{domain, error, member};
use crate::error::ServiceError;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    domain_identifier: String,
    identifier: String,
    listing_revision: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Output {
    domain_id: String,
    id: String,
    listing_revision: String,
    created_at: f64,
    updated_at: f64,
    created_by: String,
    updated_by: String,
    item: Value,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    status: Status,
}

pub(super) fn get_listing(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Output, ServiceError> {
    let mut constraints = Constraints::new();
    member::domain_id(
        &mut constraints,
        "domainIdentifier",
        &input.domain_identifier,
    );
    member::id(&mut constraints, "identifier", &input.identifier);
    let wanted = input.listing_revision.as_deref();
    constraints.length("listingRevision", wanted, 1, 64);
    constraints.check(error::VALIDATION)?;
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let listing = listing::require(&call.scope, tx, &domain.id, &input.identifier)?;
    let revision = listing.revision(wanted)?;
    Ok(Output {
        listing_revision: revision.number.to_string(),
        item: json!({"assetListing": listing.item(revision)}),
        name: revision.name.clone(),
        description: revision.description.clone(),
        status: listing.status(call.now_ms),
        created_at: epoch_seconds(listing.created_ms),
        updated_at: epoch_seconds(listing.updated_ms),
        domain_id: listing.domain_id,
        id: listing.id,
        created_by: listing.created_by,
        updated_by: listing.updated_by,
    })
}
