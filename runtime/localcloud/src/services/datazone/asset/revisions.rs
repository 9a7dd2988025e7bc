//! `ListAssetRevisions`, the latest first.

use serde::Deserialize;
use serde_json::{Value, json};

use super::require;
use crate::error::ServiceError;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::services::datazone::domain;
use crate::services::datazone::kind::{Named, Page, listed};
use crate::store::Tx;

#[derive(Debug, Deserialize)]
pub(crate) struct List {
    #[serde(flatten)]
    named: Named,
    #[serde(flatten)]
    page: Page,
}

pub(crate) fn list_revisions(
    input: List,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.named.domain_identifier)?;
    let asset = require(&call.scope, tx, &domain.id, &input.named.identifier)?;
    let revisions = asset.revisions(&call.scope, tx)?;
    let (revisions, next_token) = input
        .page
        .of(&format!("revisions/{}", asset.id), revisions)?;
    let items = revisions
        .into_iter()
        .map(|revision| {
            json!({
                "domainId": asset.domain_id,
                "id": asset.id,
                "revision": revision.number.to_string(),
                "createdBy": revision.created_by,
                "createdAt": epoch_seconds(revision.created_ms),
            })
        })
        .collect();
    Ok(listed("items", items, next_token))
}
