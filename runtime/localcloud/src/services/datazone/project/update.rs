//! `UpdateProject`: what the request leaves out stays as it is.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{PROJECTS, require};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::datazone::{domain, domain_unit, glossary};
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Update {
    domain_identifier: String,
    identifier: String,
    name: Option<String>,
    description: Option<String>,
    glossary_terms: Option<Vec<String>>,
    domain_unit_id: Option<String>,
    user_parameters: Option<Value>,
    resource_tags: Option<Map<String, Value>>,
    project_profile_action: Option<String>,
}

pub(crate) fn update(input: Update, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let mut project = require(&call.scope, tx, &domain.id, &input.identifier)?;
    glossary::check_terms(&domain.id, input.glossary_terms.as_deref(), call, tx)?;
    if let Some(name) = input.name.filter(|name| *name != project.name) {
        project.free_name(&call.scope, tx)?;
        project.name = name;
        project.take_name(&call.scope, tx)?;
    }
    if let Some(unit) = input.domain_unit_id {
        let unit = domain_unit::require(&domain, &unit, call, tx)?.id;
        domain_unit::leave(&domain.id, &project.domain_unit_id, &project.id, call, tx)?;
        domain_unit::enter(&domain.id, &unit, &project.id, call, tx)?;
        project.domain_unit_id = unit;
    }
    if input.project_profile_action.is_some() {
        // It can only be dissociated.
        project.project_profile_id = None;
    }
    project.description = input.description.or(project.description);
    project.glossary_terms = input.glossary_terms.or(project.glossary_terms);
    project.user_parameters = input.user_parameters.or(project.user_parameters);
    project.resource_tags = input.resource_tags.unwrap_or(project.resource_tags);
    project.updated_ms = call.now_ms;
    tx.put(&call.scope, PROJECTS, &project.key(), &project)?;
    Ok(project.shown(call.now_ms))
}
