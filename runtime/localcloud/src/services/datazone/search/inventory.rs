//! `Search` of what projects own, listed or not: assets, glossaries and their terms, data products.

use serde::Deserialize;
use serde_json::{Value, json};

use super::filter::Query;
use super::index::{Catalogue, Need, fact};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::datazone::asset::{self, Asset, Revision};
use crate::services::datazone::data_product::{self, DataProduct};
use crate::services::datazone::kind::Page;
use crate::services::datazone::{domain, glossary};
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Input {
    domain_identifier: String,
    owning_project_identifier: Option<String>,
    search_scope: String,
    #[serde(default)]
    additional_attributes: Vec<String>,
    #[serde(flatten)]
    page: Page,
    #[serde(flatten)]
    query: Query,
}

impl Input {
    fn wants(&self, attribute: &str) -> bool {
        self.additional_attributes
            .iter()
            .any(|name| name == attribute)
    }
}

/// What is found: what it shows to the query, and what the answer says of it.
struct Found {
    view: Value,
    item: Value,
}

pub(crate) fn search(input: Input, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let catalogue = match input.search_scope.as_str() {
        "ASSET" => Some(Catalogue::assets(&domain.id)),
        "DATA_PRODUCT" => Some(Catalogue::data_products(&domain.id)),
        _ => None,
    };
    let owner = input.owning_project_identifier.as_deref();
    let (member, found, count, next_token) = match catalogue {
        Some(catalogue) if input.query.is_everything() => {
            let (ids, count, next_token) = match owner {
                Some(owner) => {
                    let owned = fact("owningProjectId", owner);
                    let ids = catalogue.sorted_with(&owned, call, tx)?;
                    let list = format!("search/{}/{}/{owner}", domain.id, input.search_scope);
                    let count = ids.len();
                    let (ids, next_token) = input.page.of(&list, ids)?;
                    (ids, count, next_token)
                }
                None => {
                    let (ids, next_token) = catalogue.page(&input.page, call, tx, |_| true)?;
                    (ids, catalogue.count(call, tx)?, next_token)
                }
            };
            let (member, found) = load(&input, &domain.id, &ids, call, tx)?;
            (member, found, count, next_token)
        }
        _ => {
            let (member, all) = match catalogue {
                Some(catalogue) => {
                    let ids = candidates(&input, catalogue, call, tx)?;
                    load(&input, &domain.id, &ids, call, tx)?
                }
                None => vocabulary(&input, &domain.id, call, tx)?,
            };
            let found = input.query.run(all, |found| found.view.clone());
            let count = found.len();
            let list = format!("search/{}/{}", domain.id, input.search_scope);
            let (found, next_token) = input.page.of(&list, found)?;
            (member, found, count, next_token)
        }
    };
    let rationale = input.wants("TEXT_MATCH_RATIONALE");
    let items: Vec<Value> = found
        .into_iter()
        .map(|Found { view, mut item }| {
            if rationale {
                item["additionalAttributes"]["matchRationale"] = input.query.rationale(&view);
            }
            json!({member: item})
        })
        .collect();
    Ok(json!({"items": items, "totalMatchCount": count, "nextToken": next_token}))
}

/// The ids of what may be wanted.
fn candidates(
    input: &Input,
    catalogue: Catalogue<'_>,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Vec<String>, ServiceError> {
    let mut needs = input.query.needs();
    if let Some(owner) = &input.owning_project_identifier {
        needs.push(Need::Fact(fact("owningProjectId", owner)));
    }
    match catalogue.candidates(&needs, call, tx)? {
        Some(ids) => Ok(ids),
        None => {
            let all = Page {
                max_results: Some(usize::MAX - 1),
                next_token: None,
            };
            Ok(catalogue.page(&all, call, tx, |_| true)?.0)
        }
    }
}

/// Assets or data products, those of the wanted project.
fn load(
    input: &Input,
    domain: &str,
    ids: &[String],
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(&'static str, Vec<Found>), ServiceError> {
    let owner = input.owning_project_identifier.as_ref();
    let owned = |by: &String| owner.is_none_or(|owner| owner == by);
    let mut found = Vec::new();
    if input.search_scope == "DATA_PRODUCT" {
        for id in ids {
            let product: DataProduct = data_product::require(domain, id, call, tx)?;
            if owned(&product.owning_project_id) {
                let (view, item) = (product.view(), product.item());
                found.push(Found { view, item });
            }
        }
        return Ok(("dataProductItem", found));
    }
    for id in ids {
        let asset: Asset = asset::require(&call.scope, tx, domain, id)?;
        if owned(&asset.owning_project_id) {
            let revision = asset.revision(None, &call.scope, tx)?;
            found.push(of_asset(input, &asset, &revision));
        }
    }
    Ok(("assetItem", found))
}

fn of_asset(input: &Input, asset: &Asset, revision: &Revision) -> Found {
    let mut item = asset.item(revision);
    if input.wants("FORMS") {
        item["additionalAttributes"]["formsOutput"] = json!(revision.forms);
    }
    if input.wants("TIME_SERIES_DATA_POINT_FORMS") {
        item["additionalAttributes"]["latestTimeSeriesDataPointFormsOutput"] =
            json!(asset.data_points);
    }
    Found {
        view: asset.view(revision),
        item,
    }
}

/// Glossaries or terms, those of the wanted project.
fn vocabulary(
    input: &Input,
    domain: &str,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(&'static str, Vec<Found>), ServiceError> {
    let owner = input.owning_project_identifier.as_deref();
    let (member, items) = if input.search_scope == "GLOSSARY" {
        ("glossaryItem", glossary::items(domain, owner, call, tx)?)
    } else {
        (
            "glossaryTermItem",
            glossary::term::items(domain, owner, call, tx)?,
        )
    };
    let found = items
        .into_iter()
        .map(|item| Found {
            view: item.clone(),
            item,
        })
        .collect();
    Ok((member, found))
}
