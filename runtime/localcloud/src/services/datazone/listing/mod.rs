//! Listings, stored under `domain/listing`: what the catalogue shows of an asset or a data product.
//!
//! A listing revision is a copy of what the thing was when it was published; later revisions of the
//! thing do not change it. While a new listing revision is being created, searches still find the one
//! before it.

mod change_set;
mod delete;
mod get;

use std::collections::HashSet;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(crate) use change_set::change;
pub(crate) use delete::delete;
pub(crate) use get::get;

use super::search::index::{Catalogue, fact};
use super::{SETTLING_MS, error, time_series};
use crate::error::ServiceError;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::services::paging;
use crate::store::{Scope, Tx};

const LISTINGS: &str = "datazone.listings";
/// Listings by the moment of their latest publication: `domain/milliseconds/listing`.
const PUBLISHED: &str = "datazone.listings-published";

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Status {
    Creating,
    Active,
    Inactive,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Listing {
    pub(crate) id: String,
    pub(crate) domain_id: String,
    /// The asset's id, or the data product's.
    pub(crate) asset_id: String,
    /// Empty for a data product.
    pub(crate) asset_type: String,
    pub(crate) owning_project_id: String,
    pub(crate) published: bool,
    pub(crate) created_by: String,
    pub(crate) created_ms: i64,
    pub(crate) updated_by: String,
    pub(crate) updated_ms: i64,
    /// The oldest first; never empty.
    pub(crate) revisions: Vec<ListingRevision>,
    /// The latest time-series data point of each form, as it is shown.
    #[serde(default)]
    pub(crate) data_points: Vec<Value>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ListingRevision {
    pub(crate) number: u32,
    pub(crate) published_ms: i64,
    pub(crate) asset_revision: u32,
    pub(crate) asset_created_ms: i64,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) forms: Value,
    /// The ids of the terms, and the terms by name.
    #[serde(default)]
    pub(crate) glossary_terms: Vec<String>,
    #[serde(default)]
    pub(crate) detailed_terms: Vec<Value>,
    #[serde(default)]
    pub(crate) governed_terms: Vec<Value>,
    /// The listings in a data product.
    #[serde(default)]
    pub(crate) items: Vec<Value>,
}

impl ListingRevision {
    fn is_created(&self, now_ms: i64) -> bool {
        now_ms >= self.published_ms + SETTLING_MS
    }
}

impl Listing {
    pub(crate) fn is_data_product(&self) -> bool {
        self.asset_type.is_empty()
    }

    /// The member of the union in which searches show it.
    pub(crate) fn member(&self) -> &'static str {
        if self.is_data_product() {
            "dataProductListing"
        } else {
            "assetListing"
        }
    }

    /// Writes it, and what searches find of it.
    pub(crate) fn write(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
        tx.put(&call.scope, LISTINGS, &key(&self.domain_id, &self.id), self)?;
        self.index(call, tx)
    }

    pub(crate) fn index(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
        let catalogue = Catalogue::listings(&self.domain_id);
        match self.revisions.last() {
            Some(latest) if self.published => {
                // The revision that is shown until then has words of its own; they are kept with its view.
                let before = self
                    .visible(call.now_ms)
                    .filter(|one| one.number != latest.number);
                let mut view = self.view(latest);
                if let Some(before) = before {
                    view["forms"] = json!({"latest": view["forms"], "before": self.view(before)});
                }
                let more = [fact("entity", &self.asset_id)];
                catalogue.put(&self.id, &view, &more, call, tx)
            }
            _ => catalogue.remove(&self.id, call, tx),
        }
    }

    /// Adds a revision, which takes its time to be created.
    fn publish(
        &mut self,
        mut revision: ListingRevision,
        call: &Call<'_>,
        tx: &Tx<'_>,
    ) -> Result<(), ServiceError> {
        let now_ms = call.now_ms;
        revision.number = self.latest_number() + 1;
        revision.published_ms = now_ms;
        self.published = true;
        self.updated_by = call.principal.arn.clone();
        self.updated_ms = now_ms;
        self.revisions.push(revision);
        forget_settled(&self.domain_id, call, tx)?;
        let key = format!("{}/{now_ms:015}/{}", self.domain_id, self.id);
        tx.put(&call.scope, PUBLISHED, &key, &self.id)
    }

    pub(crate) fn latest_number(&self) -> u32 {
        self.revisions.last().map_or(0, |revision| revision.number)
    }

    /// Of the latest revision.
    pub(crate) fn status(&self, now_ms: i64) -> Status {
        match self.revisions.last() {
            Some(latest) if self.published && latest.is_created(now_ms) => Status::Active,
            Some(_) if self.published => Status::Creating,
            _ => Status::Inactive,
        }
    }

    /// What searches find, if anything.
    pub(crate) fn visible(&self, now_ms: i64) -> Option<&ListingRevision> {
        self.revisions
            .iter()
            .rev()
            .find(|revision| self.published && revision.is_created(now_ms))
    }

    /// A revision by the number that a request gives; the latest if it gives none.
    pub(crate) fn revision(&self, wanted: Option<&str>) -> Result<&ListingRevision, ServiceError> {
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

    /// `item` of `GetListing`.
    pub(crate) fn item(&self, revision: &ListingRevision) -> Value {
        let mut item = json!({
            "createdAt": epoch_seconds(revision.asset_created_ms),
            "forms": revision.forms.to_string(),
            "glossaryTerms": revision.detailed_terms,
            "owningProjectId": self.owning_project_id,
        });
        let number = revision.asset_revision.to_string();
        if self.is_data_product() {
            item["dataProductId"] = json!(self.asset_id);
            item["dataProductRevision"] = json!(number);
            item["items"] = json!(revision.items);
        } else {
            item["assetId"] = json!(self.asset_id);
            item["assetRevision"] = json!(number);
            item["assetType"] = json!(self.asset_type);
            item["governedGlossaryTerms"] = json!(revision.governed_terms);
            item["latestTimeSeriesDataPointForms"] = json!(self.data_points);
        }
        json!({self.member(): item})
    }

    /// What a revision shows to searches.
    pub(crate) fn view(&self, revision: &ListingRevision) -> Value {
        let kind = if self.is_data_product() {
            "DataProduct"
        } else {
            &self.asset_type
        };
        json!({
            "listingId": self.id,
            "entityId": self.asset_id,
            "entityType": kind,
            "assetType": kind,
            "typeIdentifier": kind,
            "owningProjectId": self.owning_project_id,
            "name": revision.name,
            "description": revision.description,
            "glossaryTerms": revision.glossary_terms,
            "createdAt": self.created_ms,
            "updatedAt": self.updated_ms,
            "forms": revision.forms,
        })
    }

    /// What a search answers of a revision.
    pub(crate) fn hit(&self, revision: &ListingRevision) -> Value {
        let mut hit = json!({
            "listingId": self.id,
            "listingRevision": revision.number.to_string(),
            "name": revision.name,
            "entityId": self.asset_id,
            "entityRevision": revision.asset_revision.to_string(),
            "description": revision.description,
            "createdAt": epoch_seconds(self.created_ms),
            "listingCreatedBy": self.created_by,
            "listingUpdatedBy": self.updated_by,
            "glossaryTerms": revision.detailed_terms,
            "owningProjectId": self.owning_project_id,
        });
        if self.is_data_product() {
            hit["items"] = json!(revision.items);
        } else {
            hit["entityType"] = json!(self.asset_type);
            hit["governedGlossaryTerms"] = json!(revision.governed_terms);
        }
        hit
    }
}

fn key(domain: &str, listing: &str) -> String {
    format!("{domain}/{listing}")
}

pub(crate) fn require(
    scope: &Scope,
    tx: &Tx<'_>,
    domain: &str,
    id: &str,
) -> Result<Listing, ServiceError> {
    tx.get(scope, LISTINGS, &key(domain, id))?
        .ok_or_else(|| error::not_found("Listing", id))
}

pub(crate) fn in_domain(
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

/// Deletes a listing with all its revisions.
pub(crate) fn remove(
    domain: &str,
    id: &str,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    Catalogue::listings(domain).remove(id, call, tx)?;
    time_series::delete_all(domain, "LISTING", id, call, tx)?;
    tx.delete(&call.scope, LISTINGS, &key(domain, id)).map(drop)
}

/// Published listings that searches do not find yet.
pub(crate) fn hidden(
    domain: &str,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<HashSet<String>, ServiceError> {
    let since = settled_before(domain, call);
    let recent: Vec<(String, String)> = tx.scan(
        &call.scope,
        PUBLISHED,
        &key(domain, ""),
        Some(&since),
        usize::MAX,
    )?;
    let mut hidden = HashSet::new();
    for (_, id) in recent {
        let listing: Option<Listing> = tx.get(&call.scope, LISTINGS, &key(domain, &id))?;
        let waits = listing.is_some_and(|one| one.published && one.visible(call.now_ms).is_none());
        if waits {
            hidden.insert(id);
        }
    }
    Ok(hidden)
}

/// Publications whose keys are less than this are settled.
fn settled_before(domain: &str, call: &Call<'_>) -> String {
    format!("{domain}/{:015}/", (call.now_ms - SETTLING_MS + 1).max(0))
}

fn forget_settled(domain: &str, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
    /// More than one publication leaves.
    const AT_ONCE: usize = 4;
    let settled = settled_before(domain, call);
    let oldest: Vec<(String, IgnoredAny)> =
        tx.scan(&call.scope, PUBLISHED, &key(domain, ""), None, AT_ONCE)?;
    for (known, _) in oldest {
        if known < settled {
            tx.delete(&call.scope, PUBLISHED, &known)?;
        }
    }
    Ok(())
}
