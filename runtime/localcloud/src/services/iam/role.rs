//! Roles.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::document::{self, Kind};
use super::tags::{self, Tag};
use super::{error, name, scope, tombstone};
use crate::error::ServiceError;
use crate::protocol::{query, rest_json, timestamp};
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::services::paging::{self, Listing};
use crate::services::sts::role_id;
use crate::store::Tx;

pub(super) const ROLES: &str = "iam.roles";
/// The names in lower case, of which each is there once.
const NAMES: &str = "iam.role-names";

/// A role.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Role {
    pub(super) name: String,
    path: String,
    pub(super) arn: String,
    created_ms: i64,
    description: Option<String>,
    pub(super) max_session_s: i64,
    pub(super) trust: String,
    pub(super) boundary: Option<String>,
    /// Inline policies, by name.
    pub(super) inline: BTreeMap<String, String>,
    /// ARNs of managed policies.
    pub(super) attached: Vec<String>,
    pub(super) tags: BTreeMap<String, String>,
}

impl Role {
    pub(super) fn save(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
        tx.put(&scope(call), ROLES, &self.name, self)
    }

    pub(super) fn id(&self) -> String {
        role_id(&self.arn)
    }

    /// As `ListRoles` shows it: without its tags and its boundary.
    fn show_listed(&self) -> Value {
        json!({
            "Path": self.path,
            "RoleName": self.name,
            "RoleId": self.id(),
            "Arn": self.arn,
            "CreateDate": timestamp::iso8601(self.created_ms),
            "AssumeRolePolicyDocument": document::encoded(&self.trust),
            "Description": self.description,
            "MaxSessionDuration": self.max_session_s,
        })
    }

    fn show(&self) -> Value {
        let boundary = self
            .boundary
            .as_ref()
            .map(|arn| json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}));
        let mut shown = self.show_listed();
        shown["PermissionsBoundary"] = json!(boundary);
        shown["Tags"] = tags::show(&self.tags);
        shown
    }
}

/// The role of this name.
///
/// # Errors
/// `NoSuchEntity` (404).
pub(super) fn require(call: &Call<'_>, tx: &Tx<'_>, name: &str) -> Result<Role, ServiceError> {
    name::check("roleName", name, 64)?;
    tx.get(&scope(call), ROLES, name)?
        .ok_or_else(|| error::no_such(format!("The role with name {name} cannot be found.")))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateInput {
    #[serde(default)]
    role_name: String,
    path: Option<String>,
    #[serde(default)]
    assume_role_policy_document: String,
    description: Option<String>,
    #[serde(default, deserialize_with = "rest_json::from_text")]
    max_session_duration: Option<i64>,
    permissions_boundary: Option<String>,
    #[serde(default, deserialize_with = "query::list")]
    tags: Vec<Tag>,
}

/// `CreateRole`. Names are unique in the account, without regard to case.
pub(super) fn create(
    input: CreateInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    name::check("roleName", &input.role_name, 64)?;
    let path = input.path.unwrap_or_else(|| "/".to_owned());
    name::check_path(&path)?;
    check_description(input.description.as_deref())?;
    check_trust(&input.assume_role_policy_document)?;
    let role = Role {
        arn: format!(
            "arn:aws:iam::{}:role{path}{}",
            call.scope.account, input.role_name
        ),
        path,
        created_ms: call.now_ms,
        description: input.description,
        max_session_s: check_duration(input.max_session_duration)?,
        trust: input.assume_role_policy_document,
        boundary: input.permissions_boundary,
        inline: BTreeMap::new(),
        attached: Vec::new(),
        tags: tags::collect(input.tags)?,
        name: input.role_name,
    };
    let folded = role.name.to_ascii_lowercase();
    if !tx.insert(&scope(call), NAMES, &folded, &role.name)? {
        return Err(error::exists(format!(
            "Role with name {} already exists.",
            role.name
        )));
    }
    role.save(call, tx)?;
    tombstone::lift(tx, &scope(call), &role.arn)?;
    Ok(json!({"Role": role.show()}))
}

fn check_duration(wanted: Option<i64>) -> Result<i64, ServiceError> {
    let seconds = wanted.unwrap_or(3_600);
    let mut constraints = Constraints::new();
    constraints.range("maxSessionDuration", Some(seconds), 3_600, 43_200);
    constraints.check("ValidationError")?;
    Ok(seconds)
}

fn check_description(description: Option<&str>) -> Result<(), ServiceError> {
    let mut constraints = Constraints::new();
    constraints.length("description", description, 0, 1_000);
    constraints.check("ValidationError")
}

fn check_trust(text: &str) -> Result<(), ServiceError> {
    /// Without white space, the quota's default.
    const LONGEST: usize = 2_048;
    document::check(text, Kind::Trust)?;
    match document::size(text) > LONGEST {
        true => Err(error::limit(format!(
            "Cannot exceed quota for ACLSizePerRole: {LONGEST}"
        ))),
        false => Ok(()),
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OneRole {
    #[serde(default)]
    pub(super) role_name: String,
}

/// A role, and which page of what it has.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PagedRole {
    #[serde(default)]
    pub(super) role_name: String,
    marker: Option<String>,
    #[serde(default, deserialize_with = "rest_json::from_text")]
    max_items: Option<i64>,
}

impl PagedRole {
    /// The page, and the marker of the next.
    pub(super) fn slice<T>(
        &self,
        list: &str,
        items: Vec<T>,
    ) -> Result<(Vec<T>, Option<String>), ServiceError> {
        let limit = name::page_size(self.max_items)?;
        let list = format!("{list}/{}", self.role_name);
        paging::slice(
            &list,
            items,
            self.marker.as_deref(),
            limit,
            error::bad_marker,
        )
    }
}

/// `GetRole`.
pub(super) fn get(input: OneRole, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    Ok(json!({"Role": require(call, tx, &input.role_name)?.show()}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListInput {
    path_prefix: Option<String>,
    marker: Option<String>,
    #[serde(default, deserialize_with = "rest_json::from_text")]
    max_items: Option<i64>,
}

/// `ListRoles`, by name; tags and boundaries are for `GetRole`.
pub(super) fn list(input: ListInput, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let prefix = input.path_prefix.unwrap_or_else(|| "/".to_owned());
    let (roles, marker) = paging::page(
        tx,
        Listing {
            scope: &scope(call),
            collection: ROLES,
            prefix: "",
        },
        input.marker.as_deref(),
        name::page_size(input.max_items)?,
        error::bad_marker,
        |role: &Role| role.path.starts_with(&prefix),
    )?;
    Ok(json!({
        "Roles": roles.iter().map(Role::show_listed).collect::<Vec<_>>(),
        "IsTruncated": marker.is_some(),
        "Marker": marker,
    }))
}

/// `DeleteRole`: refused while it has policies. A tombstone says that the role was there.
pub(super) fn delete(input: OneRole, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let role = require(call, tx, &input.role_name)?;
    if !role.attached.is_empty() {
        return Err(error::conflict(
            "Cannot delete entity, must detach all policies first.",
        ));
    }
    if !role.inline.is_empty() {
        return Err(error::conflict(
            "Cannot delete entity, must delete policies first.",
        ));
    }
    tx.delete(&scope(call), ROLES, &role.name)?;
    tx.delete(&scope(call), NAMES, &role.name.to_ascii_lowercase())?;
    tombstone::lay(tx, &scope(call), &role.arn, call.now_ms)?;
    Ok(Value::Null)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UpdateInput {
    #[serde(default)]
    role_name: String,
    description: Option<String>,
    #[serde(default, deserialize_with = "rest_json::from_text")]
    max_session_duration: Option<i64>,
}

/// `UpdateRole`, and `UpdateRoleDescription`, which answers with the role.
pub(super) fn update(
    input: UpdateInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut role = require(call, tx, &input.role_name)?;
    check_description(input.description.as_deref())?;
    if let Some(description) = input.description {
        role.description = Some(description);
    }
    if input.max_session_duration.is_some() {
        role.max_session_s = check_duration(input.max_session_duration)?;
    }
    role.save(call, tx)?;
    Ok(match call.operation.as_str() {
        "UpdateRoleDescription" => json!({"Role": role.show()}),
        _ => json!({}),
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TrustInput {
    #[serde(default)]
    role_name: String,
    #[serde(default)]
    policy_document: String,
}

/// `UpdateAssumeRolePolicy`.
pub(super) fn update_trust(
    input: TrustInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut role = require(call, tx, &input.role_name)?;
    check_trust(&input.policy_document)?;
    role.trust = input.policy_document;
    role.save(call, tx)?;
    Ok(Value::Null)
}

/// `ListInstanceProfilesForRole`: there are none here.
pub(super) fn instance_profiles(
    input: OneRole,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    require(call, tx, &input.role_name)?;
    Ok(json!({"InstanceProfiles": [], "IsTruncated": false}))
}
