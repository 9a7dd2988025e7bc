//! Domains, stored under their ids.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{SETTLING_MS, error};
use crate::error::ServiceError;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::store::Tx;

pub(super) const DOMAINS: &str = "datazone.domains";

/// The statuses that a domain can be listed by.
pub(super) const STATUSES: [&str; 6] = [
    "CREATING",
    "AVAILABLE",
    "CREATION_FAILED",
    "DELETING",
    "DELETED",
    "DELETION_FAILED",
];

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Domain {
    pub(super) id: String,
    pub(super) arn: String,
    pub(super) root_domain_unit_id: String,
    pub(super) name: String,
    pub(super) description: Option<String>,
    pub(super) domain_execution_role: String,
    pub(super) service_role: Option<String>,
    pub(super) domain_version: String,
    pub(super) kms_key_identifier: Option<String>,
    pub(super) single_sign_on: Option<Value>,
    pub(super) tags: Map<String, Value>,
    pub(super) portal_url: String,
    pub(super) account: String,
    pub(super) created_ms: i64,
    pub(super) updated_ms: Option<i64>,
    pub(super) deleted_ms: Option<i64>,
}

impl Domain {
    /// At this moment; `None` once it is deleted for good.
    pub(super) fn status(&self, now_ms: i64) -> Option<&'static str> {
        match self.deleted_ms {
            Some(deleted) if now_ms >= deleted + SETTLING_MS => None,
            Some(_) => Some("DELETING"),
            None if now_ms < self.created_ms + SETTLING_MS => Some("CREATING"),
            None => Some("AVAILABLE"),
        }
    }
}

/// A domain that is not deleted for good.
pub(super) fn find(call: &Call<'_>, tx: &Tx<'_>, id: &str) -> Result<Domain, ServiceError> {
    tx.get::<Domain>(&call.scope, DOMAINS, id)?
        .filter(|domain| domain.status(call.now_ms).is_some())
        .ok_or_else(|| error::not_found("Domain", id))
}

/// A domain that is not being deleted either.
pub(super) fn require(call: &Call<'_>, tx: &Tx<'_>, id: &str) -> Result<Domain, ServiceError> {
    find(call, tx, id).and_then(|domain| match domain.deleted_ms {
        None => Ok(domain),
        Some(_) => Err(error::not_found("Domain", id)),
    })
}

/// A domain, as `CreateDomain` and `GetDomain` show it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Shown {
    id: String,
    arn: String,
    root_domain_unit_id: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    single_sign_on: Option<Value>,
    domain_execution_role: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_role: Option<String>,
    domain_version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    kms_key_identifier: Option<String>,
    status: &'static str,
    portal_url: String,
    tags: Map<String, Value>,
    created_at: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_updated_at: Option<f64>,
}

impl Shown {
    pub(super) fn new(domain: Domain, now_ms: i64) -> Self {
        Self {
            status: domain.status(now_ms).unwrap_or("DELETED"),
            id: domain.id,
            arn: domain.arn,
            root_domain_unit_id: domain.root_domain_unit_id,
            name: domain.name,
            description: domain.description,
            single_sign_on: domain.single_sign_on,
            domain_execution_role: domain.domain_execution_role,
            service_role: domain.service_role,
            domain_version: domain.domain_version,
            kms_key_identifier: domain.kms_key_identifier,
            portal_url: domain.portal_url,
            tags: domain.tags,
            created_at: epoch_seconds(domain.created_ms),
            last_updated_at: domain.updated_ms.map(epoch_seconds),
        }
    }
}
