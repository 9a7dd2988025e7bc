//! Projects. `CreateProject` takes no token: read back by name before a repeat.

use aws_sdk_datazone::types::ProjectDeletionError;

use super::Datazone;
use crate::error::AwsError;
use crate::ops::{Page, PageRequest, millis};

/// What `CreateProject` takes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CreateProject {
    /// The domain.
    pub domain_id: String,
    /// The name.
    pub name: String,
    /// For people.
    pub description: Option<String>,
    /// The domain unit to put it in; the root unit when unset.
    pub domain_unit_id: Option<String>,
    /// Ids of glossary terms.
    pub glossary_terms: Vec<String>,
}

/// What `ListProjects` takes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListProjects {
    /// The domain.
    pub domain_id: String,
    /// Only projects of this name.
    pub name: Option<String>,
    /// Which page.
    pub page: PageRequest,
}

/// What `UpdateProject` takes; an unset field stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UpdateProject {
    /// The domain.
    pub domain_id: String,
    /// The project.
    pub id: String,
    /// A new name.
    pub name: Option<String>,
    /// A new description.
    pub description: Option<String>,
}

/// A project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// The domain it is in.
    pub domain_id: String,
    /// The id that DataZone gave it.
    pub id: String,
    /// The name.
    pub name: String,
    /// For people.
    pub description: Option<String>,
    /// `ACTIVE`, `DELETING`, `DELETE_FAILED`, `UPDATING`, `UPDATE_FAILED`, `MOVING`.
    pub status: Option<String>,
    /// Why a deletion failed, if it did.
    pub failure_reasons: Vec<String>,
    /// The domain unit it is in.
    pub domain_unit_id: Option<String>,
    /// The DataZone user who made it.
    pub created_by: String,
    /// Milliseconds since the Unix epoch.
    pub created_at_ms: Option<i64>,
    /// Milliseconds since the Unix epoch.
    pub updated_at_ms: Option<i64>,
}

/// The SDK's three project shapes have the same fields and nothing else in common.
macro_rules! project {
    ($from:expr, $updated_at:ident) => {{
        let from = $from;
        Project {
            domain_id: from.domain_id,
            id: from.id,
            name: from.name,
            description: from.description,
            status: from.project_status.map(|status| status.as_str().to_owned()),
            failure_reasons: reasons(from.failure_reasons),
            domain_unit_id: from.domain_unit_id,
            created_by: from.created_by,
            created_at_ms: millis(from.created_at),
            updated_at_ms: millis(from.$updated_at),
        }
    }};
}

fn reasons(errors: Option<Vec<ProjectDeletionError>>) -> Vec<String> {
    errors
        .unwrap_or_default()
        .into_iter()
        .filter_map(|error| error.message)
        .collect()
}

impl Datazone<'_> {
    /// `CreateProject`. Not idempotent: a repeat is a `ConflictException`, or a second project.
    pub async fn create_project(&self, input: CreateProject) -> Result<Project, AwsError> {
        self.0
            .call("CreateProject", |datazone| async move {
                let terms = (!input.glossary_terms.is_empty()).then_some(input.glossary_terms);
                let out = datazone
                    .create_project()
                    .domain_identifier(input.domain_id)
                    .name(input.name)
                    .set_description(input.description)
                    .set_domain_unit_id(input.domain_unit_id)
                    .set_glossary_terms(terms)
                    .send()
                    .await?;
                Ok(project!(out, last_updated_at))
            })
            .await
    }

    /// `GetProject`.
    pub async fn get_project(&self, domain_id: &str, id: &str) -> Result<Project, AwsError> {
        self.0
            .call("GetProject", |datazone| async move {
                let out = datazone
                    .get_project()
                    .domain_identifier(domain_id)
                    .identifier(id)
                    .send()
                    .await?;
                Ok(project!(out, last_updated_at))
            })
            .await
    }

    /// `ListProjects`.
    pub async fn list_projects(&self, input: ListProjects) -> Result<Page<Project>, AwsError> {
        self.0
            .call("ListProjects", |datazone| async move {
                let out = datazone
                    .list_projects()
                    .domain_identifier(input.domain_id)
                    .set_name(input.name)
                    .set_max_results(input.page.max_results)
                    .set_next_token(input.page.next_token)
                    .send()
                    .await?;
                let items = out.items.unwrap_or_default().into_iter();
                Ok(Page {
                    items: items.map(|item| project!(item, updated_at)).collect(),
                    next_token: out.next_token,
                })
            })
            .await
    }

    /// `UpdateProject`. The call states the wanted end, so a repeat is harmless.
    pub async fn update_project(&self, input: UpdateProject) -> Result<Project, AwsError> {
        self.0
            .call("UpdateProject", |datazone| async move {
                let out = datazone
                    .update_project()
                    .domain_identifier(input.domain_id)
                    .identifier(input.id)
                    .set_name(input.name)
                    .set_description(input.description)
                    .send()
                    .await?;
                Ok(project!(out, last_updated_at))
            })
            .await
    }

    /// `DeleteProject`: begins the deletion.
    ///
    /// `skip_deletion_check` deletes it although it still has assets or environments.
    pub async fn delete_project(
        &self,
        domain_id: &str,
        id: &str,
        skip_deletion_check: bool,
    ) -> Result<(), AwsError> {
        self.0
            .call("DeleteProject", |datazone| async move {
                datazone
                    .delete_project()
                    .domain_identifier(domain_id)
                    .identifier(id)
                    .skip_deletion_check(skip_deletion_check)
                    .send()
                    .await?;
                Ok(())
            })
            .await
    }
}
