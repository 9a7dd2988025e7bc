//! `UpdateProject`: what the request leaves out stays as it is.

use serde::Deserialize;
use serde_json::Value;

use super::project::{self, NAME_PATTERN, PROJECTS, Shown};
use super::{domain, error, member};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    domain_identifier: String,
    identifier: String,
    name: Option<String>,
    description: Option<String>,
    glossary_terms: Option<Vec<String>>,
    user_parameters: Option<Value>,
}

pub(super) fn update_project(
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
    member::id(&mut constraints, "identifier", &input.identifier);
    constraints.length("name", input.name.as_deref(), 1, 64);
    constraints.pattern("name", input.name.as_deref(), NAME_PATTERN);
    member::description(&mut constraints, input.description.as_deref());
    constraints.count("glossaryTerms", input.glossary_terms.as_deref(), 1, 20);
    constraints.check(error::VALIDATION)?;

    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let mut project = project::require(&call.scope, tx, &domain.id, &input.identifier)?;
    if let Some(name) = input.name.filter(|name| *name != project.name) {
        project.free_name(&call.scope, tx)?;
        project.name = name;
        project.take_name(&call.scope, tx)?;
    }
    project.description = input.description.or(project.description);
    project.glossary_terms = input.glossary_terms.or(project.glossary_terms);
    project.user_parameters = input.user_parameters.or(project.user_parameters);
    project.updated_ms = call.now_ms;
    tx.put(&call.scope, PROJECTS, &project.key(), &project)?;
    Ok(project.into())
}
