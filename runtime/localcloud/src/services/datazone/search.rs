//! `Search` of what projects own, listed or not. Only assets are owned here, so the other scopes find
//! nothing.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::asset::{self, Asset, Revision};
use super::filter::Query;
use super::form;
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
    owning_project_identifier: Option<String>,
    search_scope: Option<String>,
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

pub(super) fn search(input: Input, call: &Call<'_>, tx: &Tx<'_>) -> Result<Output, ServiceError> {
    let mut constraints = Constraints::new();
    member::domain_id(
        &mut constraints,
        "domainIdentifier",
        &input.domain_identifier,
    );
    let scope = constraints.required("searchScope", input.search_scope);
    constraints.one_of(
        "searchScope",
        Some(&scope),
        &["ASSET", "GLOSSARY", "GLOSSARY_TERM", "DATA_PRODUCT"],
    );
    let owner = input.owning_project_identifier.as_deref();
    if let Some(owner) = owner {
        member::id(&mut constraints, "owningProjectIdentifier", owner);
    }
    let limit = member::page_size(&mut constraints, input.max_results, 50);
    input.query.check(&mut constraints);
    constraints.check(error::VALIDATION)?;

    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let mut assets = Vec::new();
    if scope == "ASSET" {
        for asset in asset::in_domain(&call.scope, tx, &domain.id)? {
            if owner.is_none_or(|owner| owner == asset.owning_project_id) {
                let revision = asset.revision(None, &call.scope, tx)?;
                assets.push((asset, revision));
            }
        }
    }
    let found = input.query.run(assets, view);
    let total_match_count = found.len();
    let (page, next_token) = paging::slice(
        &format!("search/{}", domain.id),
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
        .map(|found| json!({"assetItem": item(found, with_forms)}))
        .collect();
    Ok(Output {
        items,
        total_match_count,
        next_token,
    })
}

fn view((asset, revision): &(Asset, Revision)) -> Value {
    json!({
        "identifier": asset.id,
        "id": asset.id,
        "name": revision.name,
        "description": revision.description,
        "typeIdentifier": asset.type_identifier,
        "externalIdentifier": asset.external_identifier,
        "owningProjectId": asset.owning_project_id,
        "createdAt": revision.created_ms,
        "glossaryTerms": revision.glossary_terms,
        "forms": form::combined(&revision.forms),
    })
}

fn item((asset, revision): (Asset, Revision), with_forms: bool) -> Value {
    let mut item = json!({
        "domainId": asset.domain_id,
        "identifier": asset.id,
        "name": revision.name,
        "typeIdentifier": asset.type_identifier,
        "typeRevision": revision.type_revision,
        "externalIdentifier": asset.external_identifier,
        "description": revision.description,
        "createdAt": epoch_seconds(revision.created_ms),
        "createdBy": revision.created_by,
        "firstRevisionCreatedAt": epoch_seconds(asset.first_created_ms),
        "firstRevisionCreatedBy": asset.first_created_by,
        "glossaryTerms": revision.glossary_terms,
        "owningProjectId": asset.owning_project_id,
    });
    if with_forms {
        item["additionalAttributes"] = json!({"formsOutput": revision.forms});
    }
    item
}
