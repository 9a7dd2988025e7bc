//! Domains, stored under their ids.

mod create;
mod delete;
mod list;
mod update;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

pub(crate) use create::create;
pub(crate) use delete::delete;
pub(crate) use list::list;
pub(crate) use update::update;

use super::{SETTLING_MS, error};
use crate::error::ServiceError;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::store::Tx;

pub(crate) const DOMAINS: &str = "datazone.domains";

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Domain {
    pub(crate) id: String,
    pub(crate) arn: String,
    pub(crate) root_domain_unit_id: String,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) domain_execution_role: String,
    pub(crate) service_role: Option<String>,
    pub(crate) domain_version: String,
    pub(crate) kms_key_identifier: Option<String>,
    pub(crate) single_sign_on: Option<Value>,
    pub(crate) tags: Map<String, Value>,
    pub(crate) portal_url: String,
    pub(crate) account: String,
    pub(crate) created_ms: i64,
    pub(crate) updated_ms: Option<i64>,
    pub(crate) deleted_ms: Option<i64>,
}

impl Domain {
    /// At this moment; `None` once it is deleted for good.
    pub(crate) fn status(&self, now_ms: i64) -> Option<&'static str> {
        match self.deleted_ms {
            Some(deleted) if now_ms >= deleted + SETTLING_MS => None,
            Some(_) => Some("DELETING"),
            None if now_ms < self.created_ms + SETTLING_MS => Some("CREATING"),
            None => Some("AVAILABLE"),
        }
    }
}

/// A domain that is not deleted for good.
pub(crate) fn find(call: &Call<'_>, tx: &Tx<'_>, id: &str) -> Result<Domain, ServiceError> {
    tx.get::<Domain>(&call.scope, DOMAINS, id)?
        .filter(|domain| domain.status(call.now_ms).is_some())
        .ok_or_else(|| error::not_found("Domain", id))
}

/// A domain that is not being deleted either.
pub(crate) fn require(call: &Call<'_>, tx: &Tx<'_>, id: &str) -> Result<Domain, ServiceError> {
    find(call, tx, id).and_then(|domain| match domain.deleted_ms {
        None => Ok(domain),
        Some(_) => Err(error::not_found("Domain", id)),
    })
}

impl Domain {
    /// As `CreateDomain` and `GetDomain` show it.
    fn shown(&self, now_ms: i64) -> Value {
        json!({
            "id": self.id,
            "arn": self.arn,
            "rootDomainUnitId": self.root_domain_unit_id,
            "name": self.name,
            "description": self.description,
            "singleSignOn": self.single_sign_on,
            "domainExecutionRole": self.domain_execution_role,
            "serviceRole": self.service_role,
            "domainVersion": self.domain_version,
            "kmsKeyIdentifier": self.kms_key_identifier,
            "status": self.status(now_ms).unwrap_or("DELETED"),
            "portalUrl": self.portal_url,
            "tags": self.tags,
            "createdAt": epoch_seconds(self.created_ms),
            "lastUpdatedAt": self.updated_ms.map(epoch_seconds),
        })
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Identified {
    identifier: String,
}

/// `GetDomain`; one that is being deleted is still shown.
pub(crate) fn get(input: Identified, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    find(call, tx, &input.identifier).map(|domain| domain.shown(call.now_ms))
}
