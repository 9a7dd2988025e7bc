//! `ListResources`: what the caller shares, or what is shared with it.

use serde::Deserialize;
use serde_json::{Value, json};

use super::association::{self, Association, Kind};
use super::get_resource_shares::{Side, select};
use super::page::page;
use super::resource::{TYPES, type_of};
use super::share::Share;
use super::standing::Status;
use crate::error::ServiceError;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    resource_owner: Option<String>,
    principal: Option<String>,
    resource_type: Option<String>,
    #[serde(default)]
    resource_arns: Vec<String>,
    #[serde(default)]
    resource_share_arns: Vec<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

pub(super) fn list_resources(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let side = Side::parse(input.resource_owner.as_deref())?;
    check_type(input.resource_type.as_deref())?;
    let mut shown = Vec::new();
    for share in select(tx, call, side, &input.resource_share_arns)? {
        if !concerns(tx, &share, side, input.principal.as_deref(), call.now_ms)? {
            continue;
        }
        for resource in association::of_share(tx, Kind::Resource, &share)? {
            let named =
                input.resource_arns.is_empty() || input.resource_arns.contains(&resource.entity);
            if resource.end.is_none()
                && named
                && is_of(&resource.entity, input.resource_type.as_deref())?
            {
                shown.push(show(tx, call, &share, &resource)?);
            }
        }
    }
    page(
        "resources",
        shown,
        input.max_results,
        input.next_token.as_deref(),
    )
}

/// Does the share have this principal (own shares), or this owner (received ones)?
fn concerns(
    tx: &Tx<'_>,
    share: &Share,
    side: Side,
    principal: Option<&str>,
    now_ms: i64,
) -> Result<bool, ServiceError> {
    let Some(principal) = principal else {
        return Ok(true);
    };
    if side == Side::Received {
        return Ok(share.owner == principal);
    }
    match association::find(tx, Kind::Principal, share, principal)? {
        Some(found) => Ok(found.standing(tx, share, now_ms)?.status.is_live()),
        None => Ok(false),
    }
}

/// # Errors
/// `InvalidResourceTypeException`.
pub(super) fn check_type(wanted: Option<&str>) -> Result<(), ServiceError> {
    let Some(wanted) = wanted else {
        return Ok(());
    };
    if TYPES
        .iter()
        .any(|known| known.name.eq_ignore_ascii_case(wanted))
    {
        return Ok(());
    }
    Err(ServiceError::bad_request(
        "InvalidResourceTypeException",
        format!("The resource type {wanted} isn't valid: see ListResourceTypes."),
    ))
}

/// Is the resource of this type, whatever the case of its letters?
pub(super) fn is_of(arn: &str, wanted: Option<&str>) -> Result<bool, ServiceError> {
    let kind = type_of(arn)?;
    Ok(wanted.is_none_or(|wanted| kind.name.eq_ignore_ascii_case(wanted)))
}

/// `Resource`.
pub(super) fn show(
    tx: &Tx<'_>,
    call: &Call<'_>,
    share: &Share,
    resource: &Association,
) -> Result<Value, ServiceError> {
    let status = match resource.standing(tx, share, call.now_ms)?.status {
        Status::Associated => "AVAILABLE",
        Status::Associating => "PENDING",
        _ => "UNAVAILABLE",
    };
    Ok(json!({
        "arn": resource.entity,
        "type": type_of(&resource.entity)?.name,
        "resourceShareArn": share.arn(),
        "status": status,
        "creationTime": epoch_seconds(resource.created_ms),
        "lastUpdatedTime": epoch_seconds(resource.updated_ms),
        "resourceRegionScope": "REGIONAL",
    }))
}
