//! Assets, stored under `domain/asset`; each revision under `domain/asset/number`.

mod create;
mod delete;
pub(crate) mod filter;
mod revise;
mod revisions;
mod row_filter;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(crate) use create::create;
pub(crate) use delete::delete;
pub(crate) use revise::revise;
pub(crate) use revisions::list_revisions;

use super::kind::Named;
use super::metadata_type::form::{self, Form};
use super::project::Project;
use super::search::index::{Catalogue, fact};
use super::{domain, error, listing, time_series};
use crate::error::ServiceError;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::services::paging::{self, Listing};
use crate::store::{Scope, Tx};

pub(crate) const ASSETS: &str = "datazone.assets";
const REVISIONS: &str = "datazone.asset-revisions";

/// What all revisions of an asset share.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Asset {
    pub(crate) id: String,
    pub(crate) domain_id: String,
    pub(crate) owning_project_id: String,
    pub(crate) type_identifier: String,
    pub(crate) external_identifier: Option<String>,
    first_created_by: String,
    first_created_ms: i64,
    /// The number of the latest revision.
    pub(crate) latest: u32,
    pub(crate) listing_id: Option<String>,
    #[serde(default)]
    pub(crate) governed_terms: Vec<String>,
    /// The latest time-series data point of each form, as it is shown.
    #[serde(default)]
    pub(crate) data_points: Vec<Value>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Revision {
    pub(crate) number: u32,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    type_revision: String,
    pub(crate) glossary_terms: Option<Vec<String>>,
    pub(crate) forms: Vec<Form>,
    prediction_configuration: Option<Value>,
    created_by: String,
    pub(crate) created_ms: i64,
}

impl Asset {
    pub(crate) fn key(&self) -> String {
        key(&self.domain_id, &self.id)
    }

    fn revision_key(&self, number: u32) -> String {
        format!("{}/{number:010}", self.key())
    }

    /// Writes the asset with a new latest revision.
    fn write(&self, revision: &Revision, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
        tx.put(&call.scope, ASSETS, &self.key(), self)?;
        let key = self.revision_key(revision.number);
        tx.put(&call.scope, REVISIONS, &key, revision)?;
        self.index(revision, call, tx)
    }

    /// Writes what its revisions share.
    pub(crate) fn rewrite(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
        tx.put(&call.scope, ASSETS, &self.key(), self)?;
        let latest = self.revision(None, &call.scope, tx)?;
        self.index(&latest, call, tx)
    }

    /// Puts the latest revision into the index of searches.
    pub(crate) fn index(
        &self,
        latest: &Revision,
        call: &Call<'_>,
        tx: &Tx<'_>,
    ) -> Result<(), ServiceError> {
        let forms = latest.forms.iter();
        let mut more: Vec<String> = forms
            .map(|form| fact("formType", &form.type_name))
            .collect();
        let governed = self.governed_terms.iter();
        more.extend(governed.map(|term| fact("governedGlossaryTerms", term)));
        let catalogue = Catalogue::assets(&self.domain_id);
        catalogue.put(&self.id, &self.view(latest), &more, call, tx)
    }

    /// A revision by the number that a request gives; the latest if it gives none.
    pub(crate) fn revision(
        &self,
        wanted: Option<&str>,
        scope: &Scope,
        tx: &Tx<'_>,
    ) -> Result<Revision, ServiceError> {
        let number = wanted.map_or(Some(self.latest), |text| text.parse().ok());
        let found = match number {
            Some(number) => tx.get(scope, REVISIONS, &self.revision_key(number))?,
            None => None,
        };
        found.ok_or_else(|| {
            let wanted = wanted.unwrap_or("latest");
            error::not_found("Asset", &format!("{} and revision {wanted}", self.id))
        })
    }

    /// Every revision, the latest first.
    fn revisions(&self, scope: &Scope, tx: &Tx<'_>) -> Result<Vec<Revision>, ServiceError> {
        let mut revisions: Vec<Revision> = paging::all(
            tx,
            Listing {
                scope,
                collection: REVISIONS,
                prefix: &format!("{}/", self.key()),
            },
        )?;
        revisions.reverse();
        Ok(revisions)
    }

    /// What it shows to searches.
    pub(crate) fn view(&self, revision: &Revision) -> Value {
        json!({
            "identifier": self.id,
            "id": self.id,
            "name": revision.name,
            "description": revision.description,
            "typeIdentifier": self.type_identifier,
            "externalIdentifier": self.external_identifier,
            "owningProjectId": self.owning_project_id,
            "createdAt": revision.created_ms,
            "updatedAt": revision.created_ms,
            "glossaryTerms": revision.glossary_terms,
            "forms": form::combined(&revision.forms),
        })
    }

    /// `assetItem` of a search.
    pub(crate) fn item(&self, revision: &Revision) -> Value {
        json!({
            "domainId": self.domain_id,
            "identifier": self.id,
            "name": revision.name,
            "typeIdentifier": self.type_identifier,
            "typeRevision": revision.type_revision,
            "externalIdentifier": self.external_identifier,
            "description": revision.description,
            "createdAt": epoch_seconds(revision.created_ms),
            "createdBy": revision.created_by,
            "firstRevisionCreatedAt": epoch_seconds(self.first_created_ms),
            "firstRevisionCreatedBy": self.first_created_by,
            "glossaryTerms": revision.glossary_terms,
            "governedGlossaryTerms": self.governed_terms,
            "owningProjectId": self.owning_project_id,
        })
    }

    /// One revision, as the operations that create and get one show it.
    fn shown(
        &self,
        revision: &Revision,
        call: &Call<'_>,
        tx: &Tx<'_>,
    ) -> Result<Value, ServiceError> {
        let listing = match &self.listing_id {
            Some(id) => {
                let listing = listing::require(&call.scope, tx, &self.domain_id, id)?;
                Some(json!({
                    "listingId": listing.id,
                    "listingStatus": listing.status(call.now_ms),
                }))
            }
            None => None,
        };
        let mut shown = self.item(revision);
        shown["id"] = shown["identifier"].take();
        shown["revision"] = json!(revision.number.to_string());
        shown["listing"] = json!(listing);
        shown["formsOutput"] = json!(revision.forms);
        shown["readOnlyFormsOutput"] = json!([]);
        shown["latestTimeSeriesDataPointFormsOutput"] = json!(self.data_points);
        shown["predictionConfiguration"] = json!(revision.prediction_configuration);
        Ok(shown)
    }
}

fn key(domain: &str, asset: &str) -> String {
    format!("{domain}/{asset}")
}

pub(crate) fn require(
    scope: &Scope,
    tx: &Tx<'_>,
    domain: &str,
    id: &str,
) -> Result<Asset, ServiceError> {
    tx.get(scope, ASSETS, &key(domain, id))?
        .ok_or_else(|| error::not_found("Asset", id))
}

pub(crate) fn in_domain(
    scope: &Scope,
    tx: &Tx<'_>,
    domain: &str,
) -> Result<Vec<Asset>, ServiceError> {
    paging::all(
        tx,
        Listing {
            scope,
            collection: ASSETS,
            prefix: &key(domain, ""),
        },
    )
}

/// The ids of the assets of a project.
pub(crate) fn owned_by(
    project: &Project,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Vec<String>, ServiceError> {
    let owned = fact("owningProjectId", &project.id);
    Catalogue::assets(&project.domain_id).with(&owned, call, tx)
}

/// Deletes the asset, its revisions, filters, data points and its listing.
pub(crate) fn remove(asset: &Asset, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
    for number in 1..=asset.latest {
        tx.delete(&call.scope, REVISIONS, &asset.revision_key(number))?;
    }
    if let Some(id) = &asset.listing_id {
        listing::remove(&asset.domain_id, id, call, tx)?;
    }
    filter::delete_all(&asset.domain_id, &asset.id, call, tx)?;
    time_series::delete_all(&asset.domain_id, "ASSET", &asset.id, call, tx)?;
    Catalogue::assets(&asset.domain_id).remove(&asset.id, call, tx)?;
    tx.delete(&call.scope, ASSETS, &asset.key())?;
    Ok(())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Get {
    #[serde(flatten)]
    named: Named,
    revision: Option<String>,
}

/// `GetAsset`: one revision, the latest if the request does not say.
pub(crate) fn get(input: Get, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.named.domain_identifier)?;
    let asset = require(&call.scope, tx, &domain.id, &input.named.identifier)?;
    let revision = asset.revision(input.revision.as_deref(), &call.scope, tx)?;
    asset.shown(&revision, call, tx)
}
