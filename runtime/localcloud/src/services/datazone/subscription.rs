//! Subscriptions, stored under `domain/subscription`: `GetSubscription`, `ListSubscriptions`,
//! `CancelSubscription` and `RevokeSubscription`.
//!
//! One is `APPROVED` until its subscriber cancels it or its publisher revokes it; then its grants are to be
//! revoked, unless permissions are retained. The end of one that is over is a `ConflictException`.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::subscriber::Principal;
use super::{domain, error, member, subscription_grant};
use crate::error::ServiceError;
use crate::protocol::rest_json;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::services::paging::{self, Listing};
use crate::store::Tx;

const SUBSCRIPTIONS: &str = "datazone.subscriptions";

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Status {
    Approved,
    Cancelled,
    Revoked,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Subscription {
    pub(super) id: String,
    domain_id: String,
    request_id: String,
    status: Status,
    pub(super) principal: Principal,
    pub(super) listing_id: String,
    subscribed_listing: Value,
    retain_permissions: bool,
    created_by: String,
    created_ms: i64,
    updated_ms: i64,
}

impl Subscription {
    pub(super) fn new(
        call: &Call<'_>,
        domain_id: String,
        request_id: String,
        principal: Principal,
        listing_id: String,
        subscribed_listing: Value,
    ) -> Self {
        Self {
            id: call.cloud.lower(14),
            domain_id,
            request_id,
            status: Status::Approved,
            principal,
            listing_id,
            subscribed_listing,
            retain_permissions: false,
            created_by: call.principal.arn.clone(),
            created_ms: call.now_ms,
            updated_ms: call.now_ms,
        }
    }

    pub(super) fn write(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
        let key = format!("{}/{}", self.domain_id, self.id);
        tx.put(&call.scope, SUBSCRIPTIONS, &key, self)
    }

    pub(super) fn is_approved(&self) -> bool {
        self.status == Status::Approved
    }

    /// The asset that is subscribed to, and its revision.
    pub(super) fn asset(&self) -> (String, String) {
        let item = &self.subscribed_listing["item"]["assetListing"];
        let text = |member: &str| item[member].as_str().unwrap_or_default().to_owned();
        (text("entityId"), text("entityRevision"))
    }

    fn shown(&self) -> Value {
        json!({
            "id": self.id,
            "domainId": self.domain_id,
            "status": self.status,
            "subscribedPrincipal": self.principal.shown(),
            "subscribedListing": self.subscribed_listing,
            "subscriptionRequestId": self.request_id,
            "retainPermissions": self.retain_permissions,
            "createdBy": self.created_by,
            "createdAt": epoch_seconds(self.created_ms),
            "updatedAt": epoch_seconds(self.updated_ms),
        })
    }
}

pub(super) fn get(
    input: member::Identified,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    input.check()?;
    require(&input.domain_identifier, &input.identifier, call, tx).map(|found| found.shown())
}

pub(super) fn cancel(
    input: member::Identified,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    input.check()?;
    let found = require(&input.domain_identifier, &input.identifier, call, tx)?;
    end(found, Status::Cancelled, false, call, tx)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Revoke {
    domain_identifier: String,
    identifier: String,
    retain_permissions: Option<bool>,
}

pub(super) fn revoke(input: Revoke, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let found = require(&input.domain_identifier, &input.identifier, call, tx)?;
    let retain = input.retain_permissions.unwrap_or_default();
    end(found, Status::Revoked, retain, call, tx)
}

fn end(
    mut subscription: Subscription,
    status: Status,
    retain: bool,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    if !subscription.is_approved() {
        return Err(error::conflict(format!(
            "Subscription {} is not approved",
            subscription.id
        )));
    }
    subscription.status = status;
    subscription.retain_permissions = retain;
    subscription.updated_ms = call.now_ms;
    subscription.write(call, tx)?;
    if !retain {
        subscription_grant::revoke_all(&subscription.domain_id, &subscription.id, call, tx)?;
    }
    Ok(subscription.shown())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct List {
    domain_identifier: String,
    subscription_request_identifier: Option<String>,
    status: Option<String>,
    subscribed_listing_id: Option<String>,
    owning_project_id: Option<String>,
    #[serde(default, deserialize_with = "rest_json::from_text")]
    max_results: Option<i64>,
    next_token: Option<String>,
}

/// The approved ones if the request does not say.
pub(super) fn list(input: List, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let mut constraints = Constraints::new();
    let domain = &input.domain_identifier;
    member::domain_id(&mut constraints, "domainIdentifier", domain);
    let statuses = ["APPROVED", "REVOKED", "CANCELLED"];
    constraints.one_of("status", input.status.as_deref(), &statuses);
    let limit = member::page_size(&mut constraints, input.max_results, 50);
    constraints.check(error::VALIDATION)?;
    let domain = domain::require(call, tx, domain)?;
    let wanted = input.status.as_deref().unwrap_or("APPROVED");
    let (found, next_token) = paging::page(
        tx,
        Listing {
            scope: &call.scope,
            collection: SUBSCRIPTIONS,
            prefix: &format!("{}/", domain.id),
        },
        input.next_token.as_deref(),
        limit,
        error::bad_token,
        |found: &Subscription| {
            let request = input.subscription_request_identifier.as_deref();
            let listing = input.subscribed_listing_id.as_deref();
            let project = input.owning_project_id.as_deref();
            json!(found.status) == wanted
                && request.is_none_or(|request| request == found.request_id)
                && listing.is_none_or(|listing| listing == found.listing_id)
                && project.is_none_or(|project| found.principal.is_project(project))
        },
    )?;
    let items: Vec<Value> = found.iter().map(Subscription::shown).collect();
    Ok(member::items(items, next_token))
}

fn require(
    domain: &str,
    id: &str,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Subscription, ServiceError> {
    let domain = domain::require(call, tx, domain)?;
    tx.get(&call.scope, SUBSCRIPTIONS, &format!("{}/{id}", domain.id))?
        .ok_or_else(|| error::not_found("Subscription", id))
}

pub(super) fn in_domain(
    call: &Call<'_>,
    tx: &Tx<'_>,
    domain: &str,
) -> Result<Vec<Subscription>, ServiceError> {
    paging::all(
        tx,
        Listing {
            scope: &call.scope,
            collection: SUBSCRIPTIONS,
            prefix: &format!("{domain}/"),
        },
    )
}
