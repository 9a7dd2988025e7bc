//! Listings, stored under `domain/listing`: what the catalogue shows of an asset.
//!
//! A listing revision is a copy of what the asset was when it was published; later revisions of the
//! asset do not change it. While a new listing revision is being created, searches still find the one
//! before it.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::asset::{Asset, Revision};
use super::{SETTLING_MS, error, form};
use crate::error::ServiceError;
use crate::protocol::timestamp::epoch_seconds;
use crate::services::paging;
use crate::store::{Scope, Tx};

pub(super) const LISTINGS: &str = "datazone.listings";

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum Status {
    Creating,
    Active,
    Inactive,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Listing {
    pub(super) id: String,
    pub(super) domain_id: String,
    pub(super) asset_id: String,
    pub(super) asset_type: String,
    pub(super) owning_project_id: String,
    pub(super) published: bool,
    pub(super) created_by: String,
    pub(super) created_ms: i64,
    pub(super) updated_by: String,
    pub(super) updated_ms: i64,
    /// The oldest first; never empty.
    pub(super) revisions: Vec<ListingRevision>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct ListingRevision {
    pub(super) number: u32,
    pub(super) published_ms: i64,
    pub(super) asset_revision: u32,
    pub(super) asset_created_ms: i64,
    pub(super) name: String,
    pub(super) description: Option<String>,
    pub(super) forms: Value,
}

impl ListingRevision {
    fn is_created(&self, now_ms: i64) -> bool {
        now_ms >= self.published_ms + SETTLING_MS
    }
}

impl Listing {
    pub(super) fn key(&self) -> String {
        key(&self.domain_id, &self.id)
    }

    /// Adds a revision that shows this revision of the asset.
    pub(super) fn publish(&mut self, revision: Revision, by: &str, now_ms: i64) {
        self.published = true;
        self.updated_by = by.to_owned();
        self.updated_ms = now_ms;
        self.revisions.push(ListingRevision {
            number: self.latest_number() + 1,
            published_ms: now_ms,
            asset_revision: revision.number,
            asset_created_ms: revision.created_ms,
            forms: form::combined(&revision.forms),
            name: revision.name,
            description: revision.description,
        });
    }

    pub(super) fn new(id: String, asset: &Asset, by: &str, now_ms: i64) -> Self {
        Self {
            id,
            domain_id: asset.domain_id.clone(),
            asset_id: asset.id.clone(),
            asset_type: asset.type_identifier.clone(),
            owning_project_id: asset.owning_project_id.clone(),
            published: false,
            created_by: by.to_owned(),
            created_ms: now_ms,
            updated_by: by.to_owned(),
            updated_ms: now_ms,
            revisions: Vec::new(),
        }
    }

    pub(super) fn latest_number(&self) -> u32 {
        self.revisions.last().map_or(0, |revision| revision.number)
    }

    /// Of the latest revision.
    pub(super) fn status(&self, now_ms: i64) -> Status {
        match self.revisions.last() {
            Some(latest) if self.published && latest.is_created(now_ms) => Status::Active,
            Some(_) if self.published => Status::Creating,
            _ => Status::Inactive,
        }
    }

    /// What searches find, if anything.
    pub(super) fn visible(&self, now_ms: i64) -> Option<&ListingRevision> {
        self.revisions
            .iter()
            .rev()
            .find(|revision| self.published && revision.is_created(now_ms))
    }

    /// A revision by the number that a request gives; the latest if it gives none.
    pub(super) fn revision(&self, wanted: Option<&str>) -> Result<&ListingRevision, ServiceError> {
        let found = match wanted {
            None => self.revisions.last(),
            Some(text) => self
                .revisions
                .iter()
                .find(|revision| revision.number.to_string() == text),
        };
        found.ok_or_else(|| {
            let wanted = wanted.unwrap_or("latest");
            error::not_found("Listing", &format!("{} and revision {wanted}", self.id))
        })
    }

    /// `assetListing` of `GetListing`.
    pub(super) fn item(&self, revision: &ListingRevision) -> Value {
        json!({
            "assetId": self.asset_id,
            "assetRevision": revision.asset_revision.to_string(),
            "assetType": self.asset_type,
            "createdAt": epoch_seconds(revision.asset_created_ms),
            "forms": revision.forms.to_string(),
            "glossaryTerms": [],
            "owningProjectId": self.owning_project_id,
        })
    }
}

pub(super) fn key(domain: &str, listing: &str) -> String {
    format!("{domain}/{listing}")
}

pub(super) fn require(
    scope: &Scope,
    tx: &Tx<'_>,
    domain: &str,
    id: &str,
) -> Result<Listing, ServiceError> {
    tx.get(scope, LISTINGS, &key(domain, id))?
        .ok_or_else(|| error::not_found("Listing", id))
}

pub(super) fn in_domain(
    scope: &Scope,
    tx: &Tx<'_>,
    domain: &str,
) -> Result<Vec<Listing>, ServiceError> {
    paging::all(
        tx,
        paging::Listing {
            scope,
            collection: LISTINGS,
            prefix: &key(domain, ""),
        },
    )
}
