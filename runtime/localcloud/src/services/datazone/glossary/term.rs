//! Glossary terms, under `domain/term`: `CreateGlossaryTerm`, `GetGlossaryTerm`, `UpdateGlossaryTerm` and
//! `DeleteGlossaryTerm`. A term may be one kind of another (`isA`), and one may classify others.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Glossary;
use crate::error::ServiceError;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::services::datazone::kind::{Kind, Named};
use crate::services::datazone::search::index::{Catalogue, fact};
use crate::services::datazone::{domain, error, idempotency};
use crate::store::Tx;

const TERMS: Kind = Kind::new("datazone.glossary-terms", "Glossary term");
/// The ids of terms: `domain/glossary/name`.
const NAMES: Kind = Kind::new("datazone.glossary-term-names", "Glossary term");
/// Which terms relate to a term: `domain/to/from`.
const RELATED: Kind = Kind::new("datazone.glossary-term-relations", "Relation");

/// The terms that a term relates to, stored and shown alike.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Relations {
    #[serde(skip_serializing_if = "Option::is_none")]
    is_a: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    classifies: Option<Vec<String>>,
}

impl Relations {
    fn all(&self) -> impl Iterator<Item = &String> {
        let classifies = self.classifies.iter().flatten();
        self.is_a.iter().flatten().chain(classifies)
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Term {
    id: String,
    domain_id: String,
    glossary_id: String,
    name: String,
    status: String,
    short_description: Option<String>,
    long_description: Option<String>,
    relations: Option<Relations>,
    usage_restrictions: Option<Vec<String>>,
    created_by: String,
    created_ms: i64,
    updated_by: String,
    updated_ms: i64,
}

impl Term {
    fn shown(&self) -> Value {
        json!({
            "id": self.id,
            "domainId": self.domain_id,
            "glossaryId": self.glossary_id,
            "name": self.name,
            "status": self.status,
            "shortDescription": self.short_description,
            "longDescription": self.long_description,
            "termRelations": self.relations,
            "usageRestrictions": self.usage_restrictions,
            "createdBy": self.created_by,
            "createdAt": epoch_seconds(self.created_ms),
            "updatedBy": self.updated_by,
            "updatedAt": epoch_seconds(self.updated_ms),
        })
    }

    /// Whether it is for governed use only.
    pub(super) fn is_governed(&self) -> bool {
        self.usage_restrictions.is_some()
    }

    fn take_name(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
        let path = [self.domain_id.as_str(), &self.glossary_id, &self.name];
        if NAMES.insert(call, tx, &path, &self.id)? {
            return Ok(());
        }
        Err(error::conflict(format!(
            "Glossary term with name {} already exists in glossary {}",
            self.name, self.glossary_id
        )))
    }

    fn free_name(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
        let path = [self.domain_id.as_str(), &self.glossary_id, &self.name];
        NAMES.delete(call, tx, &path).map(drop)
    }

    /// Relates the term to others, which must be there, in place of those that it related to before.
    fn relate(
        &mut self,
        relations: Option<Relations>,
        call: &Call<'_>,
        tx: &Tx<'_>,
    ) -> Result<(), ServiceError> {
        let domain = self.domain_id.clone();
        for other in self.relations.iter().flat_map(Relations::all) {
            RELATED.delete(call, tx, &[&domain, other, &self.id])?;
        }
        for other in relations.iter().flat_map(Relations::all) {
            if *other == self.id {
                return Err(error::validation(format!(
                    "Glossary term {} cannot relate to itself",
                    self.id
                )));
            }
            require(&domain, other, call, tx)?;
            RELATED.put(call, tx, &[&domain, other, &self.id], &())?;
        }
        self.relations = relations;
        Ok(())
    }

    fn write(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
        TERMS.put(call, tx, &[&self.domain_id, &self.id], self)
    }
}

pub(super) fn require(
    domain: &str,
    id: &str,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Term, ServiceError> {
    TERMS.require(call, tx, &[domain, id])
}

/// Whether a glossary has terms.
pub(super) fn has_any(
    domain: &str,
    glossary: &str,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<bool, ServiceError> {
    NAMES.has_any(call, tx, &[domain, glossary])
}

/// Checks that something may be marked with these terms: they are there, and not for governed use.
pub(crate) fn check_terms(
    domain: &str,
    terms: Option<&[String]>,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    for id in terms.unwrap_or_default() {
        if require(domain, id, call, tx)?.is_governed() {
            return Err(error::validation(format!(
                "Glossary term {id} is restricted to governed use"
            )));
        }
    }
    Ok(())
}

/// `glossaryTerms` of a listing: the terms by name.
pub(crate) fn detailed(
    domain: &str,
    terms: Option<&[String]>,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Vec<Value>, ServiceError> {
    let mut detailed = Vec::new();
    for id in terms.unwrap_or_default() {
        if let Some(term) = TERMS.find::<Term>(call, tx, &[domain, id])? {
            detailed.push(json!({
                "name": term.name,
                "shortDescription": term.short_description,
            }));
        }
    }
    Ok(detailed)
}

/// `glossaryTermItem`s of a search.
pub(crate) fn items(
    domain: &str,
    owner: Option<&str>,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Vec<Value>, ServiceError> {
    let mut items = Vec::new();
    for term in TERMS.all::<Term>(call, tx, &[domain])? {
        let wanted = match owner {
            None => true,
            Some(owner) => {
                let glossary: Glossary = super::require(domain, &term.glossary_id, call, tx)?;
                glossary.owning_project_id == owner
            }
        };
        if wanted {
            let mut item = term.shown();
            item["description"] = json!(term.short_description);
            items.push(item);
        }
    }
    Ok(items)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Create {
    domain_identifier: String,
    glossary_identifier: String,
    name: String,
    status: Option<String>,
    short_description: Option<String>,
    long_description: Option<String>,
    term_relations: Option<Relations>,
    client_token: Option<String>,
}

pub(crate) fn create(input: Create, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    idempotency::once(call, tx, input.client_token.as_deref(), || {
        let domain = domain::require(call, tx, &input.domain_identifier)?;
        let glossary = super::require(&domain.id, &input.glossary_identifier, call, tx)?;
        let by = &call.principal.arn;
        let mut term = Term {
            id: call.cloud.lower(14),
            domain_id: domain.id,
            usage_restrictions: glossary.is_governed().then(governed_use),
            glossary_id: glossary.id,
            name: input.name,
            status: input.status.unwrap_or_else(|| "ENABLED".to_owned()),
            short_description: input.short_description,
            long_description: input.long_description,
            relations: None,
            created_by: by.clone(),
            created_ms: call.now_ms,
            updated_by: by.clone(),
            updated_ms: call.now_ms,
        };
        term.relate(input.term_relations, call, tx)?;
        term.take_name(call, tx)?;
        term.write(call, tx)?;
        Ok(term.shown())
    })
}

fn governed_use() -> Vec<String> {
    vec!["ASSET_GOVERNED_TERMS".to_owned()]
}

pub(crate) fn get(input: Named, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    require(&domain.id, &input.identifier, call, tx).map(|term| term.shown())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Update {
    domain_identifier: String,
    identifier: String,
    glossary_identifier: Option<String>,
    name: Option<String>,
    status: Option<String>,
    short_description: Option<String>,
    long_description: Option<String>,
    term_relations: Option<Relations>,
}

/// What the request leaves out stays as it is; relations are replaced as a whole. A term may move to
/// another glossary.
pub(crate) fn update(input: Update, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let mut term = require(&domain.id, &input.identifier, call, tx)?;
    let name = input.name.unwrap_or_else(|| term.name.clone());
    let glossary = match input.glossary_identifier {
        Some(id) => super::require(&domain.id, &id, call, tx)?.id,
        None => term.glossary_id.clone(),
    };
    if (&name, &glossary) != (&term.name, &term.glossary_id) {
        term.free_name(call, tx)?;
        (term.name, term.glossary_id) = (name, glossary);
        term.take_name(call, tx)?;
    }
    if input.term_relations.is_some() {
        term.relate(input.term_relations, call, tx)?;
    }
    term.status = input.status.unwrap_or(term.status);
    term.short_description = input.short_description.or(term.short_description);
    term.long_description = input.long_description.or(term.long_description);
    term.updated_by = call.principal.arn.clone();
    term.updated_ms = call.now_ms;
    term.write(call, tx)?;
    Ok(term.shown())
}

/// Refused while an asset or a data product is marked with it, or another term relates to it.
pub(crate) fn delete(input: Named, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let mut term = require(&domain.id, &input.identifier, call, tx)?;
    let marked = fact("glossaryTerms", &term.id);
    let governed = fact("governedGlossaryTerms", &term.id);
    let assets = Catalogue::assets(&domain.id);
    let products = Catalogue::data_products(&domain.id);
    let used = assets.has(&marked, call, tx)?
        || assets.has(&governed, call, tx)?
        || products.has(&marked, call, tx)?;
    if used {
        return Err(error::conflict(format!(
            "Glossary term {} cannot be deleted because assets or data products are marked with it",
            term.id
        )));
    }
    if RELATED.has_any(call, tx, &[&domain.id, &term.id])? {
        return Err(error::conflict(format!(
            "Glossary term {} cannot be deleted because other terms relate to it",
            term.id
        )));
    }
    term.relate(None, call, tx)?;
    term.free_name(call, tx)?;
    TERMS.delete(call, tx, &[&domain.id, &term.id]).map(drop)
}
