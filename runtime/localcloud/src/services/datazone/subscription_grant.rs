//! Subscription grants, stored under `domain/grant`: `CreateSubscriptionGrant`, `GetSubscriptionGrant`,
//! `ListSubscriptionGrants`, `DeleteSubscriptionGrant` and `UpdateSubscriptionGrantStatus`.
//!
//! Nothing is granted here: a grant is `GRANT_PENDING` until who fulfils it tells how far it is. Deleting one
//! makes it `REVOKE_PENDING`, and likewise.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::grant_status::GrantStatus;
use super::{domain, error, idempotency, member, subscription, subscription_target};
use crate::error::ServiceError;
use crate::protocol::rest_json;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::services::paging::{self, Listing};
use crate::store::Tx;

const GRANTS: &str = "datazone.subscription-grants";

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Grant {
    id: String,
    domain_id: String,
    environment_id: String,
    target_id: String,
    subscription_id: String,
    listing_id: String,
    listing_revision: String,
    asset_id: String,
    asset_revision: String,
    status: GrantStatus,
    failure: Option<Value>,
    target_name: Option<String>,
    created_by: String,
    created_ms: i64,
    updated_ms: i64,
}

impl Grant {
    fn write(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
        let key = format!("{}/{}", self.domain_id, self.id);
        tx.put(&call.scope, GRANTS, &key, self)
    }

    fn shown(&self) -> Value {
        let mut asset = json!({
            "assetId": self.asset_id,
            "assetRevision": self.asset_revision,
            "status": self.status,
        });
        if let Some(failure) = &self.failure {
            asset["failureCause"] = failure.clone();
        }
        if let Some(name) = &self.target_name {
            asset["targetName"] = json!(name);
        }
        if self.status == GrantStatus::Granted {
            asset["grantedTimestamp"] = json!(epoch_seconds(self.updated_ms));
        }
        json!({
            "id": self.id,
            "domainId": self.domain_id,
            "environmentId": self.environment_id,
            "subscriptionTargetId": self.target_id,
            "subscriptionId": self.subscription_id,
            "grantedEntity": {"listing": {
                "id": self.listing_id,
                "revision": self.listing_revision,
            }},
            "status": self.status.overall(),
            "assets": [asset],
            "createdBy": self.created_by,
            "createdAt": epoch_seconds(self.created_ms),
            "updatedAt": epoch_seconds(self.updated_ms),
        })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Entity {
    Listing(ListingRevision),
}

#[derive(Debug, Deserialize)]
struct ListingRevision {
    identifier: String,
    revision: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Create {
    domain_identifier: String,
    environment_identifier: Option<String>,
    subscription_target_identifier: Option<String>,
    granted_entity: Option<Entity>,
    client_token: Option<String>,
}

pub(super) fn create(input: Create, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let mut constraints = Constraints::new();
    let domain = &input.domain_identifier;
    member::domain_id(&mut constraints, "domainIdentifier", domain);
    let environment = constraints.required("environmentIdentifier", input.environment_identifier);
    let target = input.subscription_target_identifier;
    let target = constraints.required("subscriptionTargetIdentifier", target);
    member::client_token(&mut constraints, input.client_token.as_deref());
    constraints.check(error::VALIDATION)?;
    idempotency::once(call, tx, input.client_token.as_deref(), || {
        let Some(Entity::Listing(listing)) = input.granted_entity else {
            return Err(error::validation("grantedEntity must name a listing"));
        };
        let domain = domain::require(call, tx, &input.domain_identifier)?;
        let target = subscription_target::require(&domain.id, &environment, &target, call, tx)?;
        let subscription = subscription::in_domain(call, tx, &domain.id)?
            .into_iter()
            .find(|found| {
                found.is_approved()
                    && found.listing_id == listing.identifier
                    && found.principal.is_project(&target.project_id)
            })
            .ok_or_else(|| {
                error::validation(format!(
                    "Project {} has no approved subscription to listing {}",
                    target.project_id, listing.identifier
                ))
            })?;
        let twice = in_domain(call, tx, &domain.id)?.into_iter().any(|grant| {
            grant.target_id == target.id
                && grant.listing_id == listing.identifier
                && grant.status != GrantStatus::Revoked
        });
        if twice {
            return Err(error::conflict(format!(
                "Listing {} is granted to subscription target {} already",
                listing.identifier, target.id
            )));
        }
        let (asset_id, asset_revision) = subscription.asset();
        let grant = Grant {
            id: call.cloud.lower(14),
            domain_id: domain.id,
            environment_id: target.environment_id,
            target_id: target.id,
            subscription_id: subscription.id,
            listing_id: listing.identifier,
            listing_revision: listing.revision,
            asset_id,
            asset_revision,
            status: GrantStatus::GrantPending,
            failure: None,
            target_name: None,
            created_by: call.principal.arn.clone(),
            created_ms: call.now_ms,
            updated_ms: call.now_ms,
        };
        grant.write(call, tx)?;
        Ok(grant.shown())
    })
}

pub(super) fn get(
    input: member::Identified,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    input.check()?;
    require(&input.domain_identifier, &input.identifier, call, tx).map(|grant| grant.shown())
}

pub(super) fn delete(
    input: member::Identified,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    input.check()?;
    let grant = require(&input.domain_identifier, &input.identifier, call, tx)?;
    if grant.status == GrantStatus::Revoked {
        return Err(error::conflict(format!("Grant {} is revoked", grant.id)));
    }
    revoke(grant, call, tx).map(|grant| grant.shown())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Update {
    domain_identifier: String,
    identifier: String,
    asset_identifier: String,
    status: Option<String>,
    failure_cause: Option<Value>,
    target_name: Option<String>,
}

pub(super) fn update_status(
    input: Update,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut constraints = Constraints::new();
    let wanted = constraints.required("status", input.status);
    constraints.one_of("status", Some(&wanted), &GrantStatus::NAMES);
    constraints.check(error::VALIDATION)?;
    let mut grant = require(&input.domain_identifier, &input.identifier, call, tx)?;
    if grant.asset_id != input.asset_identifier {
        return Err(error::not_found("Asset", &input.asset_identifier));
    }
    let next = GrantStatus::parse(&wanted)
        .filter(|next| grant.status.leads_to(*next))
        .ok_or_else(|| {
            error::validation(format!(
                "The status of grant {} cannot become {wanted}",
                grant.id
            ))
        })?;
    grant.status = next;
    grant.failure = input.failure_cause;
    grant.target_name = input.target_name.or(grant.target_name);
    grant.updated_ms = call.now_ms;
    grant.write(call, tx)?;
    Ok(grant.shown())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct List {
    domain_identifier: String,
    environment_id: Option<String>,
    subscription_target_id: Option<String>,
    subscribed_listing_id: Option<String>,
    subscription_id: Option<String>,
    #[serde(default, deserialize_with = "rest_json::from_text")]
    max_results: Option<i64>,
    next_token: Option<String>,
}

pub(super) fn list(input: List, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let mut constraints = Constraints::new();
    let domain = &input.domain_identifier;
    member::domain_id(&mut constraints, "domainIdentifier", domain);
    let limit = member::page_size(&mut constraints, input.max_results, 50);
    constraints.check(error::VALIDATION)?;
    let domain = domain::require(call, tx, domain)?;
    let (found, next_token) = paging::page(
        tx,
        Listing {
            scope: &call.scope,
            collection: GRANTS,
            prefix: &format!("{}/", domain.id),
        },
        input.next_token.as_deref(),
        limit,
        error::bad_token,
        |grant: &Grant| {
            let filters = [
                (&input.environment_id, &grant.environment_id),
                (&input.subscription_target_id, &grant.target_id),
                (&input.subscribed_listing_id, &grant.listing_id),
                (&input.subscription_id, &grant.subscription_id),
            ];
            let matches = |(wanted, known): &(&Option<String>, &String)| {
                wanted.as_ref().is_none_or(|wanted| wanted == *known)
            };
            filters.iter().all(matches)
        },
    )?;
    let items: Vec<Value> = found.iter().map(Grant::shown).collect();
    Ok(member::items(items, next_token))
}

/// All grants of a subscription are to be revoked.
pub(super) fn revoke_all(
    domain: &str,
    subscription: &str,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    for grant in in_domain(call, tx, domain)? {
        if grant.subscription_id == subscription {
            revoke(grant, call, tx)?;
        }
    }
    Ok(())
}

/// Whether something is granted to a target.
pub(super) fn holds(
    domain: &str,
    target: &str,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<bool, ServiceError> {
    let grants = in_domain(call, tx, domain)?;
    Ok(grants
        .iter()
        .any(|grant| grant.target_id == target && grant.status != GrantStatus::Revoked))
}

fn revoke(mut grant: Grant, call: &Call<'_>, tx: &Tx<'_>) -> Result<Grant, ServiceError> {
    grant.status = grant.status.revoking();
    grant.updated_ms = call.now_ms;
    grant.write(call, tx)?;
    Ok(grant)
}

fn require(domain: &str, id: &str, call: &Call<'_>, tx: &Tx<'_>) -> Result<Grant, ServiceError> {
    let domain = domain::require(call, tx, domain)?;
    tx.get(&call.scope, GRANTS, &format!("{}/{id}", domain.id))?
        .ok_or_else(|| error::not_found("Subscription grant", id))
}

fn in_domain(call: &Call<'_>, tx: &Tx<'_>, domain: &str) -> Result<Vec<Grant>, ServiceError> {
    paging::all(
        tx,
        Listing {
            scope: &call.scope,
            collection: GRANTS,
            prefix: &format!("{domain}/"),
        },
    )
}
