//! `ListDomains`, in the order of their ids.

use serde::{Deserialize, Serialize};

use super::domain::{DOMAINS, Domain, STATUSES};
use super::{error, member};
use crate::error::ServiceError;
use crate::protocol::rest_json;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::services::paging::{self, Listing};
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    status: Option<String>,
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
    id: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    arn: String,
    managed_account_id: String,
    status: &'static str,
    portal_url: String,
    domain_version: String,
    created_at: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_updated_at: Option<f64>,
}

pub(super) fn list_domains(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Output, ServiceError> {
    let mut constraints = Constraints::new();
    let wanted = input.status.as_deref();
    constraints.one_of("status", wanted, &STATUSES);
    let limit = member::page_size(&mut constraints, input.max_results, 25).min(25);
    constraints.check(error::VALIDATION)?;
    let (domains, next_token) = paging::page(
        tx,
        Listing {
            scope: &call.scope,
            collection: DOMAINS,
            prefix: "",
        },
        input.next_token.as_deref(),
        limit,
        error::bad_token,
        |domain: &Domain| match domain.status(call.now_ms) {
            None => false,
            Some(status) => wanted.is_none_or(|wanted| wanted == status),
        },
    )?;
    let summary = |domain: Domain| Summary {
        status: domain.status(call.now_ms).unwrap_or("DELETED"),
        id: domain.id,
        name: domain.name,
        description: domain.description,
        arn: domain.arn,
        managed_account_id: domain.account,
        portal_url: domain.portal_url,
        domain_version: domain.domain_version,
        created_at: epoch_seconds(domain.created_ms),
        last_updated_at: domain.updated_ms.map(epoch_seconds),
    };
    Ok(Output {
        items: domains.into_iter().map(summary).collect(),
        next_token,
    })
}
