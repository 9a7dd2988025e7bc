//! Environments, and what they are made from: blueprints, their configurations, and environment profiles.
//!
//! Nothing is provisioned. An environment is `CREATING` until the service's settling time is over, then `ACTIVE`,
//! `UPDATING` after a change and `DELETING` before it is gone. It is stored under `domain/environment`; its
//! name is taken once in a project.

pub(crate) mod action;
pub(crate) mod blueprint;
mod blueprint_configuration;
mod change;
pub(crate) mod profile;
mod role;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(crate) use blueprint_configuration::{
    delete as delete_configuration, get as get_configuration, list as list_configurations,
    put as put_configuration,
};
pub(crate) use change::{create, delete, deploy, update};
pub(crate) use role::{associate, disassociate};

use super::kind::{Kind, Named, Page, listed};
use super::{SETTLING_MS, domain};
use crate::error::ServiceError;
use crate::protocol::timestamp::iso8601;
use crate::request::Call;
use crate::store::Tx;

const ENVIRONMENTS: Kind = Kind::new("datazone.environments", "Environment");
/// The ids of environments: `domain/project/name`. A name is free from the deletion on.
const NAMES: Kind = Kind::new("datazone.environment-names", "Environment");
/// The ids of those that are being deleted, and of some that are gone: `domain/project/environment`.
const LEAVING: Kind = Kind::new("datazone.environments-leaving", "Environment");

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Environment {
    pub(crate) id: String,
    pub(crate) domain_id: String,
    pub(crate) project_id: String,
    name: String,
    description: Option<String>,
    blueprint_id: Option<String>,
    account: String,
    region: String,
    created_by: String,
    created_ms: i64,
    #[serde(default)]
    profile_id: Option<String>,
    #[serde(default)]
    glossary_terms: Option<Vec<String>>,
    /// `userParameters` as they are shown.
    #[serde(default)]
    parameters: Vec<Value>,
    #[serde(default)]
    configuration_id: Option<String>,
    #[serde(default)]
    configuration_name: Option<String>,
    #[serde(default)]
    role: Option<String>,
    #[serde(default)]
    updated_ms: Option<i64>,
    #[serde(default)]
    deleted_ms: Option<i64>,
}

impl Environment {
    /// At this moment; `None` once it is gone.
    fn status(&self, now_ms: i64) -> Option<&'static str> {
        let settled = |since: i64| now_ms >= since + SETTLING_MS;
        match (self.deleted_ms, self.updated_ms) {
            (Some(deleted), _) if settled(deleted) => None,
            (Some(_), _) => Some("DELETING"),
            _ if !settled(self.created_ms) => Some("CREATING"),
            (None, Some(updated)) if !settled(updated) => Some("UPDATING"),
            (None, _) => Some("ACTIVE"),
        }
    }

    fn write(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
        ENVIRONMENTS.put(call, tx, &[&self.domain_id, &self.id], self)
    }

    fn summary(&self, now_ms: i64) -> Value {
        json!({
            "id": self.id,
            "domainId": self.domain_id,
            "projectId": self.project_id,
            "name": self.name,
            "description": self.description,
            "environmentProfileId": self.profile_id,
            "awsAccountId": self.account,
            "awsAccountRegion": self.region,
            "provider": PROVIDER,
            "status": self.status(now_ms).unwrap_or("DELETED"),
            "createdBy": self.created_by,
            "createdAt": iso8601(self.created_ms),
            "updatedAt": iso8601(self.updated_ms.unwrap_or(self.created_ms)),
            "environmentConfigurationId": self.configuration_id,
            "environmentConfigurationName": self.configuration_name,
        })
    }

    fn shown(&self, now_ms: i64) -> Value {
        let mut shown = self.summary(now_ms);
        let under_way = self.status(now_ms) != Some("ACTIVE");
        let kind = match (self.deleted_ms, self.updated_ms) {
            (Some(_), _) => "DELETE",
            (None, Some(_)) => "UPDATE",
            (None, None) => "CREATE",
        };
        shown["environmentBlueprintId"] = json!(self.blueprint_id);
        shown["glossaryTerms"] = json!(self.glossary_terms);
        shown["userParameters"] = json!(self.parameters);
        shown["provisionedResources"] = json!([]);
        shown["environmentActions"] = json!([]);
        shown["lastDeployment"] = json!({
            "deploymentId": self.id,
            "deploymentType": kind,
            "deploymentStatus": if under_way { "IN_PROGRESS" } else { "SUCCESSFUL" },
            "isDeploymentComplete": !under_way,
        });
        shown
    }
}

/// `provider` of blueprints and environments.
const PROVIDER: &str = "Amazon DataZone";

/// An environment that is not gone.
fn find(
    domain: &str,
    id: &str,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Option<Environment>, ServiceError> {
    let found: Option<Environment> = ENVIRONMENTS.find(call, tx, &[domain, id])?;
    Ok(found.filter(|found| found.status(call.now_ms).is_some()))
}

/// An environment that is not being deleted either.
pub(crate) fn require(
    domain: &str,
    id: &str,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Environment, ServiceError> {
    find(domain, id, call, tx)?
        .filter(|found| found.deleted_ms.is_none())
        .ok_or_else(|| super::error::not_found("Environment", id))
}

/// How many environments a project has.
pub(crate) fn count(
    domain: &str,
    project: &str,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<usize, ServiceError> {
    let names: Vec<String> = NAMES.all(call, tx, &[domain, project])?;
    Ok(names.len())
}

/// The project is gone, and its environments with it.
pub(crate) fn delete_all_of(
    domain: &str,
    project: &str,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    for id in of_project(domain, project, call, tx)? {
        ENVIRONMENTS.delete(call, tx, &[domain, &id])?;
    }
    NAMES.delete_all(call, tx, &[domain, project])?;
    LEAVING.delete_all(call, tx, &[domain, project])
}

/// The ids of a project's environments, in their order.
fn of_project(
    domain: &str,
    project: &str,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Vec<String>, ServiceError> {
    let mut ids: Vec<String> = NAMES.all(call, tx, &[domain, project])?;
    ids.extend(LEAVING.all::<String>(call, tx, &[domain, project])?);
    ids.sort();
    Ok(ids)
}

/// `GetEnvironment`.
pub(crate) fn get(input: Named, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    find(&domain.id, &input.identifier, call, tx)?
        .map(|found| found.shown(call.now_ms))
        .ok_or_else(|| super::error::not_found("Environment", &input.identifier))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct List {
    domain_identifier: String,
    project_identifier: String,
    aws_account_id: Option<String>,
    aws_account_region: Option<String>,
    status: Option<String>,
    environment_profile_identifier: Option<String>,
    environment_blueprint_identifier: Option<String>,
    provider: Option<String>,
    name: Option<String>,
    #[serde(flatten)]
    page: Page,
}

/// `ListEnvironments` of a project. Every filter is compared whole.
pub(crate) fn list(input: List, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let same = |wanted: &Option<String>, known: Option<&str>| {
        wanted.as_deref().is_none_or(|wanted| Some(wanted) == known)
    };
    let takes = |one: &Environment| {
        same(&input.status, one.status(call.now_ms))
            && same(&input.aws_account_id, Some(&one.account))
            && same(&input.aws_account_region, Some(&one.region))
            && same(
                &input.environment_profile_identifier,
                one.profile_id.as_deref(),
            )
            && same(
                &input.environment_blueprint_identifier,
                one.blueprint_id.as_deref(),
            )
            && same(&input.provider, Some(PROVIDER))
            && same(&input.name, Some(&one.name))
    };
    let mut found = Vec::new();
    for id in of_project(&domain.id, &input.project_identifier, call, tx)? {
        found.extend(find(&domain.id, &id, call, tx)?.filter(takes));
    }
    let list = format!("environments/{}/{}", domain.id, input.project_identifier);
    let (found, next_token) = input.page.of(&list, found)?;
    let items = found.iter().map(|one| one.summary(call.now_ms)).collect();
    Ok(listed("items", items, next_token))
}
