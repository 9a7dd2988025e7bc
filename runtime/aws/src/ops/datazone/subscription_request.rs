//! Subscription requests: somebody asks for what is listed, and its project decides.
//!
//! Creating takes a token. Accepting and rejecting take none and are refused for a request that is decided: read it
//! back ([`Datazone::get_subscription_request`]) after a refusal. A read before may lag, and says then that what is
//! to be rejected is not there.

use aws_sdk_datazone::types::{
    SubscribedGroupInput, SubscribedIamPrincipalInput, SubscribedListing, SubscribedListingInput,
    SubscribedPrincipal as Principal, SubscribedPrincipalInput, SubscribedProjectInput,
    SubscribedUserInput, SubscriptionRequestStatus,
};

use super::Datazone;
use crate::error::AwsError;
use crate::ops::{Page, PageRequest};
use crate::token::Token;

/// Who subscribes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subscriber {
    /// A project of the domain, by DataZone's id.
    Project(String),
    /// A user profile of the domain.
    User(String),
    /// A group profile of the domain.
    Group(String),
    /// An IAM role or user, by ARN.
    Iam(String),
}

/// What `CreateSubscriptionRequest` takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateSubscriptionRequest {
    /// The domain.
    pub domain_id: String,
    /// The listing.
    pub listing_id: String,
    /// Who is to subscribe.
    pub subscriber: Subscriber,
    /// Why: 1 to 4,096 characters.
    pub reason: String,
    /// Makes a repeat answer with the same request.
    pub token: Token,
}

/// What `ListSubscriptionRequests` takes; an unset field filters nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListSubscriptionRequests {
    /// The domain.
    pub domain_id: String,
    /// `PENDING`, `ACCEPTED` or `REJECTED`; AWS lists the pending ones when unset.
    pub status: Option<String>,
    /// Only those for this listing.
    pub listing_id: Option<String>,
    /// Only those of this subscriber.
    pub subscriber: Option<Subscriber>,
    /// Which page.
    pub page: PageRequest,
}

/// A subscription request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionRequest {
    /// The id that DataZone gave it.
    pub id: String,
    /// The domain it is in.
    pub domain_id: String,
    /// `PENDING`, `ACCEPTED`, `REJECTED`.
    pub status: String,
    /// Why it was asked.
    pub reason: String,
    /// Who is to subscribe.
    pub subscribers: Vec<Subscriber>,
    /// The listings.
    pub listing_ids: Vec<String>,
    /// What was said with the decision.
    pub decision_comment: Option<String>,
}

pub(super) fn subscriber(principal: Principal) -> Option<Subscriber> {
    match principal {
        Principal::Project(project) => project.id.map(Subscriber::Project),
        Principal::User(user) => user.id.map(Subscriber::User),
        Principal::Group(group) => group.id.map(Subscriber::Group),
        Principal::Iam(iam) => iam.principal_arn.map(Subscriber::Iam),
        _ => None,
    }
}

fn input(subscriber: Subscriber) -> SubscribedPrincipalInput {
    match subscriber {
        Subscriber::Project(id) => SubscribedPrincipalInput::Project(
            SubscribedProjectInput::builder().identifier(id).build(),
        ),
        Subscriber::User(id) => {
            SubscribedPrincipalInput::User(SubscribedUserInput::builder().identifier(id).build())
        }
        Subscriber::Group(id) => {
            SubscribedPrincipalInput::Group(SubscribedGroupInput::builder().identifier(id).build())
        }
        Subscriber::Iam(arn) => SubscribedPrincipalInput::Iam(
            SubscribedIamPrincipalInput::builder()
                .identifier(arn)
                .build(),
        ),
    }
}

/// A subscriber as the lists take one: each kind has a parameter of its own.
#[derive(Default)]
pub(super) struct Owner {
    pub(super) project: Option<String>,
    pub(super) user: Option<String>,
    pub(super) group: Option<String>,
    pub(super) iam: Option<String>,
}

impl From<Option<Subscriber>> for Owner {
    fn from(subscriber: Option<Subscriber>) -> Self {
        let mut owner = Self::default();
        match subscriber {
            Some(Subscriber::Project(id)) => owner.project = Some(id),
            Some(Subscriber::User(id)) => owner.user = Some(id),
            Some(Subscriber::Group(id)) => owner.group = Some(id),
            Some(Subscriber::Iam(arn)) => owner.iam = Some(arn),
            None => {}
        }
        owner
    }
}

fn ids(listings: Vec<SubscribedListing>) -> Vec<String> {
    listings.into_iter().map(|listing| listing.id).collect()
}

/// The SDK's shapes of a request have the same fields and nothing else in common.
macro_rules! request {
    ($from:expr) => {{
        let from = $from;
        SubscriptionRequest {
            id: from.id,
            domain_id: from.domain_id,
            status: from.status.as_str().to_owned(),
            reason: from.request_reason,
            subscribers: from
                .subscribed_principals
                .into_iter()
                .filter_map(subscriber)
                .collect(),
            listing_ids: ids(from.subscribed_listings),
            decision_comment: from.decision_comment,
        }
    }};
}

impl Datazone<'_> {
    /// `CreateSubscriptionRequest`. Idempotent by token; a second one of the same subscriber for the same
    /// listing is a `ConflictException`.
    pub async fn create_subscription_request(
        &self,
        create: CreateSubscriptionRequest,
    ) -> Result<SubscriptionRequest, AwsError> {
        self.0
            .call("CreateSubscriptionRequest", |datazone| async move {
                let listing = SubscribedListingInput::builder()
                    .identifier(create.listing_id)
                    .build()?;
                let out = datazone
                    .create_subscription_request()
                    .domain_identifier(create.domain_id)
                    .subscribed_principals(input(create.subscriber))
                    .subscribed_listings(listing)
                    .request_reason(create.reason)
                    .client_token(create.token.as_str())
                    .send()
                    .await?;
                Ok(request!(out))
            })
            .await
    }

    /// `GetSubscriptionRequestDetails`.
    pub async fn get_subscription_request(
        &self,
        domain_id: &str,
        id: &str,
    ) -> Result<SubscriptionRequest, AwsError> {
        self.0
            .call("GetSubscriptionRequestDetails", |datazone| async move {
                let out = datazone
                    .get_subscription_request_details()
                    .domain_identifier(domain_id)
                    .identifier(id)
                    .send()
                    .await?;
                Ok(request!(out))
            })
            .await
    }

    /// `ListSubscriptionRequests`.
    pub async fn list_subscription_requests(
        &self,
        list: ListSubscriptionRequests,
    ) -> Result<Page<SubscriptionRequest>, AwsError> {
        self.0
            .call("ListSubscriptionRequests", |datazone| async move {
                let status = list.status.as_deref().map(SubscriptionRequestStatus::from);
                let owner = Owner::from(list.subscriber);
                let out = datazone
                    .list_subscription_requests()
                    .domain_identifier(list.domain_id)
                    .set_status(status)
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
                    items: out.items.into_iter().map(|item| request!(item)).collect(),
                    next_token: out.next_token,
                })
            })
            .await
    }

    /// `AcceptSubscriptionRequest`: makes the subscription. Not idempotent.
    pub async fn accept_subscription_request(
        &self,
        domain_id: &str,
        id: &str,
        comment: Option<String>,
    ) -> Result<SubscriptionRequest, AwsError> {
        self.0
            .call("AcceptSubscriptionRequest", |datazone| async move {
                let out = datazone
                    .accept_subscription_request()
                    .domain_identifier(domain_id)
                    .identifier(id)
                    .set_decision_comment(comment)
                    .send()
                    .await?;
                Ok(request!(out))
            })
            .await
    }

    /// `RejectSubscriptionRequest`. Not idempotent.
    pub async fn reject_subscription_request(
        &self,
        domain_id: &str,
        id: &str,
        comment: Option<String>,
    ) -> Result<SubscriptionRequest, AwsError> {
        self.0
            .call("RejectSubscriptionRequest", |datazone| async move {
                let out = datazone
                    .reject_subscription_request()
                    .domain_identifier(domain_id)
                    .identifier(id)
                    .set_decision_comment(comment)
                    .send()
                    .await?;
                Ok(request!(out))
            })
            .await
    }
}
