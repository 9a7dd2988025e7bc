//! Assets, stored under `domain/asset`; each revision under `domain/asset/number`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::form::Form;
use super::listing;
use super::project::Project;
use super::{asset_type, error};
use crate::error::ServiceError;
use crate::protocol::timestamp::epoch_seconds;
use crate::services::constraints::Constraints;
use crate::services::paging::{self, Listing};
use crate::store::{Scope, Tx};

pub(super) const ASSETS: &str = "datazone.assets";
pub(super) const REVISIONS: &str = "datazone.asset-revisions";

/// What all revisions of an asset share.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Asset {
    pub(super) id: String,
    pub(super) domain_id: String,
    pub(super) owning_project_id: String,
    pub(super) type_identifier: String,
    pub(super) external_identifier: Option<String>,
    pub(super) first_created_by: String,
    pub(super) first_created_ms: i64,
    /// The number of the latest revision.
    pub(super) latest: u32,
    pub(super) listing_id: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Revision {
    pub(super) number: u32,
    pub(super) name: String,
    pub(super) description: Option<String>,
    pub(super) type_revision: String,
    pub(super) glossary_terms: Option<Vec<String>>,
    pub(super) forms: Vec<Form>,
    pub(super) prediction_configuration: Option<Value>,
    pub(super) created_by: String,
    pub(super) created_ms: i64,
}

impl Asset {
    pub(super) fn key(&self) -> String {
        key(&self.domain_id, &self.id)
    }

    fn revision_key(&self, number: u32) -> String {
        format!("{}/{number:010}", self.key())
    }

    /// Writes the asset with a new latest revision.
    pub(super) fn write(
        &self,
        revision: &Revision,
        scope: &Scope,
        tx: &Tx<'_>,
    ) -> Result<(), ServiceError> {
        tx.put(scope, ASSETS, &self.key(), self)?;
        let key = self.revision_key(revision.number);
        tx.put(scope, REVISIONS, &key, revision)
    }

    /// A revision by the number that a request gives; the latest if it gives none.
    pub(super) fn revision(
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
    pub(super) fn revisions(
        &self,
        scope: &Scope,
        tx: &Tx<'_>,
    ) -> Result<Vec<Revision>, ServiceError> {
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
}

pub(super) fn key(domain: &str, asset: &str) -> String {
    format!("{domain}/{asset}")
}

pub(super) fn require(
    scope: &Scope,
    tx: &Tx<'_>,
    domain: &str,
    id: &str,
) -> Result<Asset, ServiceError> {
    tx.get(scope, ASSETS, &key(domain, id))?
        .ok_or_else(|| error::not_found("Asset", id))
}

pub(super) fn in_domain(
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

pub(super) fn owned_by(
    scope: &Scope,
    tx: &Tx<'_>,
    project: &Project,
) -> Result<Vec<Asset>, ServiceError> {
    let mut assets = in_domain(scope, tx, &project.domain_id)?;
    assets.retain(|asset| asset.owning_project_id == project.id);
    Ok(assets)
}

/// Deletes the asset, its revisions and its listing.
pub(super) fn remove(scope: &Scope, tx: &Tx<'_>, asset: &Asset) -> Result<(), ServiceError> {
    for number in 1..=asset.latest {
        tx.delete(scope, REVISIONS, &asset.revision_key(number))?;
    }
    if let Some(id) = &asset.listing_id {
        tx.delete(
            scope,
            listing::LISTINGS,
            &listing::key(&asset.domain_id, id),
        )?;
    }
    tx.delete(scope, ASSETS, &asset.key())?;
    Ok(())
}

/// Checks what the requests for a first and for a further revision share.
pub(super) fn check_revision(
    constraints: &mut Constraints,
    name: &str,
    description: Option<&str>,
    glossary_terms: Option<&[String]>,
    type_revision: Option<&str>,
) {
    constraints.length("name", Some(name), 1, 256);
    constraints.length("description", description, 0, 2048);
    constraints.count("glossaryTerms", glossary_terms, 1, 20);
    constraints.length("typeRevision", type_revision, 1, 64);
}

pub(super) fn type_revision(wanted: Option<String>) -> String {
    wanted.unwrap_or_else(|| asset_type::REVISION.to_owned())
}

/// One revision of an asset, as the operations that create and get one show it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Shown {
    id: String,
    name: String,
    type_identifier: String,
    type_revision: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_identifier: Option<String>,
    revision: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    created_at: f64,
    created_by: String,
    first_revision_created_at: f64,
    first_revision_created_by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    glossary_terms: Option<Vec<String>>,
    owning_project_id: String,
    domain_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    listing: Option<ListingDetails>,
    forms_output: Vec<Form>,
    read_only_forms_output: Vec<Form>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prediction_configuration: Option<Value>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ListingDetails {
    listing_id: String,
    listing_status: listing::Status,
}

impl Shown {
    pub(super) fn new(
        asset: Asset,
        revision: Revision,
        now_ms: i64,
        scope: &Scope,
        tx: &Tx<'_>,
    ) -> Result<Self, ServiceError> {
        let listing = match &asset.listing_id {
            Some(id) => Some(listing::require(scope, tx, &asset.domain_id, id)?),
            None => None,
        };
        Ok(Self {
            id: asset.id,
            name: revision.name,
            type_identifier: asset.type_identifier,
            type_revision: revision.type_revision,
            external_identifier: asset.external_identifier,
            revision: revision.number.to_string(),
            description: revision.description,
            created_at: epoch_seconds(revision.created_ms),
            created_by: revision.created_by,
            first_revision_created_at: epoch_seconds(asset.first_created_ms),
            first_revision_created_by: asset.first_created_by,
            glossary_terms: revision.glossary_terms,
            owning_project_id: asset.owning_project_id,
            domain_id: asset.domain_id,
            listing: listing.map(|listing| ListingDetails {
                listing_status: listing.status(now_ms),
                listing_id: listing.id,
            }),
            forms_output: revision.forms,
            read_only_forms_output: Vec::new(),
            prediction_configuration: revision.prediction_configuration,
        })
    }
}
