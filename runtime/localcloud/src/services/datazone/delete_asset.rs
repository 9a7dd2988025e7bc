//! `DeleteAsset`: refused while the asset is listed.

use serde::Deserialize;

use super::{asset, domain, error, listing, member};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    domain_identifier: String,
    identifier: String,
}

pub(super) fn delete_asset(input: Input, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
    let mut constraints = Constraints::new();
    member::domain_id(
        &mut constraints,
        "domainIdentifier",
        &input.domain_identifier,
    );
    member::id(&mut constraints, "identifier", &input.identifier);
    constraints.check(error::VALIDATION)?;
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let asset = asset::require(&call.scope, tx, &domain.id, &input.identifier)?;
    if let Some(id) = &asset.listing_id {
        let listing = listing::require(&call.scope, tx, &domain.id, id)?;
        if listing.status(call.now_ms) != listing::Status::Inactive {
            return Err(error::conflict(format!(
                "Asset {} cannot be deleted because it is published in listing {id}",
                asset.id
            )));
        }
    }
    asset::remove(&call.scope, tx, &asset)
}
