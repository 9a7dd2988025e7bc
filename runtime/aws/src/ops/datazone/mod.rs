//! Amazon DataZone.
//!
//! Statuses are AWS's strings (`AVAILABLE`, `CREATION_FAILED`, `ACTIVE`), so
//! that a new one passes through unharmed.

mod asset;
mod domain;
mod listing;
mod project;
mod search;
mod subscription;
mod subscription_grant;
mod subscription_request;
mod subscription_target;

use aws_config::SdkConfig;
use aws_sdk_datazone::Client;

use crate::aws::Via;
use crate::connector::Base;
use crate::pool::{self, Registries, Registry};

pub use asset::{Asset, AssetListing, CreateAsset, CreateAssetRevision, Form};
pub use domain::{CreateDomain, Domain, DomainSummary, DomainVersion, UpdateDomain};
pub use listing::{
    CreateListingChangeSet, Listing, ListingAction, ListingChangeSet, ListingEntity,
};
pub use project::{CreateProject, ListProjects, Project, UpdateProject};
pub use search::{InventoryItem, InventoryScope, ListingHit, Search, SearchListings, SearchPage};
pub use subscription::{ListSubscriptions, Subscription};
pub use subscription_grant::{CreateSubscriptionGrant, ListSubscriptionGrants, SubscriptionGrant};
pub use subscription_request::{
    CreateSubscriptionRequest, ListSubscriptionRequests, Subscriber, SubscriptionRequest,
};
pub use subscription_target::{CreateSubscriptionTarget, Environment, SubscriptionTarget};

pub(crate) struct Service;

impl pool::Service for Service {
    const NAME: &'static str = "datazone";
    type Client = Client;

    fn client(config: &SdkConfig, _base: &Base) -> Client {
        Client::new(config)
    }

    fn registry(registries: &Registries) -> &Registry<Self> {
        &registries.datazone
    }
}

/// DataZone, as one caller sees it.
pub struct Datazone<'a>(pub(crate) Via<'a, Service>);
