//! `TagResource`, `UntagResource` and `ListTagsForResource`: of a domain, by its ARN.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::domain::{self, DOMAINS, Domain};
use super::error;
use crate::error::ServiceError;
use crate::request::Call;
use crate::store::Tx;

/// Tags of one resource.
const MOST: usize = 50;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Tag {
    resource_arn: String,
    tags: Map<String, Value>,
}

pub(crate) fn tag(input: Tag, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let mut domain = tagged(&input.resource_arn, call, tx)?;
    domain.tags.extend(input.tags);
    if domain.tags.len() > MOST {
        return Err(error::validation(format!(
            "A resource has {MOST} tags at most"
        )));
    }
    tx.put(&call.scope, DOMAINS, &domain.id, &domain)?;
    Ok(json!({}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Untag {
    resource_arn: String,
    tag_keys: Vec<String>,
}

pub(crate) fn untag(input: Untag, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let mut domain = tagged(&input.resource_arn, call, tx)?;
    domain.tags.retain(|key, _| !input.tag_keys.contains(key));
    tx.put(&call.scope, DOMAINS, &domain.id, &domain)?;
    Ok(json!({}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct List {
    resource_arn: String,
}

pub(crate) fn list(input: List, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let domain = tagged(&input.resource_arn, call, tx)?;
    Ok(json!({"tags": domain.tags}))
}

fn tagged(arn: &str, call: &Call<'_>, tx: &Tx<'_>) -> Result<Domain, ServiceError> {
    let id = arn.rsplit("domain/").next().unwrap_or_default();
    let domain = domain::require(call, tx, id);
    match domain {
        Ok(domain) if domain.arn == arn => Ok(domain),
        _ => Err(error::not_found("Resource", arn)),
    }
}
