//! `SearchListings`: what is published, as it was published.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::filter::{Query, values_of};
use super::index::{Catalogue, fact};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::datazone::domain;
use crate::services::datazone::kind::Page;
use crate::services::datazone::listing::{self, Listing, ListingRevision};
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Aggregation {
    attribute: String,
    display_value: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Input {
    domain_identifier: String,
    #[serde(default)]
    additional_attributes: Vec<String>,
    #[serde(default)]
    aggregations: Vec<Aggregation>,
    #[serde(flatten)]
    page: Page,
    #[serde(flatten)]
    query: Query,
}

type Visible = (Listing, ListingRevision);

pub(crate) fn search(input: Input, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let catalogue = Catalogue::listings(&domain.id);
    let only_owner = input.query.only_owner();
    let (found, count, next_token, aggregates) =
        if let Some(owner) = only_owner.filter(|_| input.aggregations.is_empty()) {
            let hidden = listing::hidden(&domain.id, call, tx)?;
            let owned = fact("owningProjectId", owner);
            let mut ids = catalogue.sorted_with(&owned, call, tx)?;
            ids.retain(|id| !hidden.contains(id));
            let count = ids.len();
            let list = format!("search-listings/{}/{owner}", domain.id);
            let (ids, next_token) = input.page.of(&list, ids)?;
            (visible(&domain.id, ids, call, tx)?, count, next_token, None)
        } else if input.query.is_everything() && input.aggregations.is_empty() {
            let hidden = listing::hidden(&domain.id, call, tx)?;
            let seen = |id: &String| !hidden.contains(id);
            let (ids, next_token) = catalogue.page(&input.page, call, tx, seen)?;
            let count = catalogue.count(call, tx)? - hidden.len();
            (visible(&domain.id, ids, call, tx)?, count, next_token, None)
        } else {
            let ids = match catalogue.candidates(&input.query.needs(), call, tx)? {
                Some(ids) => ids,
                None => {
                    let all = Page {
                        max_results: Some(usize::MAX - 1),
                        next_token: None,
                    };
                    catalogue.page(&all, call, tx, |_| true)?.0
                }
            };
            let all = visible(&domain.id, ids, call, tx)?;
            let found = input.query.run(all, view);
            let aggregates = aggregate(&input.aggregations, &found);
            let count = found.len();
            let list = format!("search-listings/{}", domain.id);
            let (found, next_token) = input.page.of(&list, found)?;
            (found, count, next_token, aggregates)
        };
    let items: Vec<Value> = found.iter().map(|one| item(&input, one)).collect();
    Ok(json!({
        "items": items,
        "totalMatchCount": count,
        "aggregates": aggregates,
        "nextToken": next_token,
    }))
}

fn visible(
    domain: &str,
    ids: Vec<String>,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Vec<Visible>, ServiceError> {
    let mut found = Vec::new();
    for id in ids {
        let listing = listing::require(&call.scope, tx, domain, &id)?;
        if let Some(revision) = listing.visible(call.now_ms) {
            let revision = revision.clone();
            found.push((listing, revision));
        }
    }
    Ok(found)
}

fn view((listing, revision): &Visible) -> Value {
    listing.view(revision)
}

fn item(input: &Input, found: &Visible) -> Value {
    let (listing, revision) = found;
    let mut item = listing.hit(revision);
    let wants = |attribute: &str| {
        input
            .additional_attributes
            .iter()
            .any(|name| name == attribute)
    };
    if wants("FORMS") {
        item["additionalAttributes"]["forms"] = json!(revision.forms.to_string());
    }
    if wants("TIME_SERIES_DATA_POINT_FORMS") && !listing.is_data_product() {
        item["additionalAttributes"]["latestTimeSeriesDataPointForms"] = json!(listing.data_points);
    }
    if wants("TEXT_MATCH_RATIONALE") {
        item["additionalAttributes"]["matchRationale"] = input.query.rationale(&view(found));
    }
    json!({listing.member(): item})
}

/// How many of all that was found have each value of an attribute, the most frequent first.
fn aggregate(wanted: &[Aggregation], found: &[Visible]) -> Option<Vec<Value>> {
    if wanted.is_empty() {
        return None;
    }
    let views: Vec<Value> = found.iter().map(view).collect();
    let one = |aggregation: &Aggregation| {
        let mut counts: BTreeMap<String, u32> = BTreeMap::new();
        for view in &views {
            for value in values_of(view, &aggregation.attribute) {
                *counts.entry(value).or_default() += 1;
            }
        }
        let mut counts: Vec<(String, u32)> = counts.into_iter().collect();
        counts.sort_by(|(_, a), (_, b)| b.cmp(a));
        let items: Vec<Value> = counts
            .into_iter()
            .map(|(value, count)| json!({"value": value, "count": count}))
            .collect();
        json!({
            "attribute": aggregation.attribute,
            "displayValue": aggregation.display_value,
            "items": items,
        })
    };
    Some(wanted.iter().map(one).collect())
}
