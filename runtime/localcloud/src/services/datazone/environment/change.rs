//! `CreateEnvironment`, `UpdateEnvironment` and `DeleteEnvironment`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::blueprint::Parameter;
use super::{ENVIRONMENTS, Environment, LEAVING, NAMES, action, blueprint, find, profile, require};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::services::datazone::kind::Named;
use crate::services::datazone::subscription::target;
use crate::services::datazone::{domain, error, glossary, project};
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Create {
    domain_identifier: String,
    project_identifier: String,
    name: String,
    description: Option<String>,
    environment_profile_identifier: Option<String>,
    environment_blueprint_identifier: Option<String>,
    environment_account_identifier: Option<String>,
    environment_account_region: Option<String>,
    environment_configuration_id: Option<String>,
    environment_configuration_name: Option<String>,
    glossary_terms: Option<Vec<String>>,
    user_parameters: Option<Vec<Parameter>>,
}

/// In a V2 domain it is a project's profile that names blueprints.
pub(crate) fn create(input: Create, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    if domain.domain_version == "V2" && input.environment_blueprint_identifier.is_some() {
        return Err(error::validation(
            "environmentBlueprintIdentifier is valid in V1 domains only",
        ));
    }
    make(input, call, tx)
}

/// From a profile, from a blueprint, or from neither, as one that only holds subscription targets.
fn make(input: Create, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    check_name(Some(&input.name))?;
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let project = project::require(&call.scope, tx, &domain.id, &input.project_identifier)?;
    glossary::check_terms(&domain.id, input.glossary_terms.as_deref(), call, tx)?;
    let profile = match &input.environment_profile_identifier {
        Some(id) => Some(profile::require(&domain.id, id, call, tx)?),
        None => None,
    };
    let named = profile.as_ref().map(|profile| profile.blueprint_id.clone());
    let blueprint = match named.or(input.environment_blueprint_identifier) {
        Some(id) => Some(blueprint::require(&domain.id, &id, call, tx)?),
        None => None,
    };
    let defaults = profile.as_ref().map(|profile| profile.parameters.clone());
    let parameters = match &blueprint {
        Some(blueprint) => blueprint.fill(
            defaults.unwrap_or_default(),
            input.user_parameters.unwrap_or_default(),
        )?,
        None => Vec::new(),
    };
    let of_profile = profile.map(|profile| (profile.id, profile.account, profile.region));
    let (profile_id, account, region) = match of_profile {
        Some((id, account, region)) => (Some(id), account, region),
        None => (None, None, None),
    };
    let environment = Environment {
        id: call.cloud.lower(14),
        domain_id: domain.id,
        project_id: project.id,
        name: input.name,
        description: input.description,
        blueprint_id: blueprint.map(|blueprint| blueprint.id),
        account: account
            .or(input.environment_account_identifier)
            .unwrap_or_else(|| call.scope.account.clone()),
        region: region
            .or(input.environment_account_region)
            .unwrap_or_else(|| call.scope.region.clone()),
        created_by: call.principal.arn.clone(),
        created_ms: call.now_ms,
        profile_id,
        glossary_terms: input.glossary_terms,
        parameters,
        configuration_id: input.environment_configuration_id,
        configuration_name: input.environment_configuration_name,
        role: None,
        updated_ms: None,
        deleted_ms: None,
    };
    environment.take_name(call, tx)?;
    environment.write(call, tx)?;
    Ok(environment.shown(call.now_ms))
}

/// Creates an environment that a project profile asks for.
pub(crate) fn deploy(
    domain: &str,
    project: &str,
    configuration: &Value,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let input = Create {
        domain_identifier: domain.to_owned(),
        project_identifier: project.to_owned(),
        name: text(&configuration["name"]).unwrap_or_default(),
        description: text(&configuration["description"]),
        environment_profile_identifier: None,
        environment_blueprint_identifier: text(&configuration["environmentBlueprintId"]),
        environment_account_identifier: text(&configuration["awsAccount"]["awsAccountId"]),
        environment_account_region: text(&configuration["awsRegion"]["regionName"]),
        environment_configuration_id: text(&configuration["id"]),
        environment_configuration_name: text(&configuration["name"]),
        glossary_terms: None,
        user_parameters: None,
    };
    make(input, call, tx)
}

/// The model leaves a name free; the service does not.
fn check_name(name: Option<&str>) -> Result<(), ServiceError> {
    let mut constraints = Constraints::new();
    constraints.length("name", name, 1, 64);
    constraints.pattern("name", name, r"[\w -]+");
    constraints.check(error::VALIDATION)
}

impl Environment {
    fn take_name(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
        let path = [self.domain_id.as_str(), &self.project_id, &self.name];
        if NAMES.insert(call, tx, &path, &self.id)? {
            return Ok(());
        }
        Err(error::conflict(format!(
            "Environment with name {} already exists in project {}",
            self.name, self.project_id
        )))
    }

    fn free_name(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
        let path = [self.domain_id.as_str(), &self.project_id, &self.name];
        NAMES.delete(call, tx, &path).map(drop)
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Update {
    domain_identifier: String,
    identifier: String,
    name: Option<String>,
    description: Option<String>,
    glossary_terms: Option<Vec<String>>,
    user_parameters: Option<Vec<Parameter>>,
    environment_configuration_name: Option<String>,
}

/// One change at a time: a `ConflictException` unless it is `ACTIVE`. New parameters are deployed, which
/// takes a while; all else is there at once.
pub(crate) fn update(input: Update, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    check_name(input.name.as_deref())?;
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let mut environment = require(&domain.id, &input.identifier, call, tx)?;
    match environment.status(call.now_ms) {
        Some("ACTIVE") => {}
        other => {
            return Err(error::conflict(format!(
                "Environment {} cannot be updated while it is {}",
                environment.id,
                other.unwrap_or("DELETED")
            )));
        }
    }
    glossary::check_terms(&domain.id, input.glossary_terms.as_deref(), call, tx)?;
    if let Some(name) = input.name.filter(|name| *name != environment.name) {
        environment.free_name(call, tx)?;
        environment.name = name;
        environment.take_name(call, tx)?;
    }
    if let (Some(given), Some(blueprint)) = (input.user_parameters, &environment.blueprint_id) {
        let blueprint = blueprint::require(&domain.id, blueprint, call, tx)?;
        environment.parameters = blueprint.fill(environment.parameters, given)?;
        environment.updated_ms = Some(call.now_ms);
    }
    environment.description = input.description.or(environment.description);
    environment.glossary_terms = input.glossary_terms.or(environment.glossary_terms);
    let name = input.environment_configuration_name;
    environment.configuration_name = name.or(environment.configuration_name);
    environment.write(call, tx)?;
    Ok(environment.shown(call.now_ms))
}

/// Refused while something is granted to one of its targets, which go with it.
pub(crate) fn delete(input: Named, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let mut environment = require(&domain.id, &input.identifier, call, tx)?;
    target::delete_all(&domain.id, &environment.id, call, tx)?;
    action::delete_all(&domain.id, &environment.id, call, tx)?;
    environment.free_name(call, tx)?;
    forget_gone(&environment, call, tx)?;
    environment.deleted_ms = Some(call.now_ms);
    let (id, project) = (environment.id.as_str(), &environment.project_id);
    LEAVING.put(call, tx, &[&domain.id, project, id], &id)?;
    environment.write(call, tx)?;
    Ok(json!({}))
}

/// Drops what was deleted earlier in the project of this one, and is gone by now.
fn forget_gone(of: &Environment, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
    let (domain, project) = (of.domain_id.as_str(), of.project_id.as_str());
    for id in LEAVING.all::<String>(call, tx, &[domain, project])? {
        if find(domain, &id, call, tx)?.is_none() {
            ENVIRONMENTS.delete(call, tx, &[domain, &id])?;
            LEAVING.delete(call, tx, &[domain, project, &id])?;
        }
    }
    Ok(())
}
