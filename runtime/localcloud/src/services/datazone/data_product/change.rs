//! `CreateDataProduct`, `CreateDataProductRevision` and `DeleteDataProduct`.

use serde::Deserialize;
use serde_json::Value;

use super::{DataProduct, Item, NAMES, PRODUCTS, REVISIONS, Revision, require};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::datazone::kind::Named;
use crate::services::datazone::metadata_type::form::{self, FormInput};
use crate::services::datazone::search::index::{Catalogue, fact};
use crate::services::datazone::{asset, domain, error, glossary, idempotency, listing, project};
use crate::store::Tx;

/// What requests for a first and for a further revision share.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RevisionInput {
    name: String,
    description: Option<String>,
    glossary_terms: Option<Vec<String>>,
    items: Option<Vec<Item>>,
    forms_input: Option<Vec<FormInput>>,
}

impl RevisionInput {
    fn accept(
        self,
        number: u32,
        domain: &str,
        call: &Call<'_>,
        tx: &Tx<'_>,
    ) -> Result<Revision, ServiceError> {
        glossary::check_terms(domain, self.glossary_terms.as_deref(), call, tx)?;
        let mut seen = Vec::new();
        for item in self.items.iter().flatten() {
            let asset = asset::require(&call.scope, tx, domain, &item.identifier)?;
            asset.revision(item.revision.as_deref(), &call.scope, tx)?;
            glossary::check_terms(domain, item.glossary_terms.as_deref(), call, tx)?;
            if seen.contains(&asset.id) {
                return Err(error::validation(format!(
                    "items has the asset {} twice",
                    asset.id
                )));
            }
            seen.push(asset.id);
        }
        Ok(Revision {
            number,
            name: self.name,
            description: self.description,
            glossary_terms: self.glossary_terms,
            items: self.items,
            forms: form::accept_any(domain, self.forms_input, call, tx)?,
            created_by: call.principal.arn.clone(),
            created_ms: call.now_ms,
        })
    }
}

impl DataProduct {
    fn write_revision(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
        let number = format!("{:010}", self.latest.number);
        REVISIONS.put(
            call,
            tx,
            &[&self.domain_id, &self.id, &number],
            &self.latest,
        )?;
        self.write(call, tx)
    }

    fn remove(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
        let path = [self.domain_id.as_str(), &self.id];
        NAMES.delete(call, tx, &[path[0], &self.latest.name])?;
        REVISIONS.delete_all(call, tx, &path)?;
        Catalogue::data_products(path[0]).remove(&self.id, call, tx)?;
        PRODUCTS.delete(call, tx, &path).map(drop)
    }

    fn take_name(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
        if NAMES.insert(call, tx, &[&self.domain_id, &self.latest.name], &self.id)? {
            return Ok(());
        }
        Err(error::conflict(format!(
            "Data product with name {} already exists in domain {}",
            self.latest.name, self.domain_id
        )))
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Create {
    domain_identifier: String,
    owning_project_identifier: String,
    client_token: Option<String>,
    #[serde(flatten)]
    revision: RevisionInput,
}

pub(crate) fn create(input: Create, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    idempotency::once(call, tx, input.client_token.as_deref(), || {
        let domain = domain::require(call, tx, &input.domain_identifier)?;
        let owner = &input.owning_project_identifier;
        let project = project::require(&call.scope, tx, &domain.id, owner)?;
        let product = DataProduct {
            id: call.cloud.lower(14),
            latest: input.revision.accept(1, &domain.id, call, tx)?,
            domain_id: domain.id,
            owning_project_id: project.id,
            listing_id: None,
            first_created_by: call.principal.arn.clone(),
            first_created_ms: call.now_ms,
        };
        product.take_name(call, tx)?;
        product.write_revision(call, tx)?;
        Ok(product.shown(&product.latest))
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Revise {
    domain_identifier: String,
    identifier: String,
    client_token: Option<String>,
    #[serde(flatten)]
    revision: RevisionInput,
}

/// It replaces everything; nothing of the last revision carries over.
pub(crate) fn revise(input: Revise, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    idempotency::once(call, tx, input.client_token.as_deref(), || {
        let domain = domain::require(call, tx, &input.domain_identifier)?;
        let mut product = require(&domain.id, &input.identifier, call, tx)?;
        let number = product.latest.number + 1;
        let revision = input.revision.accept(number, &domain.id, call, tx)?;
        let old = std::mem::replace(&mut product.latest, revision);
        if old.name != product.latest.name {
            NAMES.delete(call, tx, &[&domain.id, &old.name])?;
            product.take_name(call, tx)?;
        }
        product.write_revision(call, tx)?;
        Ok(product.shown(&product.latest))
    })
}

/// Refused while it is listed.
pub(crate) fn delete(input: Named, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let product = require(&domain.id, &input.identifier, call, tx)?;
    if let Some(id) = &product.listing_id {
        let listing = listing::require(&call.scope, tx, &domain.id, id)?;
        if listing.status(call.now_ms) != listing::Status::Inactive {
            return Err(error::conflict(format!(
                "Data product {} cannot be deleted because it is published in listing {id}",
                product.id
            )));
        }
        listing::remove(&domain.id, id, call, tx)?;
    }
    product.remove(call, tx)
}

/// The project is gone, and its data products with it.
pub(crate) fn delete_all_of(
    domain: &str,
    project: &str,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    let owned = fact("owningProjectId", project);
    for id in Catalogue::data_products(domain).with(&owned, call, tx)? {
        let product = require(domain, &id, call, tx)?;
        if let Some(id) = &product.listing_id {
            listing::remove(domain, id, call, tx)?;
        }
        product.remove(call, tx)?;
    }
    Ok(())
}
