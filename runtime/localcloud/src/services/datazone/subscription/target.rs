//! Subscription targets, stored under `domain/environment/target`: `CreateSubscriptionTarget`,
//! `GetSubscriptionTarget`, `UpdateSubscriptionTarget`, `ListSubscriptionTargets` and
//! `DeleteSubscriptionTarget`. One that says `AUTOMATIC` gets its grants when a subscription is approved.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::grant;
use super::list::Sorted;
use super::subscriber::Principal;
use crate::error::ServiceError;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::services::datazone::kind::{Kind, listed};
use crate::services::datazone::{domain, environment, error, idempotency};
use crate::store::Tx;

const TARGETS: Kind = Kind::new("datazone.subscription-targets", "Subscription target");
/// Targets that grant by themselves: `domain/project/environment/target`.
const AUTOMATIC: Kind = Kind::new("datazone.automatic-targets", "Subscription target");

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Target {
    pub(super) id: String,
    pub(super) domain_id: String,
    pub(super) environment_id: String,
    pub(super) project_id: String,
    name: String,
    kind: String,
    config: Value,
    authorized_principals: Vec<String>,
    manage_access_role: Option<String>,
    pub(super) asset_types: Vec<String>,
    provider: String,
    /// `AUTOMATIC` by its maker's word, or shown so for want of one.
    creation_mode: String,
    #[serde(default)]
    is_automatic: bool,
    created_by: String,
    created_ms: i64,
    #[serde(default)]
    updated_by: Option<String>,
    #[serde(default)]
    updated_ms: Option<i64>,
}

impl Target {
    fn write(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
        let (domain, environment) = (self.domain_id.as_str(), self.environment_id.as_str());
        TARGETS.put(call, tx, &[domain, environment, &self.id], self)?;
        let automatic = [domain, &self.project_id, environment, &self.id];
        if self.is_automatic {
            return AUTOMATIC.put(call, tx, &automatic, &(environment, &self.id));
        }
        AUTOMATIC.delete(call, tx, &automatic).map(drop)
    }

    fn remove(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
        if grant::holds(&self.domain_id, &self.id, call, tx)? {
            return Err(error::conflict(format!(
                "Subscription target {} has grants",
                self.id
            )));
        }
        let (domain, environment) = (self.domain_id.as_str(), self.environment_id.as_str());
        AUTOMATIC.delete(call, tx, &[domain, &self.project_id, environment, &self.id])?;
        TARGETS
            .delete(call, tx, &[domain, environment, &self.id])
            .map(drop)
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
            "updatedBy": self.updated_by,
            "updatedAt": self.updated_ms.map(epoch_seconds),
        })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Create {
    domain_identifier: String,
    environment_identifier: String,
    name: String,
    r#type: String,
    subscription_target_config: Vec<Value>,
    authorized_principals: Vec<String>,
    manage_access_role: Option<String>,
    applicable_asset_types: Vec<String>,
    provider: Option<String>,
    subscription_grant_creation_mode: Option<String>,
    client_token: Option<String>,
}

pub(crate) fn create(input: Create, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    idempotency::once(call, tx, input.client_token.as_deref(), || {
        let domain = domain::require(call, tx, &input.domain_identifier)?;
        let environment =
            environment::require(&domain.id, &input.environment_identifier, call, tx)?;
        let mode = input.subscription_grant_creation_mode;
        let provider = input.provider;
        let target = Target {
            id: call.cloud.lower(14),
            domain_id: domain.id,
            environment_id: environment.id,
            project_id: environment.project_id,
            name: input.name,
            kind: input.r#type,
            config: json!(input.subscription_target_config),
            authorized_principals: input.authorized_principals,
            manage_access_role: input.manage_access_role,
            asset_types: input.applicable_asset_types,
            provider: provider.unwrap_or_else(|| "Amazon DataZone".to_owned()),
            is_automatic: mode.as_deref() == Some("AUTOMATIC"),
            creation_mode: mode.unwrap_or_else(|| "AUTOMATIC".to_owned()),
            created_by: call.principal.arn.clone(),
            created_ms: call.now_ms,
            updated_by: None,
            updated_ms: None,
        };
        target.write(call, tx)?;
        Ok(target.shown())
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Named {
    domain_identifier: String,
    environment_identifier: String,
    identifier: String,
}

impl Named {
    fn find(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<Target, ServiceError> {
        let domain = domain::require(call, tx, &self.domain_identifier)?;
        require(
            &domain.id,
            &self.environment_identifier,
            &self.identifier,
            call,
            tx,
        )
    }
}

pub(crate) fn get(input: Named, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    input.find(call, tx).map(|target| target.shown())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Update {
    #[serde(flatten)]
    named: Named,
    name: Option<String>,
    subscription_target_config: Option<Vec<Value>>,
    authorized_principals: Option<Vec<String>>,
    manage_access_role: Option<String>,
    applicable_asset_types: Option<Vec<String>>,
    provider: Option<String>,
    subscription_grant_creation_mode: Option<String>,
}

/// What the request leaves out stays as it is.
pub(crate) fn update(input: Update, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let mut target = input.named.find(call, tx)?;
    target.name = input.name.unwrap_or(target.name);
    let config = input.subscription_target_config;
    target.config = config.map_or(target.config, |config| json!(config));
    let principals = input.authorized_principals;
    target.authorized_principals = principals.unwrap_or(target.authorized_principals);
    target.manage_access_role = input.manage_access_role.or(target.manage_access_role);
    let types = input.applicable_asset_types;
    target.asset_types = types.unwrap_or(target.asset_types);
    target.provider = input.provider.unwrap_or(target.provider);
    if let Some(mode) = input.subscription_grant_creation_mode {
        target.is_automatic = mode == "AUTOMATIC";
        target.creation_mode = mode;
    }
    target.updated_by = Some(call.principal.arn.clone());
    target.updated_ms = Some(call.now_ms);
    target.write(call, tx)?;
    Ok(target.shown())
}

/// Refused while there are grants in it that are not revoked.
pub(crate) fn delete(input: Named, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
    input.find(call, tx)?.remove(call, tx)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct List {
    domain_identifier: String,
    environment_identifier: String,
    #[serde(flatten)]
    sorted: Sorted,
}

pub(crate) fn list(input: List, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let environment = environment::require(&domain.id, &input.environment_identifier, call, tx)?;
    let below = format!("{}/{}", domain.id, environment.id);
    let moments = |target: &Target| {
        let updated = target.updated_ms.unwrap_or(target.created_ms);
        (target.created_ms, updated)
    };
    let (found, next_token) = input
        .sorted
        .page(TARGETS, &below, call, tx, |_| true, moments)?;
    Ok(listed(
        "items",
        found.iter().map(Target::shown).collect(),
        next_token,
    ))
}

pub(super) fn require(
    domain: &str,
    environment: &str,
    id: &str,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Target, ServiceError> {
    TARGETS.require(call, tx, &[domain, environment, id])
}

/// The target of an environment that has one.
pub(super) fn only_one(
    domain: &str,
    environment: &str,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Target, ServiceError> {
    let all: Vec<Target> = TARGETS.all(call, tx, &[domain, environment])?;
    let count = all.len();
    match all.into_iter().next() {
        Some(target) if count == 1 => Ok(target),
        _ => Err(error::validation(format!(
            "Environment {environment} has {count} subscription targets: one must be named"
        ))),
    }
}

/// The targets of a subscriber that grant by themselves.
pub(super) fn automatic(
    domain: &str,
    principal: &Principal,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Vec<Target>, ServiceError> {
    let Principal::Project { id, .. } = principal else {
        return Ok(Vec::new());
    };
    let known: Vec<(String, String)> = AUTOMATIC.all(call, tx, &[domain, id])?;
    let targets = known
        .iter()
        .map(|(environment, id)| require(domain, environment, id, call, tx));
    targets.collect()
}

/// The environment is to go, and its targets with it: refused while one has grants.
pub(crate) fn delete_all(
    domain: &str,
    environment: &str,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    for target in TARGETS.all::<Target>(call, tx, &[domain, environment])? {
        if grant::holds(domain, &target.id, call, tx)? {
            return Err(error::validation(format!(
                "Environment {environment} cannot be deleted because its subscription target {} has grants",
                target.id
            )));
        }
        target.remove(call, tx)?;
    }
    Ok(())
}
