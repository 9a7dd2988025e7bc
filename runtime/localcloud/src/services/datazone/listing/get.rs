//! `GetListing`: one revision, the latest if the request does not say.

use serde::Deserialize;
use serde_json::{Value, json};

use super::require;
use crate::error::ServiceError;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::services::datazone::domain;
use crate::services::datazone::kind::Named;
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Get {
    #[serde(flatten)]
    named: Named,
    listing_revision: Option<String>,
}

pub(crate) fn get(input: Get, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.named.domain_identifier)?;
    let listing = require(&call.scope, tx, &domain.id, &input.named.identifier)?;
    let revision = listing.revision(input.listing_revision.as_deref())?;
    Ok(json!({
        "domainId": listing.domain_id,
        "id": listing.id,
        "listingRevision": revision.number.to_string(),
        "createdAt": epoch_seconds(listing.created_ms),
        "updatedAt": epoch_seconds(listing.updated_ms),
        "createdBy": listing.created_by,
        "updatedBy": listing.updated_by,
        "item": listing.item(revision),
        "name": revision.name,
        "description": revision.description,
        "status": listing.status(call.now_ms),
    }))
}
