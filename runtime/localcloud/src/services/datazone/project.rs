//! Projects, stored under `domain/project`, and their names under `domain/name`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{asset, error};
use crate::error::ServiceError;
use crate::protocol::timestamp::iso8601;
use crate::services::paging::{self, Listing};
use crate::store::{Scope, Tx};

pub(super) const PROJECTS: &str = "datazone.projects";
const NAMES: &str = "datazone.project-names";
pub(super) const NAME_PATTERN: &str = r"[\w -]+";

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Project {
    pub(super) id: String,
    pub(super) domain_id: String,
    pub(super) domain_unit_id: String,
    pub(super) name: String,
    pub(super) description: Option<String>,
    pub(super) glossary_terms: Option<Vec<String>>,
    pub(super) project_profile_id: Option<String>,
    pub(super) user_parameters: Option<Value>,
    pub(super) created_by: String,
    pub(super) created_ms: i64,
    pub(super) updated_ms: i64,
}

impl Project {
    pub(super) fn key(&self) -> String {
        key(&self.domain_id, &self.id)
    }

    /// Takes the project's name in its domain.
    pub(super) fn take_name(&self, scope: &Scope, tx: &Tx<'_>) -> Result<(), ServiceError> {
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
    pub(super) fn free_name(&self, scope: &Scope, tx: &Tx<'_>) -> Result<(), ServiceError> {
        tx.delete(scope, NAMES, &key(&self.domain_id, &self.name))
            .map(|_| ())
    }
}

pub(super) fn key(domain: &str, project: &str) -> String {
    format!("{domain}/{project}")
}

pub(super) fn require(
    scope: &Scope,
    tx: &Tx<'_>,
    domain: &str,
    id: &str,
) -> Result<Project, ServiceError> {
    tx.get(scope, PROJECTS, &key(domain, id))?
        .ok_or_else(|| error::not_found("Project", id))
}

pub(super) fn in_domain(
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
pub(super) fn remove(scope: &Scope, tx: &Tx<'_>, project: &Project) -> Result<(), ServiceError> {
    for asset in asset::owned_by(scope, tx, project)? {
        asset::remove(scope, tx, &asset)?;
    }
    project.free_name(scope, tx)?;
    tx.delete(scope, PROJECTS, &project.key())?;
    Ok(())
}

/// A project, as the operations that create, get and update one show it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Shown {
    domain_id: String,
    id: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    project_status: &'static str,
    created_by: String,
    created_at: String,
    last_updated_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    glossary_terms: Option<Vec<String>>,
    domain_unit_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    project_profile_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_parameters: Option<Value>,
}

impl From<Project> for Shown {
    fn from(project: Project) -> Self {
        Self {
            domain_id: project.domain_id,
            id: project.id,
            name: project.name,
            description: project.description,
            project_status: "ACTIVE",
            created_by: project.created_by,
            created_at: iso8601(project.created_ms),
            last_updated_at: iso8601(project.updated_ms),
            glossary_terms: project.glossary_terms,
            domain_unit_id: project.domain_unit_id,
            project_profile_id: project.project_profile_id,
            user_parameters: project.user_parameters,
        }
    }
}
