//! Subscription grants, stored under `domain/grant`: `CreateSubscriptionGrant`, `GetSubscriptionGrant`,
//! `ListSubscriptionGrants`, `DeleteSubscriptionGrant` and `UpdateSubscriptionGrantStatus`.
//!
//! Nothing is granted here: an asset is `GRANT_PENDING` until who fulfils the grant tells how far it is. Deleting
//! a grant makes its assets `REVOKE_PENDING`, and likewise.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::granted_asset::{Assets, GrantedAsset};
use super::index::{BY_SUBSCRIPTION, BY_TARGET, ensure};
use super::list::{OwnerFilter, Sorted};
use super::status::GrantStatus;
use super::subscriber::project_key;
use super::target::{self, Target};
use super::{SUBSCRIPTIONS, Subscription, approved};
use crate::error::ServiceError;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::services::datazone::kind::{Kind, Named, listed};
use crate::services::datazone::{domain, environment, error, idempotency, listing};
use crate::store::Tx;

pub(super) const GRANTS: Kind = Kind::new("datazone.subscription-grants", "Subscription grant");

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Grant {
    id: String,
    domain_id: String,
    environment_id: String,
    target_id: String,
    subscription_id: String,
    listing_id: String,
    listing_revision: String,
    #[serde(flatten)]
    assets: Assets,
    created_by: String,
    created_ms: i64,
    #[serde(default)]
    updated_by: Option<String>,
    updated_ms: i64,
}

impl Grant {
    fn write(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
        GRANTS.put(call, tx, &[&self.domain_id, &self.id], self)?;
        self.index(call, tx)
    }

    pub(super) fn index(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
        let domain = self.domain_id.as_str();
        BY_SUBSCRIPTION.put(
            call,
            tx,
            &[domain, &self.subscription_id, &self.id],
            &self.id,
        )?;
        let of_target = [domain, self.target_id.as_str(), &self.listing_id];
        if !self.assets.are_revoked() {
            return BY_TARGET.put(call, tx, &of_target, &self.id);
        }
        let known: Option<String> = BY_TARGET.find(call, tx, &of_target)?;
        if known.as_ref() == Some(&self.id) {
            BY_TARGET.delete(call, tx, &of_target)?;
        }
        Ok(())
    }

    fn shown(&self) -> Value {
        let assets: Vec<Value> = self.assets.all().iter().map(GrantedAsset::shown).collect();
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
            "status": self.assets.overall(),
            "assets": assets,
            "createdBy": self.created_by,
            "createdAt": epoch_seconds(self.created_ms),
            "updatedBy": self.updated_by,
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

/// What an asset is to be called in the target.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TargetName {
    asset_id: String,
    target_name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Create {
    domain_identifier: String,
    environment_identifier: String,
    subscription_target_identifier: Option<String>,
    granted_entity: Entity,
    #[serde(default)]
    asset_target_names: Vec<TargetName>,
    client_token: Option<String>,
}

/// The environment's project must be subscribed to the listing. Without a target, the environment must have
/// one only.
pub(crate) fn create(input: Create, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    idempotency::once(call, tx, input.client_token.as_deref(), || {
        let Entity::Listing(listed) = &input.granted_entity;
        let domain = domain::require(call, tx, &input.domain_identifier)?;
        let environment = &input.environment_identifier;
        let target = match &input.subscription_target_identifier {
            Some(id) => target::require(&domain.id, environment, id, call, tx)?,
            None => {
                environment::require(&domain.id, environment, call, tx)?;
                target::only_one(&domain.id, environment, call, tx)?
            }
        };
        let subscriber = project_key(&target.project_id);
        let subscription = approved(&domain.id, &listed.identifier, &subscriber, call, tx)?;
        let subscription = subscription.ok_or_else(|| {
            error::validation(format!(
                "Project {} has no approved subscription to listing {}",
                target.project_id, listed.identifier
            ))
        })?;
        let listing = listing::require(&call.scope, tx, &domain.id, &listed.identifier)?;
        listing.revision(Some(&listed.revision))?;
        let mut grant = begin(&subscription, &target, &listed.revision, call, tx)?;
        for asset in grant.assets.all_mut() {
            let name = input
                .asset_target_names
                .iter()
                .find(|name| name.asset_id == asset.asset_id);
            asset.target_name = name.map(|name| name.target_name.clone());
        }
        grant.write(call, tx)?;
        Ok(grant.shown())
    })
}

/// A grant of all that is subscribed to in a target, which is not written yet.
fn begin(
    subscription: &Subscription,
    target: &Target,
    revision: &str,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Grant, ServiceError> {
    let listing = &subscription.listing_id;
    if holds_listing(target, listing, call, tx)? {
        return Err(error::conflict(format!(
            "Listing {listing} is granted to subscription target {} already",
            target.id
        )));
    }
    let scope = &subscription.subscribed_listing["item"]["assetListing"]["assetScope"];
    let asset = |(asset_id, asset_revision): (String, String)| GrantedAsset {
        asset_id,
        asset_revision,
        status: GrantStatus::GrantPending,
        failure: None,
        target_name: None,
        scope: (!scope.is_null()).then(|| scope.clone()),
        told_ms: None,
    };
    Ok(Grant {
        id: call.cloud.lower(14),
        domain_id: target.domain_id.clone(),
        environment_id: target.environment_id.clone(),
        target_id: target.id.clone(),
        subscription_id: subscription.id.clone(),
        listing_id: listing.clone(),
        listing_revision: revision.to_owned(),
        assets: Assets::Many {
            assets: subscription.assets().into_iter().map(asset).collect(),
        },
        created_by: call.principal.arn.clone(),
        created_ms: call.now_ms,
        updated_by: None,
        updated_ms: call.now_ms,
    })
}

/// Grants a new subscription in every target of its project that does so by itself. One that holds the
/// listing still, by a grant that outlived its subscription, is left alone.
pub(super) fn begin_automatic(
    subscription: &Subscription,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    let listed = &subscription.subscribed_listing;
    let kind = listed["item"]["assetListing"]["entityType"].as_str();
    let revision = listed["revision"].as_str().unwrap_or_default();
    for target in target::automatic(&subscription.domain_id, &subscription.principal, call, tx)? {
        let fits = kind.is_none_or(|kind| target.asset_types.iter().any(|known| known == kind));
        if fits && !holds_listing(&target, &subscription.listing_id, call, tx)? {
            begin(subscription, &target, revision, call, tx)?.write(call, tx)?;
        }
    }
    Ok(())
}

pub(crate) fn get(input: Named, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    require(&input.domain_identifier, &input.identifier, call, tx).map(|grant| grant.shown())
}

pub(crate) fn delete(input: Named, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let grant = require(&input.domain_identifier, &input.identifier, call, tx)?;
    if grant.assets.are_revoked() {
        return Err(error::conflict(format!("Grant {} is revoked", grant.id)));
    }
    revoke(grant, call, tx).map(|grant| grant.shown())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Update {
    #[serde(flatten)]
    named: Named,
    asset_identifier: String,
    status: String,
    failure_cause: Option<Value>,
    target_name: Option<String>,
}

pub(crate) fn update_status(
    input: Update,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let (domain, id) = (&input.named.domain_identifier, &input.named.identifier);
    let mut grant = require(domain, id, call, tx)?;
    let mut assets = grant.assets.all_mut().iter_mut();
    let asset = assets
        .find(|asset| asset.asset_id == input.asset_identifier)
        .ok_or_else(|| error::not_found("Asset", &input.asset_identifier))?;
    asset.status = GrantStatus::parse(&input.status)
        .filter(|next| asset.status.leads_to(*next))
        .ok_or_else(|| {
            error::validation(format!(
                "The status of grant {} cannot become {}",
                grant.id, input.status
            ))
        })?;
    asset.failure = input.failure_cause;
    asset.target_name = input.target_name.or(asset.target_name.take());
    asset.told_ms = Some(call.now_ms);
    grant.updated_by = Some(call.principal.arn.clone());
    grant.updated_ms = call.now_ms;
    grant.write(call, tx)?;
    Ok(grant.shown())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct List {
    domain_identifier: String,
    environment_id: Option<String>,
    subscription_target_id: Option<String>,
    subscribed_listing_id: Option<String>,
    subscription_id: Option<String>,
    #[serde(flatten)]
    owner: OwnerFilter,
    #[serde(flatten)]
    sorted: Sorted,
}

impl List {
    fn takes(&self, grant: &Grant) -> bool {
        let filters = [
            (&self.environment_id, &grant.environment_id),
            (&self.subscription_target_id, &grant.target_id),
            (&self.subscribed_listing_id, &grant.listing_id),
            (&self.subscription_id, &grant.subscription_id),
        ];
        let fits = |(wanted, known): &(&Option<String>, &String)| {
            wanted.as_ref().is_none_or(|wanted| wanted == *known)
        };
        filters.iter().all(fits)
    }
}

pub(crate) fn list(input: List, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let owned = |grant: &Grant| {
        let path = [domain.id.as_str(), &grant.subscription_id];
        let subscription = SUBSCRIPTIONS.find::<Subscription>(call, tx, &path);
        matches!(subscription, Ok(Some(of)) if input.owner.takes(&of.principal))
    };
    let takes = |grant: &Grant| input.takes(grant) && owned(grant);
    let moments = |grant: &Grant| (grant.created_ms, grant.updated_ms);
    let (found, next_token) = match &input.subscription_id {
        Some(subscription) => {
            let mut all = of_subscription(&domain.id, subscription, call, tx)?;
            all.retain(takes);
            let list = format!("{}/{subscription}", domain.id);
            input.sorted.of(&list, all, moments)?
        }
        None => input
            .sorted
            .page(GRANTS, &domain.id, call, tx, takes, moments)?,
    };
    Ok(listed(
        "items",
        found.iter().map(Grant::shown).collect(),
        next_token,
    ))
}

/// The grants of a subscription, in the order of their ids.
fn of_subscription(
    domain: &str,
    subscription: &str,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Vec<Grant>, ServiceError> {
    ensure(domain, call, tx)?;
    let ids: Vec<String> = BY_SUBSCRIPTION.all(call, tx, &[domain, subscription])?;
    ids.iter()
        .map(|id| GRANTS.require(call, tx, &[domain, id]))
        .collect()
}

/// All grants of a subscription are to be revoked.
pub(super) fn revoke_all(
    domain: &str,
    subscription: &str,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    for grant in of_subscription(domain, subscription, call, tx)? {
        revoke(grant, call, tx)?;
    }
    Ok(())
}

/// Whether a listing is granted to a target.
fn holds_listing(
    target: &Target,
    listing: &str,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<bool, ServiceError> {
    ensure(&target.domain_id, call, tx)?;
    let path = [target.domain_id.as_str(), &target.id, listing];
    Ok(BY_TARGET.find::<String>(call, tx, &path)?.is_some())
}

/// Whether something is granted to a target.
pub(super) fn holds(
    domain: &str,
    target: &str,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<bool, ServiceError> {
    ensure(domain, call, tx)?;
    BY_TARGET.has_any(call, tx, &[domain, target])
}

fn revoke(mut grant: Grant, call: &Call<'_>, tx: &Tx<'_>) -> Result<Grant, ServiceError> {
    for asset in grant.assets.all_mut() {
        asset.status = asset.status.revoking();
    }
    grant.updated_by = Some(call.principal.arn.clone());
    grant.updated_ms = call.now_ms;
    grant.write(call, tx)?;
    Ok(grant)
}

fn require(domain: &str, id: &str, call: &Call<'_>, tx: &Tx<'_>) -> Result<Grant, ServiceError> {
    let domain = domain::require(call, tx, domain)?;
    GRANTS.require(call, tx, &[&domain.id, id])
}
