//! Subscription grants: the access that a subscription brings to a target. Who fulfils it himself tells how far
//! it is ([`Datazone::update_subscription_grant_status`]).

use aws_sdk_datazone::types::{
    FailureCause, GrantedEntityInput, ListingRevisionInput, SubscribedAsset,
    SubscriptionGrantStatus,
};

use super::Datazone;
use crate::error::AwsError;
use crate::ops::{Page, PageRequest};
use crate::token::Token;

/// What `CreateSubscriptionGrant` takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateSubscriptionGrant {
    /// The domain.
    pub domain_id: String,
    /// The environment.
    pub environment_id: String,
    /// The target in it.
    pub target_id: String,
    /// The listing.
    pub listing_id: String,
    /// Which revision of it.
    pub listing_revision: String,
    /// Makes a repeat answer with the same grant.
    pub token: Token,
}

/// What `ListSubscriptionGrants` takes; an unset field filters nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListSubscriptionGrants {
    /// The domain.
    pub domain_id: String,
    /// Only those of this environment.
    pub environment_id: Option<String>,
    /// Only those of this subscription.
    pub subscription_id: Option<String>,
    /// Only those of this listing.
    pub listing_id: Option<String>,
    /// Which page.
    pub page: PageRequest,
}

/// A subscription grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionGrant {
    /// The id that DataZone gave it.
    pub id: String,
    /// `PENDING`, `IN_PROGRESS`, `COMPLETED`, `GRANT_FAILED`, `REVOKE_FAILED`, …
    pub status: String,
    /// The environment.
    pub environment_id: Option<String>,
    /// The target in it.
    pub target_id: String,
    /// The assets, each with how far it is: `GRANT_PENDING`, `GRANTED`, `REVOKED`, …
    pub assets: Vec<(String, String)>,
}

fn assets(assets: Option<Vec<SubscribedAsset>>) -> Vec<(String, String)> {
    assets
        .unwrap_or_default()
        .into_iter()
        .map(|asset| (asset.asset_id, asset.status.as_str().to_owned()))
        .collect()
}

/// The SDK's shapes of a grant have the same fields and nothing else in common.
macro_rules! grant {
    ($from:expr) => {{
        let from = $from;
        SubscriptionGrant {
            id: from.id,
            status: from.status.as_str().to_owned(),
            environment_id: from.environment_id,
            target_id: from.subscription_target_id,
            assets: assets(from.assets),
        }
    }};
}

impl Datazone<'_> {
    /// `CreateSubscriptionGrant`. Idempotent by token.
    pub async fn create_subscription_grant(
        &self,
        create: CreateSubscriptionGrant,
    ) -> Result<SubscriptionGrant, AwsError> {
        self.0
            .call("CreateSubscriptionGrant", |datazone| async move {
                let listing = ListingRevisionInput::builder()
                    .identifier(create.listing_id)
                    .revision(create.listing_revision)
                    .build()?;
                let out = datazone
                    .create_subscription_grant()
                    .domain_identifier(create.domain_id)
                    .environment_identifier(create.environment_id)
                    .subscription_target_identifier(create.target_id)
                    .granted_entity(GrantedEntityInput::Listing(listing))
                    .client_token(create.token.as_str())
                    .send()
                    .await?;
                Ok(grant!(out))
            })
            .await
    }

    /// `GetSubscriptionGrant`.
    pub async fn get_subscription_grant(
        &self,
        domain_id: &str,
        id: &str,
    ) -> Result<SubscriptionGrant, AwsError> {
        self.0
            .call("GetSubscriptionGrant", |datazone| async move {
                let out = datazone
                    .get_subscription_grant()
                    .domain_identifier(domain_id)
                    .identifier(id)
                    .send()
                    .await?;
                Ok(grant!(out))
            })
            .await
    }

    /// `ListSubscriptionGrants`.
    pub async fn list_subscription_grants(
        &self,
        list: ListSubscriptionGrants,
    ) -> Result<Page<SubscriptionGrant>, AwsError> {
        self.0
            .call("ListSubscriptionGrants", |datazone| async move {
                let out = datazone
                    .list_subscription_grants()
                    .domain_identifier(list.domain_id)
                    .set_environment_id(list.environment_id)
                    .set_subscription_id(list.subscription_id)
                    .set_subscribed_listing_id(list.listing_id)
                    .set_max_results(list.page.max_results)
                    .set_next_token(list.page.next_token)
                    .send()
                    .await?;
                Ok(Page {
                    items: out.items.into_iter().map(|item| grant!(item)).collect(),
                    next_token: out.next_token,
                })
            })
            .await
    }

    /// `DeleteSubscriptionGrant`: begins to revoke it.
    pub async fn delete_subscription_grant(
        &self,
        domain_id: &str,
        id: &str,
    ) -> Result<SubscriptionGrant, AwsError> {
        self.0
            .call("DeleteSubscriptionGrant", |datazone| async move {
                let out = datazone
                    .delete_subscription_grant()
                    .domain_identifier(domain_id)
                    .identifier(id)
                    .send()
                    .await?;
                Ok(grant!(out))
            })
            .await
    }

    /// `UpdateSubscriptionGrantStatus` of one asset: `GRANTED`, `GRANT_FAILED`, `REVOKED`, … Not idempotent:
    /// a status that it has already may be refused.
    pub async fn update_subscription_grant_status(
        &self,
        domain_id: &str,
        id: &str,
        asset_id: &str,
        status: &str,
        failure: Option<String>,
    ) -> Result<SubscriptionGrant, AwsError> {
        self.0
            .call("UpdateSubscriptionGrantStatus", |datazone| async move {
                let cause = failure.map(|message| FailureCause::builder().message(message).build());
                let out = datazone
                    .update_subscription_grant_status()
                    .domain_identifier(domain_id)
                    .identifier(id)
                    .asset_identifier(asset_id)
                    .status(SubscriptionGrantStatus::from(status))
                    .set_failure_cause(cause)
                    .send()
                    .await?;
                Ok(grant!(out))
            })
            .await
    }
}
