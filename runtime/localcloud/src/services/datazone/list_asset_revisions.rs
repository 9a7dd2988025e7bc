//! `ListAssetRevisions`, the latest first.

use serde::{Deserialize, Serialize};

use super::{asset, domain, error, member};
use crate::error::ServiceError;
use crate::protocol::rest_json;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::services::paging;
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    domain_identifier: String,
    identifier: String,
    #[serde(default, deserialize_with = "rest_json::from_text")]
    max_results: Option<i64>,
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Output {
    items: Vec<Summary>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
    domain_id: String,
    id: String,
    revision: String,
    created_by: String,
    created_at: f64,
}

pub(super) fn list_asset_revisions(
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
    let limit = member::page_size(&mut constraints, input.max_results, 50);
    constraints.check(error::VALIDATION)?;
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let asset = asset::require(&call.scope, tx, &domain.id, &input.identifier)?;
    let (revisions, next_token) = paging::slice(
        &format!("revisions/{}", asset.id),
        asset.revisions(&call.scope, tx)?,
        input.next_token.as_deref(),
        limit,
        error::bad_token,
    )?;
    let items = revisions
        .into_iter()
        .map(|revision| Summary {
            domain_id: asset.domain_id.clone(),
            id: asset.id.clone(),
            revision: revision.number.to_string(),
            created_by: revision.created_by,
            created_at: epoch_seconds(revision.created_ms),
        })
        .collect();
    Ok(Output { items, next_token })
}
