//! `ListPrincipals`: with whom the caller shares, or who shares with it.

use serde::Deserialize;
use serde_json::{Value, json};

use super::association::{self, Association, Kind};
use super::get_resource_shares::{Side, select};
use super::list_resources::{check_type, is_of};
use super::page::page;
use super::share::Share;
use crate::error::ServiceError;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::services::organizations::Membership;
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    resource_owner: Option<String>,
    resource_arn: Option<String>,
    #[serde(default)]
    principals: Vec<String>,
    resource_type: Option<String>,
    #[serde(default)]
    resource_share_arns: Vec<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

pub(super) fn list_principals(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let side = Side::parse(input.resource_owner.as_deref())?;
    check_type(input.resource_type.as_deref())?;
    let mut shown = Vec::new();
    for share in select(tx, call, side, &input.resource_share_arns)? {
        if !holds(tx, &share, &input)? {
            continue;
        }
        let principals = match side {
            Side::Own => own(tx, call, &share)?,
            Side::Received => vec![owner(tx, call, &share)?],
        };
        shown.extend(principals.into_iter().filter(|principal| {
            input.principals.is_empty()
                || principal["id"]
                    .as_str()
                    .is_some_and(|id| input.principals.iter().any(|wanted| wanted == id))
        }));
    }
    page(
        "principals",
        shown,
        input.max_results,
        input.next_token.as_deref(),
    )
}

/// Does the share hold the resource, or one of the type, that the request names?
fn holds(tx: &Tx<'_>, share: &Share, input: &Input) -> Result<bool, ServiceError> {
    if input.resource_arn.is_none() && input.resource_type.is_none() {
        return Ok(true);
    }
    for resource in association::of_share(tx, Kind::Resource, share)? {
        let named = input
            .resource_arn
            .as_ref()
            .is_none_or(|arn| *arn == resource.entity);
        if resource.end.is_none()
            && named
            && is_of(&resource.entity, input.resource_type.as_deref())?
        {
            return Ok(true);
        }
    }
    Ok(false)
}

fn own(tx: &Tx<'_>, call: &Call<'_>, share: &Share) -> Result<Vec<Value>, ServiceError> {
    let mut shown = Vec::new();
    for principal in association::of_share(tx, Kind::Principal, share)? {
        let standing = principal.standing(tx, share, call.now_ms)?;
        if standing.status.is_live() {
            shown.push(show(share, &principal));
        }
    }
    Ok(shown)
}

/// `Principal`.
fn show(share: &Share, principal: &Association) -> Value {
    json!({
        "id": principal.entity,
        "resourceShareArn": share.arn(),
        "creationTime": epoch_seconds(principal.created_ms),
        "lastUpdatedTime": epoch_seconds(principal.updated_ms),
        "external": principal.external,
    })
}

fn owner(tx: &Tx<'_>, call: &Call<'_>, share: &Share) -> Result<Value, ServiceError> {
    let organization = |account: &str| -> Result<Option<String>, ServiceError> {
        Ok(Membership::of(tx, account)?.map(|membership| membership.organization))
    };
    let own = organization(&call.scope.account)?;
    let together = own.is_some() && own == organization(&share.owner)?;
    Ok(json!({
        "id": share.owner,
        "resourceShareArn": share.arn(),
        "creationTime": epoch_seconds(share.created_ms),
        "lastUpdatedTime": epoch_seconds(share.updated_ms),
        "external": !together,
    }))
}
