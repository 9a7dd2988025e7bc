//! Glossaries and their terms. A glossary's name is taken once in a domain, a term's once in its glossary.
//!
//! A glossary is deleted once it is `DISABLED` and has no terms; a term, once nothing is marked with it and no
//! other term relates to it.

mod governed;
pub(crate) mod term;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(crate) use governed::{associate, disassociate};
pub(crate) use term::{check_terms, detailed};

use super::kind::{Kind, Named};
use super::{domain, error, idempotency, project};
use crate::error::ServiceError;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::store::Tx;

const GLOSSARIES: Kind = Kind::new("datazone.glossaries", "Glossary");
const NAMES: Kind = Kind::new("datazone.glossary-names", "Glossary");

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Glossary {
    id: String,
    domain_id: String,
    owning_project_id: String,
    name: String,
    description: Option<String>,
    status: String,
    usage_restrictions: Option<Vec<String>>,
    created_by: String,
    created_ms: i64,
    updated_by: String,
    updated_ms: i64,
}

impl Glossary {
    fn shown(&self) -> Value {
        json!({
            "id": self.id,
            "domainId": self.domain_id,
            "owningProjectId": self.owning_project_id,
            "name": self.name,
            "description": self.description,
            "status": self.status,
            "usageRestrictions": self.usage_restrictions,
            "createdBy": self.created_by,
            "createdAt": epoch_seconds(self.created_ms),
            "updatedBy": self.updated_by,
            "updatedAt": epoch_seconds(self.updated_ms),
        })
    }

    /// Whether its terms are for governed use only.
    fn is_governed(&self) -> bool {
        self.usage_restrictions.is_some()
    }

    fn take_name(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
        if NAMES.insert(call, tx, &[&self.domain_id, &self.name], &self.id)? {
            return Ok(());
        }
        Err(error::conflict(format!(
            "Glossary with name {} already exists in domain {}",
            self.name, self.domain_id
        )))
    }

    fn write(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
        GLOSSARIES.put(call, tx, &[&self.domain_id, &self.id], self)
    }
}

pub(crate) fn require(
    domain: &str,
    id: &str,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Glossary, ServiceError> {
    GLOSSARIES.require(call, tx, &[domain, id])
}

/// `glossaryItem`s of a search.
pub(crate) fn items(
    domain: &str,
    owner: Option<&str>,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Vec<Value>, ServiceError> {
    let mut all: Vec<Glossary> = GLOSSARIES.all(call, tx, &[domain])?;
    all.retain(|one| owner.is_none_or(|owner| owner == one.owning_project_id));
    Ok(all.iter().map(Glossary::shown).collect())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Create {
    domain_identifier: String,
    name: String,
    owning_project_identifier: String,
    description: Option<String>,
    status: Option<String>,
    usage_restrictions: Option<Vec<String>>,
    client_token: Option<String>,
}

/// `CreateGlossary`.
pub(crate) fn create(input: Create, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    idempotency::once(call, tx, input.client_token.as_deref(), || {
        let domain = domain::require(call, tx, &input.domain_identifier)?;
        let owner = &input.owning_project_identifier;
        let project = project::require(&call.scope, tx, &domain.id, owner)?;
        let by = &call.principal.arn;
        let glossary = Glossary {
            id: call.cloud.lower(14),
            domain_id: domain.id,
            owning_project_id: project.id,
            name: input.name,
            description: input.description,
            status: input.status.unwrap_or_else(|| "ENABLED".to_owned()),
            usage_restrictions: input.usage_restrictions,
            created_by: by.clone(),
            created_ms: call.now_ms,
            updated_by: by.clone(),
            updated_ms: call.now_ms,
        };
        glossary.take_name(call, tx)?;
        glossary.write(call, tx)?;
        Ok(glossary.shown())
    })
}

/// `GetGlossary`.
pub(crate) fn get(input: Named, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    require(&domain.id, &input.identifier, call, tx).map(|glossary| glossary.shown())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Update {
    domain_identifier: String,
    identifier: String,
    name: Option<String>,
    description: Option<String>,
    status: Option<String>,
    client_token: Option<String>,
}

/// `UpdateGlossary`: what the request leaves out stays as it is.
pub(crate) fn update(input: Update, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    idempotency::once(call, tx, input.client_token.as_deref(), || {
        let domain = domain::require(call, tx, &input.domain_identifier)?;
        let mut glossary = require(&domain.id, &input.identifier, call, tx)?;
        if let Some(name) = input.name.filter(|name| *name != glossary.name) {
            NAMES.delete(call, tx, &[&domain.id, &glossary.name])?;
            glossary.name = name;
            glossary.take_name(call, tx)?;
        }
        glossary.description = input.description.or(glossary.description);
        glossary.status = input.status.unwrap_or(glossary.status);
        glossary.updated_by = call.principal.arn.clone();
        glossary.updated_ms = call.now_ms;
        glossary.write(call, tx)?;
        Ok(glossary.shown())
    })
}

/// `DeleteGlossary`.
pub(crate) fn delete(input: Named, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let glossary = require(&domain.id, &input.identifier, call, tx)?;
    if glossary.status != "DISABLED" {
        return Err(error::conflict(format!(
            "Glossary {} cannot be deleted because it is not DISABLED",
            glossary.id
        )));
    }
    if term::has_any(&domain.id, &glossary.id, call, tx)? {
        return Err(error::conflict(format!(
            "Glossary {} cannot be deleted because it has terms",
            glossary.id
        )));
    }
    NAMES.delete(call, tx, &[&domain.id, &glossary.name])?;
    GLOSSARIES
        .delete(call, tx, &[&domain.id, &glossary.id])
        .map(drop)
}
