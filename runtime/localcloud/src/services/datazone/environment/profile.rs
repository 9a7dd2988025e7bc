//! Environment profiles, under `domain/profile`: a blueprint with an account, a region and parameters, from which
//! environments are made. The blueprint must be switched on in the region.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::blueprint::{self, Parameter};
use super::blueprint_configuration::is_enabled;
use super::{ENVIRONMENTS, Environment};
use crate::error::ServiceError;
use crate::protocol::timestamp::iso8601;
use crate::request::Call;
use crate::services::datazone::kind::{Kind, Named, Page, listed};
use crate::services::datazone::{domain, error, project};
use crate::store::Tx;

const PROFILES: Kind = Kind::new("datazone.environment-profiles", "Environment profile");
const NAMES: Kind = Kind::new("datazone.environment-profile-names", "Environment profile");

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct EnvironmentProfile {
    pub(super) id: String,
    domain_id: String,
    project_id: String,
    name: String,
    description: Option<String>,
    pub(super) blueprint_id: String,
    pub(super) account: Option<String>,
    pub(super) region: Option<String>,
    pub(super) parameters: Vec<Value>,
    created_by: String,
    created_ms: i64,
    updated_ms: i64,
}

impl EnvironmentProfile {
    fn summary(&self) -> Value {
        json!({
            "id": self.id,
            "domainId": self.domain_id,
            "projectId": self.project_id,
            "name": self.name,
            "description": self.description,
            "environmentBlueprintId": self.blueprint_id,
            "awsAccountId": self.account,
            "awsAccountRegion": self.region,
            "createdBy": self.created_by,
            "createdAt": iso8601(self.created_ms),
            "updatedAt": iso8601(self.updated_ms),
        })
    }

    fn shown(&self) -> Value {
        let mut shown = self.summary();
        shown["userParameters"] = json!(self.parameters);
        shown
    }

    fn write(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
        PROFILES.put(call, tx, &[&self.domain_id, &self.id], self)
    }

    fn take_name(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
        if NAMES.insert(call, tx, &[&self.domain_id, &self.name], &self.id)? {
            return Ok(());
        }
        Err(error::conflict(format!(
            "Environment profile with name {} already exists in domain {}",
            self.name, self.domain_id
        )))
    }
}

pub(crate) fn require(
    domain: &str,
    id: &str,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<EnvironmentProfile, ServiceError> {
    PROFILES.require(call, tx, &[domain, id])
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Create {
    domain_identifier: String,
    name: String,
    description: Option<String>,
    environment_blueprint_identifier: String,
    project_identifier: String,
    user_parameters: Option<Vec<Parameter>>,
    aws_account_id: Option<String>,
    aws_account_region: Option<String>,
}

pub(crate) fn create(input: Create, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let project = project::require(&call.scope, tx, &domain.id, &input.project_identifier)?;
    let id = &input.environment_blueprint_identifier;
    let blueprint = blueprint::require(&domain.id, id, call, tx)?;
    let region = input
        .aws_account_region
        .as_ref()
        .unwrap_or(&call.scope.region);
    if !is_enabled(&domain.id, &blueprint.id, region, call, tx)? {
        return Err(error::validation(format!(
            "Environment blueprint {} is not enabled in region {region}",
            blueprint.id
        )));
    }
    let profile = EnvironmentProfile {
        id: call.cloud.lower(14),
        domain_id: domain.id,
        project_id: project.id,
        name: input.name,
        description: input.description,
        parameters: blueprint.fill(Vec::new(), input.user_parameters.unwrap_or_default())?,
        blueprint_id: blueprint.id,
        account: input.aws_account_id,
        region: input.aws_account_region,
        created_by: call.principal.arn.clone(),
        created_ms: call.now_ms,
        updated_ms: call.now_ms,
    };
    profile.take_name(call, tx)?;
    profile.write(call, tx)?;
    Ok(profile.shown())
}

pub(crate) fn get(input: Named, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    require(&domain.id, &input.identifier, call, tx).map(|profile| profile.shown())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Update {
    domain_identifier: String,
    identifier: String,
    name: Option<String>,
    description: Option<String>,
    user_parameters: Option<Vec<Parameter>>,
    aws_account_id: Option<String>,
    aws_account_region: Option<String>,
}

/// What the request leaves out stays as it is. Environments that are there do not change.
pub(crate) fn update(input: Update, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let mut profile = require(&domain.id, &input.identifier, call, tx)?;
    if let Some(name) = input.name.filter(|name| *name != profile.name) {
        NAMES.delete(call, tx, &[&domain.id, &profile.name])?;
        profile.name = name;
        profile.take_name(call, tx)?;
    }
    if let Some(given) = input.user_parameters {
        let blueprint = blueprint::require(&domain.id, &profile.blueprint_id, call, tx)?;
        profile.parameters = blueprint.fill(profile.parameters, given)?;
    }
    profile.description = input.description.or(profile.description);
    profile.account = input.aws_account_id.or(profile.account);
    profile.region = input.aws_account_region.or(profile.region);
    profile.updated_ms = call.now_ms;
    profile.write(call, tx)?;
    Ok(profile.shown())
}

/// Refused while there are environments that were made from it.
pub(crate) fn delete(input: Named, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let profile = require(&domain.id, &input.identifier, call, tx)?;
    let environments: Vec<Environment> = ENVIRONMENTS.all(call, tx, &[&domain.id])?;
    let used = environments.iter().any(|one| {
        one.profile_id.as_ref() == Some(&profile.id) && one.status(call.now_ms).is_some()
    });
    if used {
        return Err(error::validation(format!(
            "Environment profile {} cannot be deleted because environments are made from it",
            profile.id
        )));
    }
    NAMES.delete(call, tx, &[&domain.id, &profile.name])?;
    PROFILES
        .delete(call, tx, &[&domain.id, &profile.id])
        .map(drop)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct List {
    domain_identifier: String,
    aws_account_id: Option<String>,
    aws_account_region: Option<String>,
    environment_blueprint_identifier: Option<String>,
    project_identifier: Option<String>,
    name: Option<String>,
    #[serde(flatten)]
    page: Page,
}

/// Every filter is compared whole.
pub(crate) fn list(input: List, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let below = [domain.id.as_str()];
    let (found, next_token) =
        PROFILES.page(call, tx, &below, &input.page, |one: &EnvironmentProfile| {
            let filters = [
                (&input.aws_account_id, one.account.as_ref()),
                (&input.aws_account_region, one.region.as_ref()),
                (
                    &input.environment_blueprint_identifier,
                    Some(&one.blueprint_id),
                ),
                (&input.project_identifier, Some(&one.project_id)),
                (&input.name, Some(&one.name)),
            ];
            let fits = |(wanted, known): &(&Option<String>, Option<&String>)| {
                wanted.is_none() || wanted.as_ref() == *known
            };
            filters.iter().all(fits)
        })?;
    let items = found.iter().map(EnvironmentProfile::summary).collect();
    Ok(listed("items", items, next_token))
}
