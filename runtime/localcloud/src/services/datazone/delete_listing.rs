//! `DeleteListing`: the listing with all its revisions; the asset stays.

use serde::Deserialize;

use super::listing::{self, LISTINGS};
use super::{asset, domain, error, member};
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

pub(super) fn delete_listing(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    let mut constraints = Constraints::new();
    member::domain_id(
        &mut constraints,
        "domainIdentifier",
        &input.domain_identifier,
    );
    member::id(&mut constraints, "identifier", &input.identifier);
    constraints.check(error::VALIDATION)?;
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let listing = listing::require(&call.scope, tx, &domain.id, &input.identifier)?;
    let mut asset = asset::require(&call.scope, tx, &domain.id, &listing.asset_id)?;
    asset.listing_id = None;
    tx.put(&call.scope, asset::ASSETS, &asset.key(), &asset)?;
    tx.delete(&call.scope, LISTINGS, &listing.key())?;
    Ok(())
}
