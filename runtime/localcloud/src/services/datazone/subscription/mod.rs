//! Subscriptions, stored under `domain/subscription`: `GetSubscription`, `ListSubscriptions`,
//! `CancelSubscription` and `RevokeSubscription`; with their requests, grants and targets.
//!
//! One is `APPROVED` until its subscriber cancels it or its publisher revokes it; then its grants are to be
//! revoked, unless permissions are retained. The end of one that is over is a `ConflictException`.

pub(crate) mod grant;
mod granted_asset;
mod index;
mod list;
pub(crate) mod request;
mod status;
mod subscriber;
pub(crate) mod target;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::kind::{Kind, Named, listed};
use super::{domain, error};
use crate::error::ServiceError;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::store::Tx;
use index::{APPROVED, BY_REQUEST, ensure};
use list::{Filters, Sorted};
use subscriber::Principal;

const SUBSCRIPTIONS: Kind = Kind::new("datazone.subscriptions", "Subscription");

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Status {
    Approved,
    Cancelled,
    Revoked,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Subscription {
    id: String,
    domain_id: String,
    request_id: String,
    status: Status,
    principal: Principal,
    listing_id: String,
    subscribed_listing: Value,
    retain_permissions: bool,
    created_by: String,
    created_ms: i64,
    #[serde(default)]
    updated_by: Option<String>,
    updated_ms: i64,
}

impl Subscription {
    fn write(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
        SUBSCRIPTIONS.put(call, tx, &[&self.domain_id, &self.id], self)?;
        self.index(call, tx)
    }

    fn index(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
        let domain = self.domain_id.as_str();
        let of_request = [domain, self.request_id.as_str(), &self.id];
        BY_REQUEST.put(call, tx, &of_request, &self.id)?;
        let principal = self.principal.key();
        let path = [domain, self.listing_id.as_str(), &principal];
        if self.status == Status::Approved {
            return APPROVED.put(call, tx, &path, &self.id);
        }
        // A newer subscription to the same listing may be approved.
        let known: Option<String> = APPROVED.find(call, tx, &path)?;
        if known.as_ref() == Some(&self.id) {
            APPROVED.delete(call, tx, &path)?;
        }
        Ok(())
    }

    /// The assets that are subscribed to, and their revisions.
    fn assets(&self) -> Vec<(String, String)> {
        let pair = |of: &Value| {
            let text = |member: &str| of[member].as_str().unwrap_or_default().to_owned();
            (text("entityId"), text("entityRevision"))
        };
        let item = &self.subscribed_listing["item"];
        match item["productListing"]["assetListings"].as_array() {
            Some(assets) => assets.iter().map(pair).collect(),
            None => vec![pair(&item["assetListing"])],
        }
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
            "updatedBy": self.updated_by,
            "updatedAt": epoch_seconds(self.updated_ms),
        })
    }
}

/// The approved subscription of a principal to a listing.
fn approved(
    domain: &str,
    listing: &str,
    principal: &str,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Option<Subscription>, ServiceError> {
    ensure(domain, call, tx)?;
    let id: Option<String> = APPROVED.find(call, tx, &[domain, listing, principal])?;
    match id {
        Some(id) => SUBSCRIPTIONS.find(call, tx, &[domain, &id]),
        None => Ok(None),
    }
}

/// The subscriptions that a request has led to.
fn of_request(
    domain: &str,
    request: &str,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Vec<Subscription>, ServiceError> {
    ensure(domain, call, tx)?;
    let ids: Vec<String> = BY_REQUEST.all(call, tx, &[domain, request])?;
    ids.iter()
        .map(|id| SUBSCRIPTIONS.require(call, tx, &[domain, id]))
        .collect()
}

fn require(
    domain: &str,
    id: &str,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Subscription, ServiceError> {
    let domain = domain::require(call, tx, domain)?;
    SUBSCRIPTIONS.require(call, tx, &[&domain.id, id])
}

/// `GetSubscription`.
pub(crate) fn get(input: Named, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    require(&input.domain_identifier, &input.identifier, call, tx).map(|found| found.shown())
}

/// `CancelSubscription`.
pub(crate) fn cancel(input: Named, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let found = require(&input.domain_identifier, &input.identifier, call, tx)?;
    end(found, Status::Cancelled, false, call, tx)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Revoke {
    #[serde(flatten)]
    named: Named,
    #[serde(default)]
    retain_permissions: bool,
}

/// `RevokeSubscription`.
pub(crate) fn revoke(input: Revoke, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let named = input.named;
    let found = require(&named.domain_identifier, &named.identifier, call, tx)?;
    end(found, Status::Revoked, input.retain_permissions, call, tx)
}

fn end(
    mut subscription: Subscription,
    status: Status,
    retain: bool,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    if subscription.status != Status::Approved {
        return Err(error::conflict(format!(
            "Subscription {} is not approved",
            subscription.id
        )));
    }
    subscription.status = status;
    subscription.retain_permissions = retain;
    subscription.updated_by = Some(call.principal.arn.clone());
    subscription.updated_ms = call.now_ms;
    subscription.write(call, tx)?;
    if !retain {
        grant::revoke_all(&subscription.domain_id, &subscription.id, call, tx)?;
    }
    Ok(subscription.shown())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct List {
    domain_identifier: String,
    subscription_request_identifier: Option<String>,
    status: Option<String>,
    #[serde(flatten)]
    filters: Filters,
    #[serde(flatten)]
    sorted: Sorted,
}

/// `ListSubscriptions`: the approved ones if the request does not say.
pub(crate) fn list(input: List, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let wanted = input.status.as_deref().unwrap_or("APPROVED");
    let takes = |found: &Subscription| {
        json!(found.status) == wanted
            && input.filters.take(
                &found.principal,
                &found.listing_id,
                &found.subscribed_listing,
            )
    };
    let moments = |found: &Subscription| (found.created_ms, found.updated_ms);
    let (found, next_token) = match &input.subscription_request_identifier {
        Some(request) => {
            let mut all = of_request(&domain.id, request, call, tx)?;
            all.retain(takes);
            let list = format!("{}/{request}", domain.id);
            input.sorted.of(&list, all, moments)?
        }
        None => input
            .sorted
            .page(SUBSCRIPTIONS, &domain.id, call, tx, takes, moments)?,
    };
    Ok(listed(
        "items",
        found.iter().map(Subscription::shown).collect(),
        next_token,
    ))
}
