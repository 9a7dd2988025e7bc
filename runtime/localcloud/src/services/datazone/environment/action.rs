//! Actions of environments: links to a console, under `domain/environment/action`.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::require;
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::datazone::domain;
use crate::services::datazone::kind::{Kind, Page, listed};
use crate::store::Tx;

const ACTIONS: Kind = Kind::new("datazone.environment-actions", "Environment action");

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Action {
    domain_id: String,
    environment_id: String,
    id: String,
    name: String,
    description: Option<String>,
    parameters: Value,
}

impl Action {
    fn write(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
        let path = [self.domain_id.as_str(), &self.environment_id, &self.id];
        ACTIONS.put(call, tx, &path, self)
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Create {
    domain_identifier: String,
    environment_identifier: String,
    name: String,
    description: Option<String>,
    parameters: Value,
}

pub(crate) fn create(input: Create, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let environment = require(&domain.id, &input.environment_identifier, call, tx)?;
    let action = Action {
        domain_id: domain.id,
        environment_id: environment.id,
        id: call.cloud.lower(14),
        name: input.name,
        description: input.description,
        parameters: input.parameters,
    };
    action.write(call, tx)?;
    Ok(json!(action))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Named {
    domain_identifier: String,
    environment_identifier: String,
    identifier: String,
}

impl Named {
    fn find(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<Action, ServiceError> {
        let domain = domain::require(call, tx, &self.domain_identifier)?;
        let environment = require(&domain.id, &self.environment_identifier, call, tx)?;
        ACTIONS.require(call, tx, &[&domain.id, &environment.id, &self.identifier])
    }
}

pub(crate) fn get(input: Named, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    input.find(call, tx).map(|action| json!(action))
}

pub(crate) fn delete(input: Named, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
    let action = input.find(call, tx)?;
    let path = [
        action.domain_id.as_str(),
        &action.environment_id,
        &action.id,
    ];
    ACTIONS.delete(call, tx, &path).map(drop)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Update {
    #[serde(flatten)]
    named: Named,
    name: Option<String>,
    description: Option<String>,
    parameters: Option<Value>,
}

pub(crate) fn update(input: Update, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let mut action = input.named.find(call, tx)?;
    action.name = input.name.unwrap_or(action.name);
    action.description = input.description.or(action.description);
    action.parameters = input.parameters.unwrap_or(action.parameters);
    action.write(call, tx)?;
    Ok(json!(action))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct List {
    domain_identifier: String,
    environment_identifier: String,
    #[serde(flatten)]
    page: Page,
}

pub(crate) fn list(input: List, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let environment = require(&domain.id, &input.environment_identifier, call, tx)?;
    let below = [domain.id.as_str(), &environment.id];
    let (actions, next_token) = ACTIONS.page(call, tx, &below, &input.page, |_: &Action| true)?;
    let items = actions.iter().map(|action| json!(action)).collect();
    Ok(listed("items", items, next_token))
}

/// The environment is gone.
pub(super) fn delete_all(
    domain: &str,
    environment: &str,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    ACTIONS.delete_all(call, tx, &[domain, environment])
}
