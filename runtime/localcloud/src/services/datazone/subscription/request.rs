//! Subscription requests, stored under `domain/request`: `CreateSubscriptionRequest`, `UpdateSubscriptionRequest`,
//! `GetSubscriptionRequestDetails`, `ListSubscriptionRequests`, `AcceptSubscriptionRequest`,
//! `RejectSubscriptionRequest` and `DeleteSubscriptionRequest`.
//!
//! A request is `PENDING` until it is accepted, which makes a subscription, or rejected. A decision of a
//! request that is decided is a `ConflictException`, as is a second request of the same principal for the
//! same listing while one is pending or a subscription is approved.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::index::{PENDING, ensure};
use super::list::{Filters, Sorted};
use super::subscriber::{self, Principal};
use super::{Subscription, approved, grant};
use crate::error::ServiceError;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::services::datazone::kind::{Kind, Named, listed};
use crate::services::datazone::listing::{self, Listing, ListingRevision};
use crate::services::datazone::metadata_type::form::{self, Form, FormInput};
use crate::services::datazone::{asset, domain, error, idempotency, project};
use crate::store::Tx;

pub(super) const REQUESTS: Kind =
    Kind::new("datazone.subscription-requests", "Subscription request");

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Status {
    Pending,
    Accepted,
    Rejected,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Request {
    id: String,
    domain_id: String,
    status: Status,
    reason: String,
    principal: Principal,
    listing_id: String,
    /// `subscribedListing`, as it was when it was asked for.
    subscribed_listing: Value,
    #[serde(default)]
    metadata_forms: Vec<Form>,
    decision_comment: Option<String>,
    reviewer: Option<String>,
    created_by: String,
    created_ms: i64,
    updated_ms: i64,
}

impl Request {
    fn write(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
        REQUESTS.put(call, tx, &[&self.domain_id, &self.id], self)?;
        self.index(call, tx)
    }

    pub(super) fn index(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
        let principal = self.principal.key();
        let path = [self.domain_id.as_str(), &self.listing_id, &principal];
        if self.status == Status::Pending {
            return PENDING.put(call, tx, &path, &self.id);
        }
        // An older request may be decided while a newer one is pending.
        let pending: Option<String> = PENDING.find(call, tx, &path)?;
        if pending.as_ref() == Some(&self.id) {
            PENDING.delete(call, tx, &path)?;
        }
        Ok(())
    }

    fn summary(&self) -> Value {
        json!({
            "id": self.id,
            "domainId": self.domain_id,
            "status": self.status,
            "requestReason": self.reason,
            "subscribedPrincipals": [self.principal.shown()],
            "subscribedListings": [self.subscribed_listing],
            "decisionComment": self.decision_comment,
            "reviewerId": self.reviewer,
            "updatedBy": self.reviewer,
            "createdBy": self.created_by,
            "createdAt": epoch_seconds(self.created_ms),
            "updatedAt": epoch_seconds(self.updated_ms),
        })
    }

    fn shown(&self) -> Value {
        let mut shown = self.summary();
        shown["metadataForms"] = json!(self.metadata_forms);
        shown
    }

    fn must_be_pending(&self) -> Result<(), ServiceError> {
        if self.status == Status::Pending {
            return Ok(());
        }
        Err(error::conflict(format!(
            "Subscription request {} is not pending",
            self.id
        )))
    }
}

/// `subscribedListing` of a listing's revision.
fn subscribed(
    listing: &Listing,
    revision: &ListingRevision,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let domain = &listing.domain_id;
    let owner = project::require(&call.scope, tx, domain, &listing.owning_project_id)?;
    let item = if listing.is_data_product() {
        let mut assets = Vec::new();
        for item in &revision.items {
            let id = item["listingId"].as_str().unwrap_or_default();
            let of = listing::require(&call.scope, tx, domain, id)?;
            let number = item["listingRevision"].as_str();
            assets.push(json!({
                "entityId": of.asset_id,
                "entityRevision": of.revision(number)?.asset_revision.to_string(),
                "entityType": of.asset_type,
            }));
        }
        json!({"productListing": {
            "entityId": listing.asset_id,
            "entityRevision": revision.asset_revision.to_string(),
            "glossaryTerms": revision.detailed_terms,
            "name": revision.name,
            "description": revision.description,
            "assetListings": assets,
        }})
    } else {
        json!({"assetListing": {
            "entityId": listing.asset_id,
            "entityRevision": revision.asset_revision.to_string(),
            "entityType": listing.asset_type,
            "forms": revision.forms.to_string(),
            "glossaryTerms": revision.detailed_terms,
        }})
    };
    Ok(json!({
        "id": listing.id,
        "revision": revision.number.to_string(),
        "name": revision.name,
        "description": revision.description.clone().unwrap_or_default(),
        "ownerProjectId": owner.id,
        "ownerProjectName": owner.name,
        "item": item,
    }))
}

#[derive(Debug, Deserialize)]
struct ListingInput {
    identifier: String,
}

/// Filters of an asset that a subscription is to have.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Scope {
    asset_id: String,
    filter_ids: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Create {
    domain_identifier: String,
    subscribed_principals: Vec<subscriber::Input>,
    subscribed_listings: Vec<ListingInput>,
    request_reason: String,
    metadata_forms: Option<Vec<FormInput>>,
    #[serde(default)]
    asset_scopes: Vec<Scope>,
    client_token: Option<String>,
}

pub(crate) fn create(input: Create, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let token = input.client_token;
    let principal = input.subscribed_principals.into_iter().next();
    let listed = input.subscribed_listings.into_iter().next();
    idempotency::once(call, tx, token.as_deref(), || {
        let domain = domain::require(call, tx, &input.domain_identifier)?;
        let (Some(principal), Some(listed)) = (principal, listed) else {
            return Err(error::validation(
                "one principal and one listing are needed",
            ));
        };
        let principal = principal.check(call, tx, &domain.id)?;
        let listing = listing::require(&call.scope, tx, &domain.id, &listed.identifier)?;
        let revision = listing
            .visible(call.now_ms)
            .ok_or_else(|| error::not_found("Listing", &listing.id))?;
        let key = principal.key();
        ensure(&domain.id, call, tx)?;
        let pending: Option<String> = PENDING.find(call, tx, &[&domain.id, &listing.id, &key])?;
        if pending.is_some() {
            return Err(error::conflict(format!(
                "There is a pending subscription request for listing {}",
                listing.id
            )));
        }
        if approved(&domain.id, &listing.id, &key, call, tx)?.is_some() {
            return Err(error::conflict(format!(
                "There is an approved subscription to listing {}",
                listing.id
            )));
        }
        let mut request = Request {
            id: call.cloud.lower(14),
            status: Status::Pending,
            reason: input.request_reason,
            principal,
            subscribed_listing: subscribed(&listing, revision, call, tx)?,
            metadata_forms: form::accept_any(&domain.id, input.metadata_forms, call, tx)?,
            domain_id: domain.id,
            listing_id: listing.id,
            decision_comment: None,
            reviewer: None,
            created_by: call.principal.arn.clone(),
            created_ms: call.now_ms,
            updated_ms: call.now_ms,
        };
        request.narrow(&input.asset_scopes, call, tx)?;
        request.write(call, tx)?;
        Ok(request.shown())
    })
}

impl Request {
    /// Puts filters on the asset that is subscribed to.
    fn narrow(
        &mut self,
        scopes: &[Scope],
        call: &Call<'_>,
        tx: &Tx<'_>,
    ) -> Result<(), ServiceError> {
        for scope in scopes {
            let item = &mut self.subscribed_listing["item"]["assetListing"];
            if item["entityId"] != scope.asset_id.as_str() {
                return Err(error::validation(format!(
                    "Asset {} is not subscribed to",
                    scope.asset_id
                )));
            }
            for filter in &scope.filter_ids {
                asset::filter::require(&self.domain_id, &scope.asset_id, filter, call, tx)?;
            }
            item["assetScope"] = json!({
                "assetId": scope.asset_id,
                "filterIds": scope.filter_ids,
                "status": "VALID",
            });
        }
        Ok(())
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Update {
    #[serde(flatten)]
    named: Named,
    request_reason: String,
}

pub(crate) fn update(input: Update, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let mut request = require(&input.named, call, tx)?;
    request.must_be_pending()?;
    request.reason = input.request_reason;
    request.updated_ms = call.now_ms;
    request.write(call, tx)?;
    Ok(request.shown())
}

pub(crate) fn get(input: Named, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    require(&input, call, tx).map(|request| request.shown())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Decide {
    #[serde(flatten)]
    named: Named,
    decision_comment: Option<String>,
    #[serde(default)]
    asset_scopes: Vec<Scope>,
}

/// Makes the subscription; targets that grant by themselves get their grants.
pub(crate) fn accept(input: Decide, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let request = decide(input, Status::Accepted, call, tx)?;
    let made = Subscription {
        id: call.cloud.lower(14),
        domain_id: request.domain_id.clone(),
        request_id: request.id.clone(),
        status: super::Status::Approved,
        principal: request.principal.clone(),
        listing_id: request.listing_id.clone(),
        subscribed_listing: request.subscribed_listing.clone(),
        retain_permissions: false,
        created_by: call.principal.arn.clone(),
        created_ms: call.now_ms,
        updated_by: None,
        updated_ms: call.now_ms,
    };
    made.write(call, tx)?;
    grant::begin_automatic(&made, call, tx)?;
    Ok(request.shown())
}

pub(crate) fn reject(input: Decide, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    decide(input, Status::Rejected, call, tx).map(|request| request.shown())
}

fn decide(
    input: Decide,
    status: Status,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Request, ServiceError> {
    let mut request = require(&input.named, call, tx)?;
    request.must_be_pending()?;
    request.narrow(&input.asset_scopes, call, tx)?;
    request.status = status;
    request.decision_comment = input.decision_comment;
    request.reviewer = Some(call.principal.arn.clone());
    request.updated_ms = call.now_ms;
    request.write(call, tx)?;
    Ok(request)
}

/// Refused once it is accepted: the subscription names it.
pub(crate) fn delete(input: Named, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
    let mut request = require(&input, call, tx)?;
    if request.status == Status::Accepted {
        return Err(error::conflict(format!(
            "Subscription request {} is accepted",
            request.id
        )));
    }
    request.status = Status::Rejected;
    request.index(call, tx)?;
    REQUESTS
        .delete(call, tx, &[&request.domain_id, &request.id])
        .map(drop)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct List {
    domain_identifier: String,
    status: Option<String>,
    #[serde(flatten)]
    filters: Filters,
    #[serde(flatten)]
    sorted: Sorted,
}

/// `ListSubscriptionRequests`: the pending ones if the request does not say.
pub(crate) fn list(input: List, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let wanted = input.status.as_deref().unwrap_or("PENDING");
    let takes = |request: &Request| {
        json!(request.status) == wanted
            && input.filters.take(
                &request.principal,
                &request.listing_id,
                &request.subscribed_listing,
            )
    };
    let moments = |request: &Request| (request.created_ms, request.updated_ms);
    let (found, next_token) = input
        .sorted
        .page(REQUESTS, &domain.id, call, tx, takes, moments)?;
    let item = |request: &Request| {
        let forms = request.metadata_forms.iter().map(|form| {
            json!({
                "formName": form.form_name,
                "typeName": form.type_name,
                "typeRevision": form.type_revision,
            })
        });
        let mut item = request.summary();
        item["metadataFormsSummary"] = forms.collect();
        item
    };
    Ok(listed(
        "items",
        found.iter().map(item).collect(),
        next_token,
    ))
}

fn require(named: &Named, call: &Call<'_>, tx: &Tx<'_>) -> Result<Request, ServiceError> {
    let domain = domain::require(call, tx, &named.domain_identifier)?;
    REQUESTS.require(call, tx, &[&domain.id, &named.identifier])
}
