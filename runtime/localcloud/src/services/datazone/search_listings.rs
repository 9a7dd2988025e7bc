//! `SearchListings`: what is published, as it was published.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::filter::Query;
use super::listing::{self, Listing, ListingRevision};
use super::{domain, error, member};
use crate::error::ServiceError;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::services::paging;
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    domain_identifier: String,
    max_results: Option<i64>,
    next_token: Option<String>,
    additional_attributes: Option<Vec<String>>,
    #[serde(flatten)]
    query: Query,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Output {
    items: Vec<Value>,
    total_match_count: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

pub(super) fn search_listings(
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
    let limit = member::page_size(&mut constraints, input.max_results, 50);
    input.query.check(&mut constraints);
    constraints.check(error::VALIDATION)?;

    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let visible: Vec<(Listing, ListingRevision)> = listing::in_domain(&call.scope, tx, &domain.id)?
        .into_iter()
        .filter_map(|listing| {
            let revision = listing.visible(call.now_ms)?.clone();
            Some((listing, revision))
        })
        .collect();
    let found = input.query.run(visible, view);
    let total_match_count = found.len();
    let (page, next_token) = paging::slice(
        &format!("search-listings/{}", domain.id),
        found,
        input.next_token.as_deref(),
        limit,
        error::bad_token,
    )?;
    let with_forms = input
        .additional_attributes
        .is_some_and(|wanted| wanted.iter().any(|name| name == "FORMS"));
    let items = page
        .into_iter()
        .map(|found| json!({"assetListing": item(found, with_forms)}))
        .collect();
    Ok(Output {
        items,
        total_match_count,
        next_token,
    })
}

fn view((listing, revision): &(Listing, ListingRevision)) -> Value {
    json!({
        "listingId": listing.id,
        "entityId": listing.asset_id,
        "entityType": listing.asset_type,
        "assetType": listing.asset_type,
        "typeIdentifier": listing.asset_type,
        "owningProjectId": listing.owning_project_id,
        "name": revision.name,
        "description": revision.description,
        "createdAt": listing.created_ms,
        "updatedAt": listing.updated_ms,
        "forms": revision.forms,
    })
}

fn item((listing, revision): (Listing, ListingRevision), with_forms: bool) -> Value {
    let mut item = json!({
        "listingId": listing.id,
        "listingRevision": revision.number.to_string(),
        "name": revision.name,
        "entityId": listing.asset_id,
        "entityRevision": revision.asset_revision.to_string(),
        "entityType": listing.asset_type,
        "description": revision.description,
        "createdAt": epoch_seconds(listing.created_ms),
        "listingCreatedBy": listing.created_by,
        "listingUpdatedBy": listing.updated_by,
        "glossaryTerms": [],
        "owningProjectId": listing.owning_project_id,
    });
    if with_forms {
        item["additionalAttributes"] = json!({"forms": revision.forms.to_string()});
    }
    item
}
