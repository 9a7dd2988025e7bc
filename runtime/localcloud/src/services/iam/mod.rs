//! AWS Identity and Access Management: roles, their policies, and managed policies.
//!
//! It is global: the region of a request does not count. Trust policies decide who may assume a role
//! that is here (see `trust`); other policies are kept and not evaluated: every caller may do
//! everything in its own account. AWS's own managed policies (`arn:aws:iam::aws:policy/…`) can all be
//! attached, and are not listed.
//!
//! Documents, in the account's global scope: `iam.roles` and `iam.policies`, by name, `iam.role-names`
//! by the name in lower case, `iam.attachments` by policy and role, and `iam.deleted_roles`, by ARN.

mod attachments;
mod boundary;
mod document;
mod error;
mod inline;
mod managed;
mod name;
mod role;
mod tags;
mod tombstone;
mod trust;
mod versions;

use http::request::Parts;
use serde_json::Value;

pub(crate) use tombstone::role_deleted;
pub(crate) use trust::{Said, Verdict, longest_session, may_assume};

use crate::error::ServiceError;
use crate::protocol::{Protocol, query};
use crate::request::Call;
use crate::services::{Reply, Service};
use crate::store::{Scope, Tx};

const NAMESPACE: &str = "https://iam.amazonaws.com/doc/2010-05-08/";

pub(crate) struct Iam;

/// Calls an operation with its input from the form, and writes its output.
macro_rules! answer {
    ($operation:expr, $call:expr, $tx:expr) => {
        answer($operation(query::read($call)?, $call, $tx)?, $call)
    };
}

impl Service for Iam {
    fn name(&self) -> &'static str {
        "iam"
    }

    fn protocol(&self) -> Protocol {
        Protocol::Query
    }

    fn operation(&self, _request: &Parts, body: &[u8]) -> Option<String> {
        query::operation(body)
    }

    fn handle(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<Reply, ServiceError> {
        match call.operation.as_str() {
            "CreateRole" => answer!(role::create, call, tx),
            "GetRole" => answer!(role::get, call, tx),
            "ListRoles" => answer!(role::list, call, tx),
            "DeleteRole" => answer!(role::delete, call, tx),
            "UpdateRole" | "UpdateRoleDescription" => answer!(role::update, call, tx),
            "UpdateAssumeRolePolicy" => answer!(role::update_trust, call, tx),
            "ListInstanceProfilesForRole" => answer!(role::instance_profiles, call, tx),
            "PutRolePolicy" => answer!(inline::put, call, tx),
            "GetRolePolicy" => answer!(inline::get, call, tx),
            "ListRolePolicies" => answer!(inline::list, call, tx),
            "DeleteRolePolicy" => answer!(inline::delete, call, tx),
            "AttachRolePolicy" => answer!(managed::attach, call, tx),
            "DetachRolePolicy" => answer!(managed::detach, call, tx),
            "ListAttachedRolePolicies" => answer!(managed::list_attached, call, tx),
            "PutRolePermissionsBoundary" => answer!(boundary::put, call, tx),
            "DeleteRolePermissionsBoundary" => answer!(boundary::delete, call, tx),
            "ListEntitiesForPolicy" => answer!(attachments::list, call, tx),
            "TagPolicy" => answer!(tags::tag_policy, call, tx),
            "UntagPolicy" => answer!(tags::untag_policy, call, tx),
            "ListPolicyTags" => answer!(tags::list_policy_tags, call, tx),
            "CreatePolicy" => answer!(managed::create, call, tx),
            "GetPolicy" => answer!(managed::get, call, tx),
            "ListPolicies" => answer!(managed::list, call, tx),
            "DeletePolicy" => answer!(managed::delete, call, tx),
            "CreatePolicyVersion" => answer!(versions::create, call, tx),
            "GetPolicyVersion" => answer!(versions::get, call, tx),
            "ListPolicyVersions" => answer!(versions::list, call, tx),
            "DeletePolicyVersion" => answer!(versions::delete, call, tx),
            "SetDefaultPolicyVersion" => answer!(versions::set_default, call, tx),
            "TagRole" => answer!(tags::tag_role, call, tx),
            "UntagRole" => answer!(tags::untag_role, call, tx),
            "ListRoleTags" => answer!(tags::list_role_tags, call, tx),
            _ => Err(call.unknown_operation()),
        }
    }

    fn throttled(&self) -> ServiceError {
        ServiceError::new(400, "Throttling", "Rate exceeded")
    }
}

fn answer(output: Value, call: &Call<'_>) -> Result<Reply, ServiceError> {
    query::write_tree(&output, call, NAMESPACE)
}

/// Where an account's documents are.
fn scope(call: &Call<'_>) -> Scope {
    Scope {
        account: call.scope.account.clone(),
        region: Scope::global().region,
    }
}
