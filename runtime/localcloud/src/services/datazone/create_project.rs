//! `CreateProject`: it has no client token; a name is taken once in a domain.

use serde::Deserialize;
use serde_json::Value;

use super::project::{NAME_PATTERN, PROJECTS, Project, Shown};
use super::{domain, error, member};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    domain_identifier: String,
    name: Option<String>,
    description: Option<String>,
    glossary_terms: Option<Vec<String>>,
    domain_unit_id: Option<String>,
    project_profile_id: Option<String>,
    user_parameters: Option<Value>,
}

pub(super) fn create_project(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Shown, ServiceError> {
    let mut constraints = Constraints::new();
    member::domain_id(
        &mut constraints,
        "domainIdentifier",
        &input.domain_identifier,
    );
    let name = constraints.required("name", input.name);
    constraints.length("name", Some(&name), 1, 64);
    constraints.pattern("name", Some(&name), NAME_PATTERN);
    member::description(&mut constraints, input.description.as_deref());
    constraints.count("glossaryTerms", input.glossary_terms.as_deref(), 1, 20);
    constraints.check(error::VALIDATION)?;

    let domain = domain::require(call, tx, &input.domain_identifier)?;
    if let Some(unit) = &input.domain_unit_id
        && *unit != domain.root_domain_unit_id
    {
        return Err(error::not_found("Domain unit", unit));
    }
    let project = Project {
        id: call.cloud.lower(14),
        domain_id: domain.id,
        domain_unit_id: domain.root_domain_unit_id,
        name,
        description: input.description,
        glossary_terms: input.glossary_terms,
        project_profile_id: input.project_profile_id,
        user_parameters: input.user_parameters,
        created_by: call.principal.arn.clone(),
        created_ms: call.now_ms,
        updated_ms: call.now_ms,
    };
    project.take_name(&call.scope, tx)?;
    tx.put(&call.scope, PROJECTS, &project.key(), &project)?;
    Ok(project.into())
}
