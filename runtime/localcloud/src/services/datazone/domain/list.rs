//! `ListDomains`, in the order of their ids.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{DOMAINS, Domain};
use crate::error::ServiceError;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::services::datazone::error;
use crate::services::datazone::kind::{Page, listed};
use crate::services::paging::{self, Listing};
use crate::store::Tx;

/// Results of one page, at most.
const MOST: usize = 25;

#[derive(Debug, Deserialize)]
pub(crate) struct List {
    status: Option<String>,
    #[serde(flatten)]
    page: Page,
}

pub(crate) fn list(input: List, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let (domains, next_token) = paging::page(
        tx,
        Listing {
            scope: &call.scope,
            collection: DOMAINS,
            prefix: "",
        },
        input.page.next_token.as_deref(),
        input.page.limit().min(MOST),
        error::bad_token,
        |domain: &Domain| match domain.status(call.now_ms) {
            None => false,
            Some(status) => input.status.as_ref().is_none_or(|wanted| wanted == status),
        },
    )?;
    let summary = |domain: &Domain| {
        json!({
            "status": domain.status(call.now_ms),
            "id": domain.id,
            "name": domain.name,
            "description": domain.description,
            "arn": domain.arn,
            "managedAccountId": domain.account,
            "portalUrl": domain.portal_url,
            "domainVersion": domain.domain_version,
            "createdAt": epoch_seconds(domain.created_ms),
            "lastUpdatedAt": domain.updated_ms.map(epoch_seconds),
        })
    };
    Ok(listed(
        "items",
        domains.iter().map(summary).collect(),
        next_token,
    ))
}
