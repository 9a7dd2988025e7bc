//! `DeleteListing`: the listing with all its revisions; what it listed stays.

use super::{remove, require};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::datazone::kind::Named;
use crate::services::datazone::{asset, data_product, domain};
use crate::store::Tx;

pub(crate) fn delete(input: Named, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let listing = require(&call.scope, tx, &domain.id, &input.identifier)?;
    if listing.is_data_product() {
        let mut product = data_product::require(&domain.id, &listing.asset_id, call, tx)?;
        product.listing_id = None;
        product.write(call, tx)?;
    } else {
        let mut asset = asset::require(&call.scope, tx, &domain.id, &listing.asset_id)?;
        asset.listing_id = None;
        tx.put(&call.scope, asset::ASSETS, &asset.key(), &asset)?;
    }
    remove(&domain.id, &listing.id, call, tx)
}
