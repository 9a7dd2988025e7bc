//! Which roles a managed policy is attached to.
//!
//! Documents: `iam.attachments`, `<policy's ARN>\n<role>`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::role::Role;
use super::{error, managed, name, scope};
use crate::error::ServiceError;
use crate::protocol::rest_json;
use crate::request::Call;
use crate::services::paging::{self, Listing};
use crate::store::Tx;

const ATTACHMENTS: &str = "iam.attachments";

fn below(arn: &str) -> String {
    format!("{arn}\n")
}

/// Notes that a policy was attached.
pub(super) fn note(
    call: &Call<'_>,
    tx: &Tx<'_>,
    arn: &str,
    role: &Role,
) -> Result<(), ServiceError> {
    let key = format!("{}{}", below(arn), role.name);
    tx.put(&scope(call), ATTACHMENTS, &key, &role.name)
}

/// Notes that it was detached.
pub(super) fn strike(
    call: &Call<'_>,
    tx: &Tx<'_>,
    arn: &str,
    role: &Role,
) -> Result<(), ServiceError> {
    let key = format!("{}{}", below(arn), role.name);
    tx.delete(&scope(call), ATTACHMENTS, &key).map(drop)
}

/// How many roles have the policy.
pub(super) fn count(call: &Call<'_>, tx: &Tx<'_>, arn: &str) -> Result<u64, ServiceError> {
    // `\u{b}` comes right behind `\n`.
    tx.count(
        &scope(call),
        ATTACHMENTS,
        &below(arn),
        &format!("{arn}\u{b}"),
    )
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListInput {
    #[serde(default)]
    policy_arn: String,
    entity_filter: Option<String>,
    marker: Option<String>,
    #[serde(default, deserialize_with = "rest_json::from_text")]
    max_items: Option<i64>,
}

/// `ListEntitiesForPolicy`. There are no users and groups.
pub(super) fn list(input: ListInput, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let limit = name::page_size(input.max_items)?;
    if !managed::is_of_aws(&input.policy_arn) {
        managed::require(call, tx, &input.policy_arn)?;
    }
    let wants_roles = match input.entity_filter.as_deref() {
        None | Some("Role") => true,
        Some("User" | "Group" | "LocalManagedPolicy" | "AWSManagedPolicy") => false,
        Some(other) => return Err(error::validation(format!("Unknown entity filter {other}."))),
    };
    let (names, marker): (Vec<String>, _) = paging::page(
        tx,
        Listing {
            scope: &scope(call),
            collection: ATTACHMENTS,
            prefix: &below(&input.policy_arn),
        },
        input.marker.as_deref(),
        limit,
        error::bad_marker,
        |_| wants_roles,
    )?;
    let mut roles = Vec::new();
    for name in names {
        let role = super::role::require(call, tx, &name)?;
        roles.push(json!({"RoleName": role.name, "RoleId": role.id()}));
    }
    Ok(json!({
        "PolicyRoles": roles,
        "PolicyUsers": [],
        "PolicyGroups": [],
        "IsTruncated": marker.is_some(),
        "Marker": marker,
    }))
}
