//! `UpdateDomain`: what the request leaves out stays as it is.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::domain::{self, DOMAINS};
use super::{error, member};
use crate::error::ServiceError;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    identifier: String,
    name: Option<String>,
    description: Option<String>,
    single_sign_on: Option<Value>,
    domain_execution_role: Option<String>,
    service_role: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Output {
    id: String,
    root_domain_unit_id: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    single_sign_on: Option<Value>,
    domain_execution_role: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_role: Option<String>,
    last_updated_at: f64,
}

pub(super) fn update_domain(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Output, ServiceError> {
    let mut constraints = Constraints::new();
    member::domain_id(&mut constraints, "identifier", &input.identifier);
    constraints.length("name", input.name.as_deref(), 1, 256);
    member::description(&mut constraints, input.description.as_deref());
    let role = input.domain_execution_role.as_deref();
    member::role(&mut constraints, "domainExecutionRole", role);
    member::role(
        &mut constraints,
        "serviceRole",
        input.service_role.as_deref(),
    );
    constraints.check(error::VALIDATION)?;

    let mut domain = domain::require(call, tx, &input.identifier)?;
    domain.name = input.name.unwrap_or(domain.name);
    domain.description = input.description.or(domain.description);
    domain.single_sign_on = input.single_sign_on.or(domain.single_sign_on);
    domain.domain_execution_role = input
        .domain_execution_role
        .unwrap_or(domain.domain_execution_role);
    domain.service_role = input.service_role.or(domain.service_role);
    domain.updated_ms = Some(call.now_ms);
    tx.put(&call.scope, DOMAINS, &domain.id, &domain)?;
    Ok(Output {
        id: domain.id,
        root_domain_unit_id: domain.root_domain_unit_id,
        name: domain.name,
        description: domain.description,
        single_sign_on: domain.single_sign_on,
        domain_execution_role: domain.domain_execution_role,
        service_role: domain.service_role,
        last_updated_at: epoch_seconds(call.now_ms),
    })
}
