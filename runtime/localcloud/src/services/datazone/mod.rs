//! DataZone: domains, projects, assets with their revisions, listings, and both searches.
//!
//! What takes AWS a while takes [`SETTLING_MS`] of the cloud's clock here: a domain is `CREATING` and
//! then `AVAILABLE`, a listing `CREATING` and then `ACTIVE`, a deleted domain `DELETING` and then
//! gone. So pollers have something to poll. Asset types are the managed ones; memberships,
//! glossaries and data products are not here, and environments only as far as subscription targets need
//! them.

mod asset;
mod asset_type;
mod create_asset;
mod create_asset_revision;
mod create_domain;
mod create_listing_change_set;
mod create_project;
mod delete_asset;
mod delete_domain;
mod delete_listing;
mod delete_project;
mod domain;
mod environment;
mod error;
mod filter;
mod form;
mod get_asset;
mod get_domain;
mod get_listing;
mod get_project;
mod grant_status;
mod idempotency;
mod list_asset_revisions;
mod list_domains;
mod list_projects;
mod listing;
mod member;
mod project;
mod search;
mod search_listings;
mod subscriber;
mod subscription;
mod subscription_grant;
mod subscription_request;
mod subscription_target;
mod update_domain;
mod update_project;

use http::request::Parts;

use crate::error::ServiceError;
use crate::protocol::Protocol;
use crate::protocol::rest_json::{self, Route};
use crate::request::Call;
use crate::services::{Reply, Service};
use crate::store::Tx;

/// How long the service's asynchronous steps take, in milliseconds.
pub const SETTLING_MS: i64 = 200;

/// DataZone.
#[derive(Debug, Default, Clone, Copy)]
pub struct DataZone;

const ROUTES: &[Route] = &[
    Route::new("POST", "/v2/domains", "CreateDomain"),
    Route::new("GET", "/v2/domains", "ListDomains"),
    Route::new("GET", "/v2/domains/{identifier}", "GetDomain"),
    Route::new("PUT", "/v2/domains/{identifier}", "UpdateDomain"),
    Route::new("DELETE", "/v2/domains/{identifier}", "DeleteDomain"),
    Route::new(
        "POST",
        "/v2/domains/{domainIdentifier}/projects",
        "CreateProject",
    ),
    Route::new(
        "GET",
        "/v2/domains/{domainIdentifier}/projects",
        "ListProjects",
    ),
    Route::new(
        "GET",
        "/v2/domains/{domainIdentifier}/projects/{identifier}",
        "GetProject",
    ),
    Route::new(
        "PATCH",
        "/v2/domains/{domainIdentifier}/projects/{identifier}",
        "UpdateProject",
    ),
    Route::new(
        "DELETE",
        "/v2/domains/{domainIdentifier}/projects/{identifier}",
        "DeleteProject",
    ),
    Route::new(
        "POST",
        "/v2/domains/{domainIdentifier}/assets",
        "CreateAsset",
    ),
    Route::new(
        "GET",
        "/v2/domains/{domainIdentifier}/assets/{identifier}",
        "GetAsset",
    ),
    Route::new(
        "DELETE",
        "/v2/domains/{domainIdentifier}/assets/{identifier}",
        "DeleteAsset",
    ),
    Route::new(
        "POST",
        "/v2/domains/{domainIdentifier}/assets/{identifier}/revisions",
        "CreateAssetRevision",
    ),
    Route::new(
        "GET",
        "/v2/domains/{domainIdentifier}/assets/{identifier}/revisions",
        "ListAssetRevisions",
    ),
    Route::new(
        "POST",
        "/v2/domains/{domainIdentifier}/listings/change-set",
        "CreateListingChangeSet",
    ),
    Route::new(
        "POST",
        "/v2/domains/{domainIdentifier}/listings/search",
        "SearchListings",
    ),
    Route::new(
        "GET",
        "/v2/domains/{domainIdentifier}/listings/{identifier}",
        "GetListing",
    ),
    Route::new(
        "DELETE",
        "/v2/domains/{domainIdentifier}/listings/{identifier}",
        "DeleteListing",
    ),
    Route::new("POST", "/v2/domains/{domainIdentifier}/search", "Search"),
    Route::new(
        "POST",
        "/v2/domains/{domainIdentifier}/environments",
        "CreateEnvironment",
    ),
    Route::new(
        "GET",
        "/v2/domains/{domainIdentifier}/environments",
        "ListEnvironments",
    ),
    Route::new(
        "GET",
        "/v2/domains/{domainIdentifier}/environments/{identifier}",
        "GetEnvironment",
    ),
    Route::new(
        "POST",
        "/v2/domains/{domainIdentifier}/environments/{environmentIdentifier}/subscription-targets",
        "CreateSubscriptionTarget",
    ),
    Route::new(
        "GET",
        "/v2/domains/{domainIdentifier}/environments/{environmentIdentifier}/subscription-targets",
        "ListSubscriptionTargets",
    ),
    Route::new(
        "GET",
        "/v2/domains/{domainIdentifier}/environments/{environmentIdentifier}/subscription-targets/{identifier}",
        "GetSubscriptionTarget",
    ),
    Route::new(
        "DELETE",
        "/v2/domains/{domainIdentifier}/environments/{environmentIdentifier}/subscription-targets/{identifier}",
        "DeleteSubscriptionTarget",
    ),
    Route::new(
        "POST",
        "/v2/domains/{domainIdentifier}/subscription-requests",
        "CreateSubscriptionRequest",
    ),
    Route::new(
        "GET",
        "/v2/domains/{domainIdentifier}/subscription-requests",
        "ListSubscriptionRequests",
    ),
    Route::new(
        "GET",
        "/v2/domains/{domainIdentifier}/subscription-requests/{identifier}",
        "GetSubscriptionRequestDetails",
    ),
    Route::new(
        "PUT",
        "/v2/domains/{domainIdentifier}/subscription-requests/{identifier}/accept",
        "AcceptSubscriptionRequest",
    ),
    Route::new(
        "PUT",
        "/v2/domains/{domainIdentifier}/subscription-requests/{identifier}/reject",
        "RejectSubscriptionRequest",
    ),
    Route::new(
        "GET",
        "/v2/domains/{domainIdentifier}/subscriptions",
        "ListSubscriptions",
    ),
    Route::new(
        "GET",
        "/v2/domains/{domainIdentifier}/subscriptions/{identifier}",
        "GetSubscription",
    ),
    Route::new(
        "PUT",
        "/v2/domains/{domainIdentifier}/subscriptions/{identifier}/cancel",
        "CancelSubscription",
    ),
    Route::new(
        "PUT",
        "/v2/domains/{domainIdentifier}/subscriptions/{identifier}/revoke",
        "RevokeSubscription",
    ),
    Route::new(
        "POST",
        "/v2/domains/{domainIdentifier}/subscription-grants",
        "CreateSubscriptionGrant",
    ),
    Route::new(
        "GET",
        "/v2/domains/{domainIdentifier}/subscription-grants",
        "ListSubscriptionGrants",
    ),
    Route::new(
        "GET",
        "/v2/domains/{domainIdentifier}/subscription-grants/{identifier}",
        "GetSubscriptionGrant",
    ),
    Route::new(
        "DELETE",
        "/v2/domains/{domainIdentifier}/subscription-grants/{identifier}",
        "DeleteSubscriptionGrant",
    ),
    Route::new(
        "PATCH",
        "/v2/domains/{domainIdentifier}/subscription-grants/{identifier}/status/{assetIdentifier}",
        "UpdateSubscriptionGrantStatus",
    ),
];

/// Calls an operation with its input from labels, query and body, and writes its output.
macro_rules! answer {
    ($status:literal, $operation:expr, $call:expr, $tx:expr) => {
        rest_json::write(
            $status,
            &$operation(rest_json::read($call, ROUTES)?, $call, $tx)?,
        )
    };
}

/// Calls an operation that answers nothing, status 204.
macro_rules! done {
    ($operation:expr, $call:expr, $tx:expr) => {{
        $operation(rest_json::read($call, ROUTES)?, $call, $tx)?;
        Ok(Reply::status(204))
    }};
}

impl Service for DataZone {
    fn name(&self) -> &'static str {
        "datazone"
    }

    fn protocol(&self) -> Protocol {
        Protocol::RestJson
    }

    fn operation(&self, request: &Parts, _body: &[u8]) -> Option<String> {
        rest_json::resolve(ROUTES, &request.method, request.uri.path())
    }

    fn handle(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<Reply, ServiceError> {
        match call.operation.as_str() {
            "CreateDomain" => answer!(201, create_domain::create_domain, call, tx),
            "GetDomain" => answer!(200, get_domain::get_domain, call, tx),
            "ListDomains" => answer!(200, list_domains::list_domains, call, tx),
            "UpdateDomain" => answer!(200, update_domain::update_domain, call, tx),
            "DeleteDomain" => answer!(202, delete_domain::delete_domain, call, tx),
            "CreateProject" => answer!(201, create_project::create_project, call, tx),
            "GetProject" => answer!(200, get_project::get_project, call, tx),
            "ListProjects" => answer!(200, list_projects::list_projects, call, tx),
            "UpdateProject" => answer!(200, update_project::update_project, call, tx),
            "DeleteProject" => done!(delete_project::delete_project, call, tx),
            "CreateAsset" => answer!(201, create_asset::create_asset, call, tx),
            "GetAsset" => answer!(200, get_asset::get_asset, call, tx),
            "CreateAssetRevision" => {
                answer!(200, create_asset_revision::create_asset_revision, call, tx)
            }
            "ListAssetRevisions" => {
                answer!(200, list_asset_revisions::list_asset_revisions, call, tx)
            }
            "DeleteAsset" => done!(delete_asset::delete_asset, call, tx),
            "CreateListingChangeSet" => answer!(
                200,
                create_listing_change_set::create_listing_change_set,
                call,
                tx
            ),
            "GetListing" => answer!(200, get_listing::get_listing, call, tx),
            "SearchListings" => answer!(200, search_listings::search_listings, call, tx),
            "DeleteListing" => done!(delete_listing::delete_listing, call, tx),
            "Search" => answer!(200, search::search, call, tx),
            "CreateEnvironment" => answer!(201, environment::create, call, tx),
            "ListEnvironments" => answer!(200, environment::list, call, tx),
            "GetEnvironment" => answer!(200, environment::get, call, tx),
            "CreateSubscriptionTarget" => answer!(200, subscription_target::create, call, tx),
            "ListSubscriptionTargets" => answer!(200, subscription_target::list, call, tx),
            "GetSubscriptionTarget" => answer!(200, subscription_target::get, call, tx),
            "CreateSubscriptionRequest" => answer!(200, subscription_request::create, call, tx),
            "ListSubscriptionRequests" => answer!(200, subscription_request::list, call, tx),
            "GetSubscriptionRequestDetails" => answer!(200, subscription_request::get, call, tx),
            "AcceptSubscriptionRequest" => answer!(200, subscription_request::accept, call, tx),
            "RejectSubscriptionRequest" => answer!(200, subscription_request::reject, call, tx),
            "ListSubscriptions" => answer!(200, subscription::list, call, tx),
            "GetSubscription" => answer!(200, subscription::get, call, tx),
            "CancelSubscription" => answer!(200, subscription::cancel, call, tx),
            "RevokeSubscription" => answer!(200, subscription::revoke, call, tx),
            "CreateSubscriptionGrant" => answer!(200, subscription_grant::create, call, tx),
            "ListSubscriptionGrants" => answer!(200, subscription_grant::list, call, tx),
            "GetSubscriptionGrant" => answer!(200, subscription_grant::get, call, tx),
            "DeleteSubscriptionGrant" => answer!(200, subscription_grant::delete, call, tx),
            "UpdateSubscriptionGrantStatus" => {
                answer!(200, subscription_grant::update_status, call, tx)
            }
            "DeleteSubscriptionTarget" => done!(subscription_target::delete, call, tx),
            _ => Err(call.unknown_operation()),
        }
    }

    fn throttled(&self) -> ServiceError {
        ServiceError::new(429, "ThrottlingException", "Rate exceeded")
    }
}
