//! DataZone: domains and their units, projects and memberships, the types of assets and forms, assets with their
//! revisions and filters, data products, listings, glossaries, both searches, environments with what they are
//! made from, subscriptions down to their grants, lineage, and time-series data points.
//!
//! What takes AWS a while takes [`SETTLING_MS`] of the cloud's clock here: a domain is `CREATING` and
//! then `AVAILABLE`, a listing or an environment `CREATING` and then `ACTIVE`, a deleted domain `DELETING` and
//! then gone. So pollers have something to poll. Paths, statuses and constraints are the service model's: see
//! `model`. Policies are kept and shown; nobody is refused by one.

mod asset;
mod data_product;
mod domain;
mod domain_unit;
mod environment;
mod error;
mod glossary;
mod idempotency;
mod kind;
mod lineage;
mod listing;
mod metadata_type;
mod model;
mod profile;
mod project;
mod search;
mod subscription;
mod tags;
mod time_series;

use http::request::Parts;

use crate::error::ServiceError;
use crate::protocol::Protocol;
use crate::request::Call;
use crate::services::{Reply, Service};
use crate::store::Tx;
use environment::{action, blueprint};
use glossary::term;
use metadata_type::{asset_type, form_type};
use model::answer;
use profile::{group, user};
use project::membership;
use subscription::{grant, request, target};

/// How long the service's asynchronous steps take, in milliseconds.
pub const SETTLING_MS: i64 = 200;

/// DataZone.
#[derive(Debug, Default, Clone, Copy)]
pub struct DataZone;

impl Service for DataZone {
    fn name(&self) -> &'static str {
        "datazone"
    }

    fn protocol(&self) -> Protocol {
        Protocol::RestJson
    }

    fn operation(&self, request: &Parts, _body: &[u8]) -> Option<String> {
        model::resolve(&request.method, request.uri.path())
    }

    fn handle(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<Reply, ServiceError> {
        match call.operation.as_str() {
            "CreateDomain" => answer(domain::create, call, tx),
            "GetDomain" => answer(domain::get, call, tx),
            "ListDomains" => answer(domain::list, call, tx),
            "UpdateDomain" => answer(domain::update, call, tx),
            "DeleteDomain" => answer(domain::delete, call, tx),
            "TagResource" => answer(tags::tag, call, tx),
            "UntagResource" => answer(tags::untag, call, tx),
            "ListTagsForResource" => answer(tags::list, call, tx),

            "CreateDomainUnit" => answer(domain_unit::create, call, tx),
            "GetDomainUnit" => answer(domain_unit::get, call, tx),
            "UpdateDomainUnit" => answer(domain_unit::update, call, tx),
            "DeleteDomainUnit" => answer(domain_unit::delete, call, tx),
            "ListDomainUnitsForParent" => answer(domain_unit::list, call, tx),
            "AddEntityOwner" => answer(domain_unit::add_owner, call, tx),
            "ListEntityOwners" => answer(domain_unit::list_owners, call, tx),
            "RemoveEntityOwner" => answer(domain_unit::remove_owner, call, tx),
            "UpdateRootDomainUnitOwner" => answer(domain_unit::replace_root_owner, call, tx),
            "AddPolicyGrant" => answer(domain_unit::add_grant, call, tx),
            "ListPolicyGrants" => answer(domain_unit::list_grants, call, tx),
            "RemovePolicyGrant" => answer(domain_unit::remove_grant, call, tx),

            "CreateUserProfile" => answer(user::create, call, tx),
            "GetUserProfile" => answer(user::get, call, tx),
            "UpdateUserProfile" => answer(user::update, call, tx),
            "SearchUserProfiles" => answer(user::search, call, tx),
            "CreateGroupProfile" => answer(group::create, call, tx),
            "GetGroupProfile" => answer(group::get, call, tx),
            "UpdateGroupProfile" => answer(group::update, call, tx),
            "SearchGroupProfiles" => answer(group::search, call, tx),

            "CreateProject" => answer(project::create, call, tx),
            "GetProject" => answer(project::get, call, tx),
            "ListProjects" => answer(project::list, call, tx),
            "UpdateProject" => answer(project::update, call, tx),
            "DeleteProject" => answer(project::delete, call, tx),
            "CreateProjectMembership" => answer(membership::create, call, tx),
            "ListProjectMemberships" => answer(membership::list, call, tx),
            "DeleteProjectMembership" => answer(membership::delete, call, tx),
            "CreateProjectProfile" => answer(project::profile::create, call, tx),
            "GetProjectProfile" => answer(project::profile::get, call, tx),
            "ListProjectProfiles" => answer(project::profile::list, call, tx),
            "UpdateProjectProfile" => answer(project::profile::update, call, tx),
            "DeleteProjectProfile" => answer(project::profile::delete, call, tx),

            "CreateFormType" => answer(form_type::create, call, tx),
            "GetFormType" => answer(form_type::get, call, tx),
            "DeleteFormType" => answer(form_type::delete, call, tx),
            "CreateAssetType" => answer(asset_type::create, call, tx),
            "GetAssetType" => answer(asset_type::get, call, tx),
            "DeleteAssetType" => answer(asset_type::delete, call, tx),
            "SearchTypes" => answer(metadata_type::search, call, tx),

            "CreateAsset" => answer(asset::create, call, tx),
            "GetAsset" => answer(asset::get, call, tx),
            "CreateAssetRevision" => answer(asset::revise, call, tx),
            "ListAssetRevisions" => answer(asset::list_revisions, call, tx),
            "DeleteAsset" => answer(asset::delete, call, tx),
            "CreateAssetFilter" => answer(asset::filter::create, call, tx),
            "GetAssetFilter" => answer(asset::filter::get, call, tx),
            "ListAssetFilters" => answer(asset::filter::list, call, tx),
            "UpdateAssetFilter" => answer(asset::filter::update, call, tx),
            "DeleteAssetFilter" => answer(asset::filter::delete, call, tx),

            "CreateDataProduct" => answer(data_product::create, call, tx),
            "GetDataProduct" => answer(data_product::get, call, tx),
            "CreateDataProductRevision" => answer(data_product::revise, call, tx),
            "ListDataProductRevisions" => answer(data_product::list_revisions, call, tx),
            "DeleteDataProduct" => answer(data_product::delete, call, tx),

            "CreateListingChangeSet" => answer(listing::change, call, tx),
            "GetListing" => answer(listing::get, call, tx),
            "DeleteListing" => answer(listing::delete, call, tx),
            "SearchListings" => answer(search::search_listings, call, tx),
            "Search" => answer(search::search, call, tx),

            "CreateGlossary" => answer(glossary::create, call, tx),
            "GetGlossary" => answer(glossary::get, call, tx),
            "UpdateGlossary" => answer(glossary::update, call, tx),
            "DeleteGlossary" => answer(glossary::delete, call, tx),
            "CreateGlossaryTerm" => answer(term::create, call, tx),
            "GetGlossaryTerm" => answer(term::get, call, tx),
            "UpdateGlossaryTerm" => answer(term::update, call, tx),
            "DeleteGlossaryTerm" => answer(term::delete, call, tx),
            "AssociateGovernedTerms" => answer(glossary::associate, call, tx),
            "DisassociateGovernedTerms" => answer(glossary::disassociate, call, tx),

            "CreateEnvironment" => answer(environment::create, call, tx),
            "ListEnvironments" => answer(environment::list, call, tx),
            "GetEnvironment" => answer(environment::get, call, tx),
            "UpdateEnvironment" => answer(environment::update, call, tx),
            "DeleteEnvironment" => answer(environment::delete, call, tx),
            "AssociateEnvironmentRole" => answer(environment::associate, call, tx),
            "DisassociateEnvironmentRole" => answer(environment::disassociate, call, tx),
            "CreateEnvironmentAction" => answer(action::create, call, tx),
            "GetEnvironmentAction" => answer(action::get, call, tx),
            "ListEnvironmentActions" => answer(action::list, call, tx),
            "UpdateEnvironmentAction" => answer(action::update, call, tx),
            "DeleteEnvironmentAction" => answer(action::delete, call, tx),
            "CreateEnvironmentProfile" => answer(environment::profile::create, call, tx),
            "GetEnvironmentProfile" => answer(environment::profile::get, call, tx),
            "ListEnvironmentProfiles" => answer(environment::profile::list, call, tx),
            "UpdateEnvironmentProfile" => answer(environment::profile::update, call, tx),
            "DeleteEnvironmentProfile" => answer(environment::profile::delete, call, tx),
            "CreateEnvironmentBlueprint" => answer(blueprint::create, call, tx),
            "GetEnvironmentBlueprint" => answer(blueprint::get, call, tx),
            "ListEnvironmentBlueprints" => answer(blueprint::list, call, tx),
            "UpdateEnvironmentBlueprint" => answer(blueprint::update, call, tx),
            "DeleteEnvironmentBlueprint" => answer(blueprint::delete, call, tx),
            "PutEnvironmentBlueprintConfiguration" => {
                answer(environment::put_configuration, call, tx)
            }
            "GetEnvironmentBlueprintConfiguration" => {
                answer(environment::get_configuration, call, tx)
            }
            "ListEnvironmentBlueprintConfigurations" => {
                answer(environment::list_configurations, call, tx)
            }
            "DeleteEnvironmentBlueprintConfiguration" => {
                answer(environment::delete_configuration, call, tx)
            }

            "CreateSubscriptionTarget" => answer(target::create, call, tx),
            "ListSubscriptionTargets" => answer(target::list, call, tx),
            "GetSubscriptionTarget" => answer(target::get, call, tx),
            "UpdateSubscriptionTarget" => answer(target::update, call, tx),
            "DeleteSubscriptionTarget" => answer(target::delete, call, tx),
            "CreateSubscriptionRequest" => answer(request::create, call, tx),
            "ListSubscriptionRequests" => answer(request::list, call, tx),
            "GetSubscriptionRequestDetails" => answer(request::get, call, tx),
            "UpdateSubscriptionRequest" => answer(request::update, call, tx),
            "AcceptSubscriptionRequest" => answer(request::accept, call, tx),
            "RejectSubscriptionRequest" => answer(request::reject, call, tx),
            "DeleteSubscriptionRequest" => answer(request::delete, call, tx),
            "ListSubscriptions" => answer(subscription::list, call, tx),
            "GetSubscription" => answer(subscription::get, call, tx),
            "CancelSubscription" => answer(subscription::cancel, call, tx),
            "RevokeSubscription" => answer(subscription::revoke, call, tx),
            "CreateSubscriptionGrant" => answer(grant::create, call, tx),
            "ListSubscriptionGrants" => answer(grant::list, call, tx),
            "GetSubscriptionGrant" => answer(grant::get, call, tx),
            "DeleteSubscriptionGrant" => answer(grant::delete, call, tx),
            "UpdateSubscriptionGrantStatus" => answer(grant::update_status, call, tx),

            "PostLineageEvent" => answer(lineage::post, call, tx),
            "GetLineageEvent" => lineage::get(call, tx),
            "ListLineageEvents" => answer(lineage::list, call, tx),
            "DeleteLineageEvent" => answer(lineage::delete, call, tx),
            "GetLineageNode" => answer(lineage::get_node, call, tx),
            "ListLineageNodeHistory" => answer(lineage::history, call, tx),
            "PostTimeSeriesDataPoints" => answer(time_series::post, call, tx),
            "GetTimeSeriesDataPoint" => answer(time_series::get, call, tx),
            "ListTimeSeriesDataPoints" => answer(time_series::list, call, tx),
            "DeleteTimeSeriesDataPoints" => answer(time_series::delete, call, tx),
            _ => Err(call.unknown_operation()),
        }
    }

    fn throttled(&self) -> ServiceError {
        ServiceError::new(429, "ThrottlingException", "Rate exceeded")
    }
}
