//! Subscription requests, stored under `domain/request`: `CreateSubscriptionRequest`,
//! `GetSubscriptionRequestDetails`, `ListSubscriptionRequests`, `AcceptSubscriptionRequest` and
//! `RejectSubscriptionRequest`.
//!
//! A request is `PENDING` until it is accepted, which makes a subscription, or rejected. A decision of a
//! request that is decided is a `ConflictException`, as is a second request of the same principal for the
//! same listing while one is pending or a subscription is approved.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::subscriber::{self, Principal};
use super::subscription::{self, Subscription};
use super::{domain, error, idempotency, listing, member};
use crate::error::ServiceError;
use crate::protocol::rest_json;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::services::paging::{self, Listing};
use crate::store::Tx;

const REQUESTS: &str = "datazone.subscription-requests";

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Status {
    Pending,
    Accepted,
    Rejected,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Request {
    id: String,
    domain_id: String,
    status: Status,
    reason: String,
    principal: Principal,
    listing_id: String,
    /// `subscribedListing`, as it was when it was asked for.
    subscribed_listing: Value,
    decision_comment: Option<String>,
    reviewer: Option<String>,
    created_by: String,
    created_ms: i64,
    updated_ms: i64,
}

impl Request {
    fn key(&self) -> String {
        format!("{}/{}", self.domain_id, self.id)
    }

    fn shown(&self) -> Value {
        let mut shown = json!({
            "id": self.id,
            "domainId": self.domain_id,
            "status": self.status,
            "requestReason": self.reason,
            "subscribedPrincipals": [self.principal.shown()],
            "subscribedListings": [self.subscribed_listing],
            "createdBy": self.created_by,
            "createdAt": epoch_seconds(self.created_ms),
            "updatedAt": epoch_seconds(self.updated_ms),
        });
        if let Some(comment) = &self.decision_comment {
            shown["decisionComment"] = json!(comment);
        }
        if let Some(reviewer) = &self.reviewer {
            shown["reviewerId"] = json!(reviewer);
            shown["updatedBy"] = json!(reviewer);
        }
        shown
    }
}

#[derive(Debug, Deserialize)]
struct ListingInput {
    identifier: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Create {
    domain_identifier: String,
    subscribed_principals: Option<Vec<subscriber::Input>>,
    subscribed_listings: Option<Vec<ListingInput>>,
    request_reason: Option<String>,
    client_token: Option<String>,
}

pub(super) fn create(input: Create, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let mut constraints = Constraints::new();
    let domain = &input.domain_identifier;
    member::domain_id(&mut constraints, "domainIdentifier", domain);
    let principals = constraints.required("subscribedPrincipals", input.subscribed_principals);
    constraints.count("subscribedPrincipals", Some(&principals), 1, 1);
    let listings = constraints.required("subscribedListings", input.subscribed_listings);
    constraints.count("subscribedListings", Some(&listings), 1, 1);
    let reason = constraints.required("requestReason", input.request_reason);
    constraints.length("requestReason", Some(&reason), 1, 4096);
    member::client_token(&mut constraints, input.client_token.as_deref());
    constraints.check(error::VALIDATION)?;
    idempotency::once(call, tx, input.client_token.as_deref(), || {
        let domain = domain::require(call, tx, &input.domain_identifier)?;
        let (Some(principal), Some(listed)) =
            (principals.into_iter().next(), listings.into_iter().next())
        else {
            return Err(error::validation(
                "one principal and one listing are needed",
            ));
        };
        let principal = principal.check(call, tx, &domain.id)?;
        let listing = listing::require(&call.scope, tx, &domain.id, &listed.identifier)?;
        let revision = listing
            .visible(call.now_ms)
            .ok_or_else(|| error::not_found("Listing", &listing.id))?;
        let same = |id: &str, of: &Principal| id == listing.id && *of == principal;
        if in_domain(call, tx, &domain.id)?
            .iter()
            .any(|r: &Request| r.status == Status::Pending && same(&r.listing_id, &r.principal))
        {
            return Err(error::conflict(format!(
                "There is a pending subscription request for listing {}",
                listing.id
            )));
        }
        if subscription::in_domain(call, tx, &domain.id)?
            .iter()
            .any(|s| s.is_approved() && same(&s.listing_id, &s.principal))
        {
            return Err(error::conflict(format!(
                "There is an approved subscription to listing {}",
                listing.id
            )));
        }
        let request = Request {
            id: call.cloud.lower(14),
            domain_id: domain.id,
            status: Status::Pending,
            reason,
            principal,
            subscribed_listing: json!({
                "id": listing.id,
                "revision": revision.number.to_string(),
                "name": revision.name,
                "description": revision.description.clone().unwrap_or_default(),
                "ownerProjectId": listing.owning_project_id,
                "item": {"assetListing": {
                    "entityId": listing.asset_id,
                    "entityRevision": revision.asset_revision.to_string(),
                    "entityType": listing.asset_type,
                    "forms": revision.forms.to_string(),
                }},
            }),
            listing_id: listing.id,
            decision_comment: None,
            reviewer: None,
            created_by: call.principal.arn.clone(),
            created_ms: call.now_ms,
            updated_ms: call.now_ms,
        };
        tx.put(&call.scope, REQUESTS, &request.key(), &request)?;
        Ok(request.shown())
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Decide {
    domain_identifier: String,
    identifier: String,
    decision_comment: Option<String>,
}

pub(super) fn get(
    input: member::Identified,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    input.check()?;
    require(&input.domain_identifier, &input.identifier, call, tx).map(|request| request.shown())
}

pub(super) fn accept(input: Decide, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let request = decide(input, Status::Accepted, call, tx)?;
    let made = Subscription::new(
        call,
        request.domain_id.clone(),
        request.id.clone(),
        request.principal.clone(),
        request.listing_id.clone(),
        request.subscribed_listing.clone(),
    );
    made.write(call, tx)?;
    Ok(request.shown())
}

pub(super) fn reject(input: Decide, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    decide(input, Status::Rejected, call, tx).map(|request| request.shown())
}

fn decide(
    input: Decide,
    status: Status,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Request, ServiceError> {
    let mut constraints = Constraints::new();
    let comment = input.decision_comment.as_deref();
    constraints.length("decisionComment", comment, 1, 4096);
    constraints.check(error::VALIDATION)?;
    let mut request = require(&input.domain_identifier, &input.identifier, call, tx)?;
    if request.status != Status::Pending {
        return Err(error::conflict(format!(
            "Subscription request {} is not pending",
            request.id
        )));
    }
    request.status = status;
    request.decision_comment = input.decision_comment;
    request.reviewer = Some(call.principal.arn.clone());
    request.updated_ms = call.now_ms;
    tx.put(&call.scope, REQUESTS, &request.key(), &request)?;
    Ok(request)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct List {
    domain_identifier: String,
    status: Option<String>,
    subscribed_listing_id: Option<String>,
    #[serde(default, deserialize_with = "rest_json::from_text")]
    max_results: Option<i64>,
    next_token: Option<String>,
}

pub(super) fn list(input: List, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let mut constraints = Constraints::new();
    let domain = &input.domain_identifier;
    member::domain_id(&mut constraints, "domainIdentifier", domain);
    let statuses = ["PENDING", "ACCEPTED", "REJECTED"];
    constraints.one_of("status", input.status.as_deref(), &statuses);
    let limit = member::page_size(&mut constraints, input.max_results, 50);
    constraints.check(error::VALIDATION)?;
    let domain = domain::require(call, tx, domain)?;
    let (requests, next_token) = paging::page(
        tx,
        Listing {
            scope: &call.scope,
            collection: REQUESTS,
            prefix: &format!("{}/", domain.id),
        },
        input.next_token.as_deref(),
        limit,
        error::bad_token,
        |request: &Request| {
            let status = json!(request.status);
            let wanted = input.status.as_deref();
            let listing = input.subscribed_listing_id.as_deref();
            wanted.is_none_or(|wanted| status == wanted)
                && listing.is_none_or(|listing| listing == request.listing_id)
        },
    )?;
    let items: Vec<Value> = requests.iter().map(Request::shown).collect();
    Ok(member::items(items, next_token))
}

fn require(domain: &str, id: &str, call: &Call<'_>, tx: &Tx<'_>) -> Result<Request, ServiceError> {
    let domain = domain::require(call, tx, domain)?;
    tx.get(&call.scope, REQUESTS, &format!("{}/{id}", domain.id))?
        .ok_or_else(|| error::not_found("Subscription request", id))
}

fn in_domain(call: &Call<'_>, tx: &Tx<'_>, domain: &str) -> Result<Vec<Request>, ServiceError> {
    paging::all(
        tx,
        Listing {
            scope: &call.scope,
            collection: REQUESTS,
            prefix: &format!("{domain}/"),
        },
    )
}
