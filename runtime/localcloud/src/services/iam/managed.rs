//! Policies that stand by themselves, and are attached to roles.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::document::{self, Kind};
use super::role::{self, PagedRole};
use super::tags::{self, Tag};
use super::{attachments, error, name, scope};
use crate::error::ServiceError;
use crate::protocol::{query, rest_json, timestamp};
use crate::request::Call;
use crate::services::paging::{self, Listing};
use crate::store::Tx;

const POLICIES: &str = "iam.policies";
/// How many managed policies a role can have, the quota's default.
const MOST_ATTACHED: usize = 10;
/// What the ARNs of AWS's own policies start with.
const OF_AWS: &str = "arn:aws:iam::aws:policy/";

/// A version of a policy's document.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Version {
    pub(super) number: u64,
    pub(super) document: String,
    pub(super) created_ms: i64,
}

/// A managed policy of an account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Policy {
    name: String,
    id: String,
    arn: String,
    path: String,
    description: Option<String>,
    created_ms: i64,
    pub(super) updated_ms: i64,
    /// Oldest first.
    pub(super) versions: Vec<Version>,
    pub(super) default: u64,
    pub(super) tags: BTreeMap<String, String>,
}

impl Policy {
    pub(super) fn save(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
        tx.put(&scope(call), POLICIES, &self.name, self)
    }

    fn show(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
        let mut shown = self.show_listed(call, tx)?;
        shown["Description"] = json!(self.description);
        shown["Tags"] = tags::show(&self.tags);
        Ok(shown)
    }

    /// As `ListPolicies` shows it: without its description and its tags.
    fn show_listed(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
        Ok(json!({
            "PolicyName": self.name,
            "PolicyId": self.id,
            "Arn": self.arn,
            "Path": self.path,
            "DefaultVersionId": format!("v{}", self.default),
            "AttachmentCount": attachments::count(call, tx, &self.arn)?,
            "PermissionsBoundaryUsageCount": 0,
            "IsAttachable": true,
            "CreateDate": timestamp::iso8601(self.created_ms),
            "UpdateDate": timestamp::iso8601(self.updated_ms),
        }))
    }
}

/// Whether this is one of AWS's own policies.
pub(super) fn is_of_aws(arn: &str) -> bool {
    arn.starts_with(OF_AWS)
}

/// The policy behind an ARN.
///
/// # Errors
/// `NoSuchEntity` (404).
pub(super) fn require(call: &Call<'_>, tx: &Tx<'_>, arn: &str) -> Result<Policy, ServiceError> {
    let name = arn.rsplit('/').next().unwrap_or_default();
    tx.get(&scope(call), POLICIES, name)?
        .filter(|policy: &Policy| policy.arn == arn)
        .ok_or_else(|| error::no_such(format!("Policy {arn} was not found.")))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateInput {
    #[serde(default)]
    policy_name: String,
    path: Option<String>,
    #[serde(default)]
    policy_document: String,
    description: Option<String>,
    #[serde(default, deserialize_with = "query::list")]
    tags: Vec<Tag>,
}

/// `CreatePolicy`.
pub(super) fn create(
    input: CreateInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    name::check("policyName", &input.policy_name, 128)?;
    let path = input.path.unwrap_or_else(|| "/".to_owned());
    name::check_path(&path)?;
    document::check(&input.policy_document, Kind::Permissions)?;
    document::check_size(&input.policy_document)?;
    let policy = Policy {
        id: format!("ANPA{}", call.cloud.upper(17)),
        arn: format!(
            "arn:aws:iam::{}:policy{path}{}",
            call.scope.account, input.policy_name
        ),
        path,
        description: input.description,
        created_ms: call.now_ms,
        updated_ms: call.now_ms,
        versions: vec![Version {
            number: 1,
            document: input.policy_document,
            created_ms: call.now_ms,
        }],
        default: 1,
        tags: tags::collect(input.tags)?,
        name: input.policy_name,
    };
    if !tx.insert(&scope(call), POLICIES, &policy.name, &policy)? {
        return Err(error::exists(format!(
            "A policy called {} already exists. Duplicate names are not allowed.",
            policy.name
        )));
    }
    Ok(json!({"Policy": policy.show(call, tx)?}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OnePolicy {
    #[serde(default)]
    pub(super) policy_arn: String,
}

/// `GetPolicy`.
pub(super) fn get(input: OnePolicy, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let policy = require(call, tx, &input.policy_arn)?;
    Ok(json!({"Policy": policy.show(call, tx)?}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListInput {
    path_prefix: Option<String>,
    marker: Option<String>,
    #[serde(default, deserialize_with = "rest_json::from_text")]
    max_items: Option<i64>,
}

/// `ListPolicies`: the account's own.
pub(super) fn list(input: ListInput, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let prefix = input.path_prefix.unwrap_or_else(|| "/".to_owned());
    let (policies, marker) = paging::page(
        tx,
        Listing {
            scope: &scope(call),
            collection: POLICIES,
            prefix: "",
        },
        input.marker.as_deref(),
        name::page_size(input.max_items)?,
        error::bad_marker,
        |policy: &Policy| policy.path.starts_with(&prefix),
    )?;
    let shown = policies
        .iter()
        .map(|policy| policy.show_listed(call, tx))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(json!({"Policies": shown, "IsTruncated": marker.is_some(), "Marker": marker}))
}

/// `DeletePolicy`: refused while it is attached, or has versions beside the default one.
pub(super) fn delete(
    input: OnePolicy,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let policy = require(call, tx, &input.policy_arn)?;
    if attachments::count(call, tx, &policy.arn)? > 0 {
        return Err(error::conflict(
            "Cannot delete a policy attached to entities.",
        ));
    }
    if policy.versions.len() > 1 {
        return Err(error::conflict(
            "This policy has more than one version. Before you delete a policy, you must delete \
             the policy's versions. The default version is deleted with the policy.",
        ));
    }
    tx.delete(&scope(call), POLICIES, &policy.name)?;
    Ok(Value::Null)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Attachment {
    #[serde(default)]
    role_name: String,
    #[serde(default)]
    policy_arn: String,
}

/// `AttachRolePolicy`. A repeat changes nothing.
pub(super) fn attach(
    input: Attachment,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut role = role::require(call, tx, &input.role_name)?;
    let arn = &input.policy_arn;
    if !is_of_aws(arn) && require(call, tx, arn).is_err() {
        return Err(error::no_such(format!(
            "Policy {arn} does not exist or is not attachable."
        )));
    }
    if role.attached.contains(&input.policy_arn) {
        return Ok(Value::Null);
    }
    if role.attached.len() >= MOST_ATTACHED {
        return Err(error::limit(format!(
            "Cannot exceed quota for PoliciesPerRole: {MOST_ATTACHED}"
        )));
    }
    attachments::note(call, tx, &input.policy_arn, &role)?;
    role.attached.push(input.policy_arn);
    role.save(call, tx)?;
    Ok(Value::Null)
}

/// `DetachRolePolicy`.
pub(super) fn detach(
    input: Attachment,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut role = role::require(call, tx, &input.role_name)?;
    let before = role.attached.len();
    role.attached.retain(|arn| *arn != input.policy_arn);
    if role.attached.len() == before {
        return Err(error::no_such(format!(
            "Policy {} was not found.",
            input.policy_arn
        )));
    }
    attachments::strike(call, tx, &input.policy_arn, &role)?;
    role.save(call, tx)?;
    Ok(Value::Null)
}

/// `ListAttachedRolePolicies`, in the order in which they were attached.
pub(super) fn list_attached(
    input: PagedRole,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let role = role::require(call, tx, &input.role_name)?;
    let (page, marker) = input.slice("iam.attached", role.attached)?;
    let policies: Vec<Value> = page
        .iter()
        .map(|arn| json!({"PolicyName": arn.rsplit('/').next(), "PolicyArn": arn}))
        .collect();
    Ok(json!({
        "AttachedPolicies": policies,
        "IsTruncated": marker.is_some(),
        "Marker": marker,
    }))
}
