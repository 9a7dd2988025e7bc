//! `UpdateDomain`: what the request leaves out stays as it is.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{DOMAINS, require};
use crate::error::ServiceError;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::services::datazone::{error, idempotency};
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Update {
    identifier: String,
    name: Option<String>,
    description: Option<String>,
    single_sign_on: Option<Value>,
    domain_execution_role: Option<String>,
    service_role: Option<String>,
    client_token: Option<String>,
}

pub(crate) fn update(input: Update, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    // The model leaves these open; the service does not.
    let mut constraints = Constraints::new();
    constraints.length("name", input.name.as_deref(), 1, 256);
    constraints.length("description", input.description.as_deref(), 0, 2048);
    constraints.check(error::VALIDATION)?;
    idempotency::once(call, tx, input.client_token.as_deref(), || {
        let mut domain = require(call, tx, &input.identifier)?;
        domain.name = input.name.unwrap_or(domain.name);
        domain.description = input.description.or(domain.description);
        domain.single_sign_on = input.single_sign_on.or(domain.single_sign_on);
        let role = input.domain_execution_role;
        domain.domain_execution_role = role.unwrap_or(domain.domain_execution_role);
        domain.service_role = input.service_role.or(domain.service_role);
        domain.updated_ms = Some(call.now_ms);
        tx.put(&call.scope, DOMAINS, &domain.id, &domain)?;
        Ok(json!({
            "id": domain.id,
            "rootDomainUnitId": domain.root_domain_unit_id,
            "name": domain.name,
            "description": domain.description,
            "singleSignOn": domain.single_sign_on,
            "domainExecutionRole": domain.domain_execution_role,
            "serviceRole": domain.service_role,
            "lastUpdatedAt": epoch_seconds(call.now_ms),
        }))
    })
}
