//! `CreateDomain`: with its root domain unit, which the caller owns.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{DOMAINS, Domain};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::services::datazone::search::index;
use crate::services::datazone::{domain_unit, error, idempotency};
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Create {
    name: String,
    description: Option<String>,
    single_sign_on: Option<Value>,
    domain_execution_role: Option<String>,
    service_role: Option<String>,
    domain_version: Option<String>,
    kms_key_identifier: Option<String>,
    #[serde(default)]
    tags: Map<String, Value>,
    client_token: Option<String>,
}

pub(crate) fn create(input: Create, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    // The model leaves these open; the service does not.
    let mut constraints = Constraints::new();
    constraints.length("name", Some(&input.name), 1, 256);
    constraints.length("description", input.description.as_deref(), 0, 2048);
    let role = constraints.required("domainExecutionRole", input.domain_execution_role);
    constraints.check(error::VALIDATION)?;
    let version = input.domain_version.unwrap_or_else(|| "V1".to_owned());
    if version == "V2" && input.service_role.is_none() {
        return Err(error::validation("serviceRole is required for V2 domains"));
    }
    idempotency::once(call, tx, input.client_token.as_deref(), || {
        let separator = if version == "V2" { '-' } else { '_' };
        let id = format!("dzd{separator}{}", call.cloud.lower(13));
        let (region, account) = (&call.scope.region, &call.scope.account);
        let domain = Domain {
            arn: format!("arn:aws:datazone:{region}:{account}:domain/{id}"),
            portal_url: format!("https://{id}.datazone.{region}.on.aws"),
            root_domain_unit_id: call.cloud.lower(14),
            name: input.name,
            description: input.description,
            domain_execution_role: role,
            service_role: input.service_role,
            domain_version: version,
            kms_key_identifier: input.kms_key_identifier,
            single_sign_on: input.single_sign_on,
            tags: input.tags,
            account: account.clone(),
            created_ms: call.now_ms,
            updated_ms: None,
            deleted_ms: None,
            id,
        };
        tx.put(&call.scope, DOMAINS, &domain.id, &domain)?;
        domain_unit::plant(&domain, call, tx)?;
        index::begin(&domain.id, call, tx)?;
        Ok(domain.shown(call.now_ms))
    })
}
