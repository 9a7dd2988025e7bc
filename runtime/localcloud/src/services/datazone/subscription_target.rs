//! Subscription targets, stored under `domain/environment/target`: `CreateSubscriptionTarget`,
//! `GetSubscriptionTarget`, `ListSubscriptionTargets` and `DeleteSubscriptionTarget`. Grants are made when they
//! are asked for, whatever the target's mode of creation is.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{domain, environment, error, idempotency, member, subscription_grant};
use crate::error::ServiceError;
use crate::protocol::rest_json;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::services::paging::{self, Listing};
use crate::store::Tx;

const TARGETS: &str = "datazone.subscription-targets";

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Target {
    pub(super) id: String,
    domain_id: String,
    pub(super) environment_id: String,
    pub(super) project_id: String,
    name: String,
    kind: String,
    config: Value,
    authorized_principals: Vec<String>,
    manage_access_role: Option<String>,
    pub(super) asset_types: Vec<String>,
    provider: String,
    creation_mode: String,
    created_by: String,
    created_ms: i64,
}

impl Target {
    fn key(&self) -> String {
        key(&self.domain_id, &self.environment_id, &self.id)
    }

    fn shown(&self) -> Value {
        json!({
            "id": self.id,
            "domainId": self.domain_id,
            "environmentId": self.environment_id,
            "projectId": self.project_id,
            "name": self.name,
            "type": self.kind,
            "subscriptionTargetConfig": self.config,
            "authorizedPrincipals": self.authorized_principals,
            "manageAccessRole": self.manage_access_role,
            "applicableAssetTypes": self.asset_types,
            "provider": self.provider,
            "subscriptionGrantCreationMode": self.creation_mode,
            "createdBy": self.created_by,
            "createdAt": epoch_seconds(self.created_ms),
        })
    }
}

fn key(domain: &str, environment: &str, id: &str) -> String {
    format!("{domain}/{environment}/{id}")
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Create {
    domain_identifier: String,
    environment_identifier: String,
    name: Option<String>,
    r#type: Option<String>,
    subscription_target_config: Option<Vec<Value>>,
    authorized_principals: Option<Vec<String>>,
    manage_access_role: Option<String>,
    applicable_asset_types: Option<Vec<String>>,
    provider: Option<String>,
    subscription_grant_creation_mode: Option<String>,
    client_token: Option<String>,
}

pub(super) fn create(input: Create, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let mut constraints = Constraints::new();
    let domain = &input.domain_identifier;
    member::domain_id(&mut constraints, "domainIdentifier", domain);
    let name = constraints.required("name", input.name);
    constraints.length("name", Some(&name), 1, 256);
    let kind = constraints.required("type", input.r#type);
    let config = constraints.required("subscriptionTargetConfig", input.subscription_target_config);
    let principals = constraints.required("authorizedPrincipals", input.authorized_principals);
    constraints.count("authorizedPrincipals", Some(&principals), 1, 20);
    let asset_types = constraints.required("applicableAssetTypes", input.applicable_asset_types);
    let mode = input.subscription_grant_creation_mode;
    constraints.one_of(
        "subscriptionGrantCreationMode",
        mode.as_deref(),
        &["AUTOMATIC", "MANUAL"],
    );
    member::client_token(&mut constraints, input.client_token.as_deref());
    constraints.check(error::VALIDATION)?;
    idempotency::once(call, tx, input.client_token.as_deref(), || {
        let domain = domain::require(call, tx, &input.domain_identifier)?;
        let environment =
            environment::require(&domain.id, &input.environment_identifier, call, tx)?;
        let target = Target {
            id: call.cloud.lower(14),
            domain_id: domain.id,
            environment_id: environment.id,
            project_id: environment.project_id,
            name,
            kind,
            config: json!(config),
            authorized_principals: principals,
            manage_access_role: input.manage_access_role,
            asset_types,
            provider: input
                .provider
                .unwrap_or_else(|| "Amazon DataZone".to_owned()),
            creation_mode: mode.unwrap_or_else(|| "AUTOMATIC".to_owned()),
            created_by: call.principal.arn.clone(),
            created_ms: call.now_ms,
        };
        tx.put(&call.scope, TARGETS, &target.key(), &target)?;
        Ok(target.shown())
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Named {
    domain_identifier: String,
    environment_identifier: String,
    identifier: String,
}

pub(super) fn get(input: Named, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let environment = &input.environment_identifier;
    require(&domain.id, environment, &input.identifier, call, tx).map(|target| target.shown())
}

/// Refused while there are grants in it that are not revoked.
pub(super) fn delete(input: Named, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let environment = &input.environment_identifier;
    let target = require(&domain.id, environment, &input.identifier, call, tx)?;
    if subscription_grant::holds(&domain.id, &target.id, call, tx)? {
        return Err(error::conflict(format!(
            "Subscription target {} has grants",
            target.id
        )));
    }
    tx.delete(&call.scope, TARGETS, &target.key()).map(drop)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct List {
    domain_identifier: String,
    environment_identifier: String,
    #[serde(default, deserialize_with = "rest_json::from_text")]
    max_results: Option<i64>,
    next_token: Option<String>,
}

pub(super) fn list(input: List, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let mut constraints = Constraints::new();
    let domain = &input.domain_identifier;
    member::domain_id(&mut constraints, "domainIdentifier", domain);
    let limit = member::page_size(&mut constraints, input.max_results, 50);
    constraints.check(error::VALIDATION)?;
    let domain = domain::require(call, tx, domain)?;
    let environment = environment::require(&domain.id, &input.environment_identifier, call, tx)?;
    let (found, next_token) = paging::page(
        tx,
        Listing {
            scope: &call.scope,
            collection: TARGETS,
            prefix: &key(&domain.id, &environment.id, ""),
        },
        input.next_token.as_deref(),
        limit,
        error::bad_token,
        |_: &Target| true,
    )?;
    let items: Vec<Value> = found.iter().map(Target::shown).collect();
    Ok(member::items(items, next_token))
}

pub(super) fn require(
    domain: &str,
    environment: &str,
    id: &str,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Target, ServiceError> {
    tx.get(&call.scope, TARGETS, &key(domain, environment, id))?
        .ok_or_else(|| error::not_found("Subscription target", id))
}
