//! How a blueprint is used in this account, under `domain/blueprint`: `PutEnvironmentBlueprintConfiguration`,
//! `GetEnvironmentBlueprintConfiguration`, `ListEnvironmentBlueprintConfigurations` and
//! `DeleteEnvironmentBlueprintConfiguration`.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::blueprint;
use crate::error::ServiceError;
use crate::protocol::timestamp::iso8601;
use crate::request::Call;
use crate::services::datazone::domain;
use crate::services::datazone::kind::{Kind, ListAll, listed};
use crate::store::Tx;

const CONFIGURATIONS: Kind = Kind::new(
    "datazone.environment-blueprint-configurations",
    "Environment blueprint configuration",
);

/// What a request states; a later one replaces it all.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Settings {
    provisioning_role_arn: Option<String>,
    manage_access_role_arn: Option<String>,
    environment_role_permission_boundary: Option<String>,
    enabled_regions: Vec<String>,
    regional_parameters: Option<Value>,
    allow_user_provided_configurations: Option<bool>,
    provisioning_configurations: Option<Value>,
    /// Those of a request have no `identifier` yet.
    resource_configurations: Option<Vec<Value>>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Configuration {
    domain_id: String,
    blueprint_id: String,
    settings: Settings,
    created_ms: i64,
    updated_ms: i64,
}

impl Configuration {
    fn shown(&self) -> Value {
        let mut shown = json!(self.settings);
        shown["domainId"] = json!(self.domain_id);
        shown["environmentBlueprintId"] = json!(self.blueprint_id);
        shown["createdAt"] = json!(iso8601(self.created_ms));
        shown["updatedAt"] = json!(iso8601(self.updated_ms));
        shown
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Put {
    domain_identifier: String,
    environment_blueprint_identifier: String,
    #[serde(flatten)]
    settings: Settings,
}

pub(crate) fn put(input: Put, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let id = &input.environment_blueprint_identifier;
    let blueprint = blueprint::require(&domain.id, id, call, tx)?;
    let path = [domain.id.as_str(), &blueprint.id];
    let known: Option<Configuration> = CONFIGURATIONS.find(call, tx, &path)?;
    let mut settings = input.settings;
    for resource in settings.resource_configurations.iter_mut().flatten() {
        resource["identifier"] = json!(call.cloud.lower(14));
    }
    let configuration = Configuration {
        domain_id: domain.id.clone(),
        blueprint_id: blueprint.id.clone(),
        settings,
        created_ms: known.map_or(call.now_ms, |known| known.created_ms),
        updated_ms: call.now_ms,
    };
    CONFIGURATIONS.put(call, tx, &path, &configuration)?;
    Ok(configuration.shown())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Named {
    domain_identifier: String,
    environment_blueprint_identifier: String,
}

pub(crate) fn get(input: Named, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let path = [domain.id.as_str(), &input.environment_blueprint_identifier];
    let found: Configuration = CONFIGURATIONS.require(call, tx, &path)?;
    Ok(found.shown())
}

pub(crate) fn delete(input: Named, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let path = [domain.id.as_str(), &input.environment_blueprint_identifier];
    CONFIGURATIONS.require::<Configuration>(call, tx, &path)?;
    CONFIGURATIONS.delete(call, tx, &path).map(drop)
}

pub(crate) fn list(input: ListAll, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let below = [domain.id.as_str()];
    let (found, next_token) =
        CONFIGURATIONS.page(call, tx, &below, &input.page, |_: &Configuration| true)?;
    let items = found.iter().map(Configuration::shown).collect();
    Ok(listed("items", items, next_token))
}

/// Whether the blueprint is switched on in a region.
pub(super) fn is_enabled(
    domain: &str,
    blueprint: &str,
    region: &str,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<bool, ServiceError> {
    let found: Option<Configuration> = CONFIGURATIONS.find(call, tx, &[domain, blueprint])?;
    Ok(found.is_some_and(|found| {
        let mut regions = found.settings.enabled_regions.iter();
        regions.any(|enabled| enabled == region)
    }))
}
