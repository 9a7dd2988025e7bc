//! `ListProjects` of a domain, in the order of their ids; `name` is compared whole.

use serde::{Deserialize, Serialize};

use super::project::{self, PROJECTS, Project};
use super::{domain, error, member};
use crate::error::ServiceError;
use crate::protocol::rest_json;
use crate::protocol::timestamp::iso8601;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::services::paging::{self, Listing};
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    domain_identifier: String,
    name: Option<String>,
    #[serde(default, deserialize_with = "rest_json::from_text")]
    max_results: Option<i64>,
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Output {
    items: Vec<Summary>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
    domain_id: String,
    id: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    project_status: &'static str,
    created_by: String,
    created_at: String,
    updated_at: String,
    domain_unit_id: String,
}

impl From<Project> for Summary {
    fn from(project: Project) -> Self {
        Self {
            domain_id: project.domain_id,
            id: project.id,
            name: project.name,
            description: project.description,
            project_status: "ACTIVE",
            created_by: project.created_by,
            created_at: iso8601(project.created_ms),
            updated_at: iso8601(project.updated_ms),
            domain_unit_id: project.domain_unit_id,
        }
    }
}

pub(super) fn list_projects(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Output, ServiceError> {
    let mut constraints = Constraints::new();
    member::domain_id(
        &mut constraints,
        "domainIdentifier",
        &input.domain_identifier,
    );
    constraints.length("name", input.name.as_deref(), 1, 64);
    let limit = member::page_size(&mut constraints, input.max_results, 50);
    constraints.check(error::VALIDATION)?;
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let (projects, next_token) = paging::page(
        tx,
        Listing {
            scope: &call.scope,
            collection: PROJECTS,
            prefix: &project::key(&domain.id, ""),
        },
        input.next_token.as_deref(),
        limit,
        error::bad_token,
        |project: &Project| input.name.as_ref().is_none_or(|name| *name == project.name),
    )?;
    Ok(Output {
        items: projects.into_iter().map(Into::into).collect(),
        next_token,
    })
}
