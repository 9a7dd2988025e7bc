//! Projects, stored under `domain/project`, and their names under `domain/name`.

mod create;
mod delete;
mod list;
pub(crate) mod membership;
pub(crate) mod profile;
mod update;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

pub(crate) use create::create;
pub(crate) use delete::delete;
pub(crate) use list::list;
pub(crate) use update::update;

use super::kind::Named;
use super::{SETTLING_MS, asset, data_product, domain, domain_unit, environment, error};
use crate::error::ServiceError;
use crate::protocol::timestamp::iso8601;
use crate::request::Call;
use crate::services::paging::{self, Listing};
use crate::store::{Scope, Tx};

const PROJECTS: &str = "datazone.projects";
const NAMES: &str = "datazone.project-names";

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Project {
    pub(crate) id: String,
    pub(crate) domain_id: String,
    domain_unit_id: String,
    pub(crate) name: String,
    description: Option<String>,
    glossary_terms: Option<Vec<String>>,
    project_profile_id: Option<String>,
    user_parameters: Option<Value>,
    #[serde(default)]
    resource_tags: Map<String, Value>,
    #[serde(default)]
    category: Option<String>,
    created_by: String,
    created_ms: i64,
    updated_ms: i64,
}

impl Project {
    fn key(&self) -> String {
        key(&self.domain_id, &self.id)
    }

    /// Takes the project's name in its domain.
    fn take_name(&self, scope: &Scope, tx: &Tx<'_>) -> Result<(), ServiceError> {
        let free = tx.insert(scope, NAMES, &key(&self.domain_id, &self.name), &self.id)?;
        if free {
            return Ok(());
        }
        Err(error::conflict(format!(
            "Project with name {} already exists in domain {}",
            self.name, self.domain_id
        )))
    }

    /// Gives the project's name free.
    fn free_name(&self, scope: &Scope, tx: &Tx<'_>) -> Result<(), ServiceError> {
        tx.delete(scope, NAMES, &key(&self.domain_id, &self.name))
            .map(|_| ())
    }

    fn summary(&self) -> Value {
        json!({
            "domainId": self.domain_id,
            "id": self.id,
            "name": self.name,
            "description": self.description,
            "projectStatus": "ACTIVE",
            "createdBy": self.created_by,
            "createdAt": iso8601(self.created_ms),
            "updatedAt": iso8601(self.updated_ms),
            "domainUnitId": self.domain_unit_id,
            "projectCategory": self.category,
        })
    }

    /// As the operations that create, get and update one show it.
    fn shown(&self, now_ms: i64) -> Value {
        let tag = |(key, value): (&String, &Value)| json!({"key": key, "value": value, "source": "PROJECT"});
        let tags: Vec<Value> = self.resource_tags.iter().map(tag).collect();
        let deployed = now_ms >= self.created_ms + SETTLING_MS;
        let status = if deployed {
            "SUCCESSFUL"
        } else {
            "IN_PROGRESS"
        };
        let mut shown = self.summary();
        shown["lastUpdatedAt"] = shown["updatedAt"].take();
        shown["resourceTags"] = json!(tags);
        shown["glossaryTerms"] = json!(self.glossary_terms);
        shown["projectProfileId"] = json!(self.project_profile_id);
        shown["userParameters"] = json!(self.user_parameters);
        if self.project_profile_id.is_some() {
            shown["environmentDeploymentDetails"] = json!({"overallDeploymentStatus": status});
        }
        shown
    }
}

fn key(domain: &str, project: &str) -> String {
    format!("{domain}/{project}")
}

pub(crate) fn require(
    scope: &Scope,
    tx: &Tx<'_>,
    domain: &str,
    id: &str,
) -> Result<Project, ServiceError> {
    tx.get(scope, PROJECTS, &key(domain, id))?
        .ok_or_else(|| error::not_found("Project", id))
}

pub(crate) fn in_domain(
    scope: &Scope,
    tx: &Tx<'_>,
    domain: &str,
) -> Result<Vec<Project>, ServiceError> {
    paging::all(
        tx,
        Listing {
            scope,
            collection: PROJECTS,
            prefix: &key(domain, ""),
        },
    )
}

/// Deletes the project and all that it owns.
pub(crate) fn remove(project: &Project, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
    for id in asset::owned_by(project, call, tx)? {
        let asset = asset::require(&call.scope, tx, &project.domain_id, &id)?;
        asset::remove(&asset, call, tx)?;
    }
    data_product::delete_all_of(&project.domain_id, &project.id, call, tx)?;
    environment::delete_all_of(&project.domain_id, &project.id, call, tx)?;
    membership::dissolve(&project.domain_id, &project.id, call, tx)?;
    domain_unit::leave(
        &project.domain_id,
        &project.domain_unit_id,
        &project.id,
        call,
        tx,
    )?;
    project.free_name(&call.scope, tx)?;
    tx.delete(&call.scope, PROJECTS, &project.key())?;
    Ok(())
}

/// `GetProject`.
pub(crate) fn get(input: Named, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    require(&call.scope, tx, &domain.id, &input.identifier).map(|found| found.shown(call.now_ms))
}
