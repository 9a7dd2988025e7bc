//! Subscriptions: what an accepted request made.
//!
//! Cancelling (the subscriber's end) and revoking (the publisher's) take no token and are refused for one that
//! is over: read it back before a repeat.

use aws_sdk_datazone::types::SubscriptionStatus;

use super::Datazone;
use super::subscription_request::{Owner, Subscriber, subscriber};
use crate::error::AwsError;
use crate::ops::{Page, PageRequest};

/// What `ListSubscriptions` takes; an unset field filters nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListSubscriptions {
    /// The domain.
    pub domain_id: String,
    /// Only the one that this request made.
    pub request_id: Option<String>,
    /// `APPROVED`, `REVOKED` or `CANCELLED`; AWS lists the approved ones when unset.
    pub status: Option<String>,
    /// Only those to this listing.
    pub listing_id: Option<String>,
    /// Only those of this subscriber.
    pub subscriber: Option<Subscriber>,
    /// Which page.
    pub page: PageRequest,
}

/// A subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// The id that DataZone gave it.
    pub id: String,
    /// The domain it is in.
    pub domain_id: String,
    /// `APPROVED`, `REVOKED`, `CANCELLED`.
    pub status: String,
    /// Who subscribes.
    pub subscriber: Option<Subscriber>,
    /// The listing.
    pub listing_id: Option<String>,
    /// The listing's revision.
    pub listing_revision: Option<String>,
    /// The request that made it.
    pub request_id: Option<String>,
}

/// The SDK's shapes of a subscription have the same fields and nothing else in common.
macro_rules! subscription {
    ($from:expr) => {{
        let from = $from;
        let listing = from.subscribed_listing;
        Subscription {
            id: from.id,
            domain_id: from.domain_id,
            status: from.status.as_str().to_owned(),
            subscriber: from.subscribed_principal.and_then(subscriber),
            listing_revision: listing.as_ref().and_then(|l| l.revision.clone()),
            listing_id: listing.map(|listing| listing.id),
            request_id: from.subscription_request_id,
        }
    }};
}

impl Datazone<'_> {
    /// `GetSubscription`.
    pub async fn get_subscription(
        &self,
        domain_id: &str,
        id: &str,
    ) -> Result<Subscription, AwsError> {
        self.0
            .call("GetSubscription", |datazone| async move {
                let out = datazone
                    .get_subscription()
                    .domain_identifier(domain_id)
                    .identifier(id)
                    .send()
                    .await?;
                Ok(subscription!(out))
            })
            .await
    }

    /// `ListSubscriptions`.
    pub async fn list_subscriptions(
        &self,
        list: ListSubscriptions,
    ) -> Result<Page<Subscription>, AwsError> {
        self.0
            .call("ListSubscriptions", |datazone| async move {
                let owner = Owner::from(list.subscriber);
                let out = datazone
                    .list_subscriptions()
                    .domain_identifier(list.domain_id)
                    .set_subscription_request_identifier(list.request_id)
                    .set_status(list.status.as_deref().map(SubscriptionStatus::from))
                    .set_subscribed_listing_id(list.listing_id)
                    .set_owning_project_id(owner.project)
                    .set_owning_user_id(owner.user)
                    .set_owning_group_id(owner.group)
                    .set_owning_iam_principal_arn(owner.iam)
                    .set_max_results(list.page.max_results)
                    .set_next_token(list.page.next_token)
                    .send()
                    .await?;
                Ok(Page {
                    items: out.items.into_iter().map(|i| subscription!(i)).collect(),
                    next_token: out.next_token,
                })
            })
            .await
    }

    /// `CancelSubscription`. Not idempotent.
    pub async fn cancel_subscription(
        &self,
        domain_id: &str,
        id: &str,
    ) -> Result<Subscription, AwsError> {
        self.0
            .call("CancelSubscription", |datazone| async move {
                let out = datazone
                    .cancel_subscription()
                    .domain_identifier(domain_id)
                    .identifier(id)
                    .send()
                    .await?;
                Ok(subscription!(out))
            })
            .await
    }

    /// `RevokeSubscription`, without keeping permissions. Not idempotent.
    pub async fn revoke_subscription(
        &self,
        domain_id: &str,
        id: &str,
    ) -> Result<Subscription, AwsError> {
        self.0
            .call("RevokeSubscription", |datazone| async move {
                let out = datazone
                    .revoke_subscription()
                    .domain_identifier(domain_id)
                    .identifier(id)
                    .retain_permissions(false)
                    .send()
                    .await?;
                Ok(subscription!(out))
            })
            .await
    }
}
