//! Environments, as far as subscription targets need them, stored under `domain/environment`:
//! `CreateEnvironment`, `GetEnvironment` and `ListEnvironments`. Nothing is provisioned in one: it is `ACTIVE`
//! at once, as one of a custom blueprint is.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{domain, error, member, project};
use crate::error::ServiceError;
use crate::protocol::rest_json;
use crate::protocol::timestamp::iso8601;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::services::paging::{self, Listing};
use crate::store::Tx;

const ENVIRONMENTS: &str = "datazone.environments";

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Environment {
    pub(super) id: String,
    pub(super) domain_id: String,
    pub(super) project_id: String,
    name: String,
    description: Option<String>,
    blueprint_id: Option<String>,
    account: String,
    region: String,
    created_by: String,
    created_ms: i64,
}

impl Environment {
    fn shown(&self) -> Value {
        json!({
            "id": self.id,
            "domainId": self.domain_id,
            "projectId": self.project_id,
            "name": self.name,
            "description": self.description,
            "environmentBlueprintId": self.blueprint_id,
            "awsAccountId": self.account,
            "awsAccountRegion": self.region,
            "provider": "AWS",
            "status": "ACTIVE",
            "createdBy": self.created_by,
            "createdAt": iso8601(self.created_ms),
        })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Create {
    domain_identifier: String,
    project_identifier: Option<String>,
    name: Option<String>,
    description: Option<String>,
    environment_blueprint_identifier: Option<String>,
    environment_account_identifier: Option<String>,
    environment_account_region: Option<String>,
}

pub(super) fn create(input: Create, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let mut constraints = Constraints::new();
    let domain = &input.domain_identifier;
    member::domain_id(&mut constraints, "domainIdentifier", domain);
    let owner = constraints.required("projectIdentifier", input.project_identifier);
    let name = constraints.required("name", input.name);
    constraints.pattern("name", Some(&name), r"[\w -]{1,64}");
    member::description(&mut constraints, input.description.as_deref());
    constraints.check(error::VALIDATION)?;
    let domain = domain::require(call, tx, domain)?;
    let project = project::require(&call.scope, tx, &domain.id, &owner)?;
    let environment = Environment {
        id: call.cloud.lower(14),
        domain_id: domain.id,
        project_id: project.id,
        name,
        description: input.description,
        blueprint_id: input.environment_blueprint_identifier,
        account: input
            .environment_account_identifier
            .unwrap_or_else(|| call.scope.account.clone()),
        region: input
            .environment_account_region
            .unwrap_or_else(|| call.scope.region.clone()),
        created_by: call.principal.arn.clone(),
        created_ms: call.now_ms,
    };
    let key = format!("{}/{}", environment.domain_id, environment.id);
    tx.put(&call.scope, ENVIRONMENTS, &key, &environment)?;
    Ok(environment.shown())
}

pub(super) fn get(
    input: member::Identified,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    input.check()?;
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    require(&domain.id, &input.identifier, call, tx).map(|environment| environment.shown())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct List {
    domain_identifier: String,
    project_identifier: Option<String>,
    #[serde(default, deserialize_with = "rest_json::from_text")]
    max_results: Option<i64>,
    next_token: Option<String>,
}

pub(super) fn list(input: List, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let mut constraints = Constraints::new();
    let domain = &input.domain_identifier;
    member::domain_id(&mut constraints, "domainIdentifier", domain);
    let project = constraints.required("projectIdentifier", input.project_identifier);
    let limit = member::page_size(&mut constraints, input.max_results, 50);
    constraints.check(error::VALIDATION)?;
    let domain = domain::require(call, tx, domain)?;
    let (found, next_token) = paging::page(
        tx,
        Listing {
            scope: &call.scope,
            collection: ENVIRONMENTS,
            prefix: &format!("{}/", domain.id),
        },
        input.next_token.as_deref(),
        limit,
        error::bad_token,
        |found: &Environment| found.project_id == project,
    )?;
    let items: Vec<Value> = found.iter().map(Environment::shown).collect();
    Ok(member::items(items, next_token))
}

pub(super) fn require(
    domain: &str,
    id: &str,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Environment, ServiceError> {
    tx.get(&call.scope, ENVIRONMENTS, &format!("{domain}/{id}"))?
        .ok_or_else(|| error::not_found("Environment", id))
}
