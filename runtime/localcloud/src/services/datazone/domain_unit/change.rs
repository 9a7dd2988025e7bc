//! `CreateDomainUnit`, `UpdateDomainUnit` and `DeleteDomainUnit`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{DomainUnit, NAMES, Owner, PROJECTS, UNITS, require};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::datazone::kind::Named;
use crate::services::datazone::{domain, error, idempotency, profile};
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Create {
    domain_identifier: String,
    parent_domain_unit_identifier: String,
    name: String,
    description: Option<String>,
    client_token: Option<String>,
}

pub(crate) fn create(input: Create, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    idempotency::once(call, tx, input.client_token.as_deref(), || {
        let domain = domain::require(call, tx, &input.domain_identifier)?;
        let parent = require(&domain, &input.parent_domain_unit_identifier, call, tx)?;
        let owner = profile::user::of_caller(&domain.id, call, tx)?;
        let unit = DomainUnit {
            id: call.cloud.lower(14),
            domain_id: domain.id,
            parent: Some(parent.id),
            name: input.name,
            description: input.description,
            owners: vec![Owner::User(owner)],
            created_by: call.principal.arn.clone(),
            created_ms: call.now_ms,
            updated_by: None,
            updated_ms: None,
        };
        unit.take_name(call, tx)?;
        unit.write(call, tx)?;
        let mut shown = unit.shown();
        shown["ancestorDomainUnitIds"] = json!(unit.ancestors(call, tx)?);
        Ok(shown)
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Update {
    domain_identifier: String,
    identifier: String,
    name: Option<String>,
    description: Option<String>,
}

pub(crate) fn update(input: Update, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let mut unit = require(&domain, &input.identifier, call, tx)?;
    if let Some(name) = input.name.filter(|name| *name != unit.name) {
        unit.free_name(call, tx)?;
        unit.name = name;
        unit.take_name(call, tx)?;
    }
    unit.description = input.description.or(unit.description);
    unit.updated_by = Some(call.principal.arn.clone());
    unit.updated_ms = Some(call.now_ms);
    unit.write(call, tx)?;
    Ok(unit.shown())
}

pub(crate) fn delete(input: Named, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let unit = require(&domain, &input.identifier, call, tx)?;
    if unit.parent.is_none() {
        return Err(error::validation("The root domain unit cannot be deleted"));
    }
    let below = [domain.id.as_str(), &unit.id];
    for (kind, what) in [(NAMES, "domain units"), (PROJECTS, "projects")] {
        if kind.has_any(call, tx, &below)? {
            return Err(error::conflict(format!(
                "Domain unit {} cannot be deleted because it has {what}",
                unit.id
            )));
        }
    }
    unit.free_name(call, tx)?;
    UNITS.delete(call, tx, &below).map(drop)
}

impl DomainUnit {
    /// The root's name is nobody else's business.
    fn take_name(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
        let Some(parent) = &self.parent else {
            return Ok(());
        };
        if NAMES.insert(call, tx, &[&self.domain_id, parent, &self.name], &self.id)? {
            return Ok(());
        }
        Err(error::conflict(format!(
            "Domain unit with name {} already exists under {parent}",
            self.name
        )))
    }

    fn free_name(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
        match &self.parent {
            Some(parent) => NAMES
                .delete(call, tx, &[&self.domain_id, parent, &self.name])
                .map(drop),
            None => Ok(()),
        }
    }
}
