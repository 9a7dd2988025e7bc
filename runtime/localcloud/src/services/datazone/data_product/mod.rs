//! Data products, under `domain/product`, each revision under `domain/product/number`: assets that are published and
//! subscribed to together. A name is taken once in a domain.

mod change;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(crate) use change::{create, delete, delete_all_of, revise};

use super::kind::{Kind, Named, Page, listed};
use super::listing::ListingRevision;
use super::metadata_type::form::{self, Form};
use super::search::index::{Catalogue, fact};
use super::{asset, domain, error, glossary, listing};
use crate::error::ServiceError;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::store::Tx;

const PRODUCTS: Kind = Kind::new("datazone.data-products", "Data product");
const REVISIONS: Kind = Kind::new("datazone.data-product-revisions", "Data product");
const NAMES: Kind = Kind::new("datazone.data-product-names", "Data product");

/// What all revisions share, with the latest revision.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct DataProduct {
    pub(crate) id: String,
    pub(crate) domain_id: String,
    pub(crate) owning_project_id: String,
    pub(crate) listing_id: Option<String>,
    first_created_by: String,
    first_created_ms: i64,
    latest: Revision,
}

/// An asset in a data product, as it is given and shown.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    item_type: String,
    identifier: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    glossary_terms: Option<Vec<String>>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Revision {
    number: u32,
    name: String,
    description: Option<String>,
    glossary_terms: Option<Vec<String>>,
    items: Option<Vec<Item>>,
    forms: Vec<Form>,
    created_by: String,
    created_ms: i64,
}

impl DataProduct {
    /// Writes the product, and what searches find of it.
    pub(crate) fn write(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
        PRODUCTS.put(call, tx, &[&self.domain_id, &self.id], self)?;
        let items = self.latest.items.iter().flatten();
        let more: Vec<String> = items.map(|item| fact("item", &item.identifier)).collect();
        Catalogue::data_products(&self.domain_id).put(&self.id, &self.view(), &more, call, tx)
    }

    fn revision(
        &self,
        wanted: Option<&str>,
        call: &Call<'_>,
        tx: &Tx<'_>,
    ) -> Result<Revision, ServiceError> {
        let Some(wanted) = wanted else {
            return Ok(self.latest.clone());
        };
        let found = match wanted.parse::<u32>() {
            Ok(number) => {
                let number = format!("{number:010}");
                REVISIONS.find(call, tx, &[&self.domain_id, &self.id, &number])?
            }
            Err(_) => None,
        };
        found.ok_or_else(|| {
            error::not_found(
                "Data product",
                &format!("{} and revision {wanted}", self.id),
            )
        })
    }

    /// What it shows to searches.
    pub(crate) fn view(&self) -> Value {
        json!({
            "id": self.id,
            "identifier": self.id,
            "name": self.latest.name,
            "description": self.latest.description,
            "owningProjectId": self.owning_project_id,
            "glossaryTerms": self.latest.glossary_terms,
            "createdAt": self.latest.created_ms,
            "updatedAt": self.latest.created_ms,
            "forms": form::combined(&self.latest.forms),
        })
    }

    /// `dataProductItem` of a search.
    pub(crate) fn item(&self) -> Value {
        json!({
            "domainId": self.domain_id,
            "id": self.id,
            "name": self.latest.name,
            "owningProjectId": self.owning_project_id,
            "description": self.latest.description,
            "glossaryTerms": self.latest.glossary_terms,
            "createdAt": epoch_seconds(self.latest.created_ms),
            "createdBy": self.latest.created_by,
            "firstRevisionCreatedAt": epoch_seconds(self.first_created_ms),
            "firstRevisionCreatedBy": self.first_created_by,
        })
    }

    fn shown(&self, revision: &Revision) -> Value {
        json!({
            "domainId": self.domain_id,
            "id": self.id,
            "revision": revision.number.to_string(),
            "owningProjectId": self.owning_project_id,
            "name": revision.name,
            "status": "CREATED",
            "description": revision.description,
            "glossaryTerms": revision.glossary_terms,
            "items": revision.items,
            "formsOutput": revision.forms,
            "createdAt": epoch_seconds(revision.created_ms),
            "createdBy": revision.created_by,
            "firstRevisionCreatedAt": epoch_seconds(self.first_created_ms),
            "firstRevisionCreatedBy": self.first_created_by,
        })
    }

    /// What the catalogue is to show of a revision: its assets must be published.
    pub(crate) fn copy(
        &self,
        wanted: Option<&str>,
        call: &Call<'_>,
        tx: &Tx<'_>,
    ) -> Result<ListingRevision, ServiceError> {
        let revision = self.revision(wanted, call, tx)?;
        let mut items = Vec::new();
        for item in revision.items.iter().flatten() {
            let asset = asset::require(&call.scope, tx, &self.domain_id, &item.identifier)?;
            let listing = match &asset.listing_id {
                Some(id) => Some(listing::require(&call.scope, tx, &self.domain_id, id)?),
                None => None,
            };
            let Some(listing) = listing.filter(|listing| listing.published) else {
                return Err(error::validation(format!(
                    "Data product {} cannot be published because asset {} is not",
                    self.id, asset.id
                )));
            };
            let terms = item.glossary_terms.as_deref();
            items.push(json!({
                "listingId": listing.id,
                "listingRevision": listing.latest_number().to_string(),
                "glossaryTerms": glossary::detailed(&self.domain_id, terms, call, tx)?,
            }));
        }
        let terms = revision.glossary_terms.unwrap_or_default();
        Ok(ListingRevision {
            number: 0,
            published_ms: 0,
            asset_revision: revision.number,
            asset_created_ms: revision.created_ms,
            forms: form::combined(&revision.forms),
            name: revision.name,
            description: revision.description,
            detailed_terms: glossary::detailed(&self.domain_id, Some(&terms), call, tx)?,
            governed_terms: Vec::new(),
            glossary_terms: terms,
            items,
        })
    }
}

pub(crate) fn require(
    domain: &str,
    id: &str,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<DataProduct, ServiceError> {
    PRODUCTS.require(call, tx, &[domain, id])
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Get {
    #[serde(flatten)]
    named: Named,
    revision: Option<String>,
}

/// `GetDataProduct`: one revision, the latest if the request does not say.
pub(crate) fn get(input: Get, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.named.domain_identifier)?;
    let product = require(&domain.id, &input.named.identifier, call, tx)?;
    let revision = product.revision(input.revision.as_deref(), call, tx)?;
    Ok(product.shown(&revision))
}

#[derive(Debug, Deserialize)]
pub(crate) struct List {
    #[serde(flatten)]
    named: Named,
    #[serde(flatten)]
    page: Page,
}

/// `ListDataProductRevisions`, the latest first.
pub(crate) fn list_revisions(
    input: List,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.named.domain_identifier)?;
    let product = require(&domain.id, &input.named.identifier, call, tx)?;
    let mut revisions: Vec<Revision> = REVISIONS.all(call, tx, &[&domain.id, &product.id])?;
    revisions.reverse();
    let list = format!("data-product-revisions/{}", product.id);
    let (revisions, next_token) = input.page.of(&list, revisions)?;
    let items = revisions
        .into_iter()
        .map(|revision| {
            json!({
                "domainId": product.domain_id,
                "id": product.id,
                "revision": revision.number.to_string(),
                "createdBy": revision.created_by,
                "createdAt": epoch_seconds(revision.created_ms),
            })
        })
        .collect();
    Ok(listed("items", items, next_token))
}
