//! `CreateProject`: it has no client token; a name is taken once in a domain. The creator owns the project. One from
//! a profile begins with the environments that the profile wants at once.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::membership::{self, Assignment};
use super::{PROJECTS, Project, profile};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::datazone::{domain, domain_unit, environment, error, glossary};
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Create {
    domain_identifier: String,
    name: String,
    description: Option<String>,
    glossary_terms: Option<Vec<String>>,
    domain_unit_id: Option<String>,
    project_profile_id: Option<String>,
    user_parameters: Option<Value>,
    #[serde(default)]
    resource_tags: Map<String, Value>,
    project_category: Option<String>,
    #[serde(default)]
    membership_assignments: Vec<Assignment>,
}

pub(crate) fn create(input: Create, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let unit = input.domain_unit_id.as_ref();
    let unit = unit.unwrap_or(&domain.root_domain_unit_id);
    let unit = domain_unit::require(&domain, unit, call, tx)?;
    glossary::check_terms(&domain.id, input.glossary_terms.as_deref(), call, tx)?;
    let profile = match &input.project_profile_id {
        Some(id) => Some(profile::require(&domain.id, id, call, tx)?),
        None => None,
    };
    if let Some(disabled) = profile.as_ref().filter(|profile| !profile.is_enabled()) {
        return Err(error::validation(format!(
            "Project profile {} is not enabled",
            disabled.id
        )));
    }
    let project = Project {
        id: call.cloud.lower(14),
        domain_id: domain.id,
        domain_unit_id: unit.id,
        name: input.name,
        description: input.description,
        glossary_terms: input.glossary_terms,
        project_profile_id: input.project_profile_id,
        user_parameters: input.user_parameters,
        resource_tags: input.resource_tags,
        category: input.project_category,
        created_by: call.principal.arn.clone(),
        created_ms: call.now_ms,
        updated_ms: call.now_ms,
    };
    project.take_name(&call.scope, tx)?;
    tx.put(&call.scope, PROJECTS, &project.key(), &project)?;
    domain_unit::enter(
        &project.domain_id,
        &project.domain_unit_id,
        &project.id,
        call,
        tx,
    )?;
    membership::found(&project.domain_id, &project.id, call, tx)?;
    for assignment in input.membership_assignments {
        assignment.join(&project.domain_id, &project.id, call, tx)?;
    }
    for configuration in profile
        .iter()
        .flat_map(profile::ProjectProfile::deployed_on_creation)
    {
        environment::deploy(&project.domain_id, &project.id, &configuration, call, tx)?;
    }
    Ok(project.shown(call.now_ms))
}
