//! `DeleteAsset`: refused while the asset is listed, or in a data product.

use super::{remove, require};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::datazone::kind::Named;
use crate::services::datazone::search::index::{Catalogue, fact};
use crate::services::datazone::{domain, error, listing};
use crate::store::Tx;

pub(crate) fn delete(input: Named, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let asset = require(&call.scope, tx, &domain.id, &input.identifier)?;
    if let Some(id) = &asset.listing_id {
        let listing = listing::require(&call.scope, tx, &domain.id, id)?;
        if listing.status(call.now_ms) != listing::Status::Inactive {
            return Err(error::conflict(format!(
                "Asset {} cannot be deleted because it is published in listing {id}",
                asset.id
            )));
        }
    }
    let products = Catalogue::data_products(&domain.id);
    if products.has(&fact("item", &asset.id), call, tx)? {
        return Err(error::conflict(format!(
            "Asset {} cannot be deleted because it is in a data product",
            asset.id
        )));
    }
    remove(&asset, call, tx)
}
