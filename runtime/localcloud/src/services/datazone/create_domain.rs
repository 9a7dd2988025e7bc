//! `CreateDomain`.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::domain::{DOMAINS, Domain, Shown};
use super::{error, idempotency, member};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    name: Option<String>,
    description: Option<String>,
    single_sign_on: Option<Value>,
    domain_execution_role: Option<String>,
    service_role: Option<String>,
    domain_version: Option<String>,
    kms_key_identifier: Option<String>,
    tags: Option<Map<String, Value>>,
    client_token: Option<String>,
}

pub(super) fn create_domain(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut constraints = Constraints::new();
    let name = constraints.required("name", input.name);
    constraints.length("name", Some(&name), 1, 256);
    let role = constraints.required("domainExecutionRole", input.domain_execution_role);
    member::role(&mut constraints, "domainExecutionRole", Some(&role));
    member::role(
        &mut constraints,
        "serviceRole",
        input.service_role.as_deref(),
    );
    let version = input.domain_version.unwrap_or_else(|| "V1".to_owned());
    constraints.one_of("domainVersion", Some(&version), &["V1", "V2"]);
    member::description(&mut constraints, input.description.as_deref());
    member::client_token(&mut constraints, input.client_token.as_deref());
    constraints.check(error::VALIDATION)?;
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
            name,
            description: input.description,
            domain_execution_role: role,
            service_role: input.service_role,
            domain_version: version,
            kms_key_identifier: input.kms_key_identifier,
            single_sign_on: input.single_sign_on,
            tags: input.tags.unwrap_or_default(),
            account: account.clone(),
            created_ms: call.now_ms,
            updated_ms: None,
            deleted_ms: None,
            id,
        };
        tx.put(&call.scope, DOMAINS, &domain.id, &domain)?;
        Ok(Shown::new(domain, call.now_ms))
    })
}
