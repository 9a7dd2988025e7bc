//! `GetResourceShares`: those that the caller owns, or those that reach it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::page::page;
use super::share::{self, SHARES, Share};
use super::standing::Status;
use super::{error, received};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::paging::{self, Listing};
use crate::store::{Scope, Tx};

/// Whose shares: `resourceOwner` of the lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Own,
    Received,
}

impl Side {
    /// # Errors
    /// `InvalidParameterException`.
    pub(super) fn parse(text: Option<&str>) -> Result<Self, ServiceError> {
        match text {
            Some("SELF") => Ok(Self::Own),
            Some("OTHER-ACCOUNTS") => Ok(Self::Received),
            _ => Err(error::invalid(
                "ResourceOwner must be SELF or OTHER-ACCOUNTS.",
            )),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    #[serde(default)]
    resource_share_arns: Vec<String>,
    resource_share_status: Option<String>,
    resource_owner: Option<String>,
    name: Option<String>,
    #[serde(default)]
    tag_filters: Vec<TagFilter>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TagFilter {
    tag_key: String,
    #[serde(default)]
    tag_values: Vec<String>,
}

impl TagFilter {
    fn fits(&self, tags: &BTreeMap<String, String>) -> bool {
        tags.get(&self.tag_key)
            .is_some_and(|value| self.tag_values.is_empty() || self.tag_values.contains(value))
    }
}

pub(super) fn get_resource_shares(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let side = Side::parse(input.resource_owner.as_deref())?;
    let shares = select(tx, call, side, &input.resource_share_arns)?;
    let shown = shares
        .into_iter()
        .filter(|share| {
            let status = share.status(call.now_ms);
            input.name.as_ref().is_none_or(|name| *name == share.name)
                && input
                    .resource_share_status
                    .as_deref()
                    .is_none_or(|wanted| wanted == status)
                && input.tag_filters.iter().all(|tag| tag.fits(&share.tags))
        })
        .map(|share| {
            let mut shown = share.show(call.now_ms);
            if side == Side::Received
                && let Some(members) = shown.as_object_mut()
            {
                members.remove("tags");
            }
            shown
        })
        .collect();
    page(
        "resourceShares",
        shown,
        input.max_results,
        input.next_token.as_deref(),
    )
}

/// The shares of one side, by ARN; only these ARNs, if any are given.
///
/// # Errors
/// `MalformedArnException`, `UnknownResourceException` for an ARN that nobody made.
pub(super) fn select(
    tx: &Tx<'_>,
    call: &Call<'_>,
    side: Side,
    arns: &[String],
) -> Result<Vec<Share>, ServiceError> {
    for arn in arns {
        share::find(tx, arn)?;
    }
    let mut shares = match side {
        Side::Own => own(tx, &call.scope, call.now_ms)?,
        Side::Received => received::by(tx, &call.scope, call.now_ms)?
            .into_iter()
            .filter(|(_, _, status)| *status == Status::Associated)
            .map(|(share, _, _)| share)
            .collect(),
    };
    shares.retain(|share| arns.is_empty() || arns.contains(&share.arn()));
    shares.sort_by_key(Share::arn);
    shares.dedup_by_key(|share| share.arn());
    Ok(shares)
}

fn own(tx: &Tx<'_>, scope: &Scope, now_ms: i64) -> Result<Vec<Share>, ServiceError> {
    let mut shares: Vec<Share> = paging::all(
        tx,
        Listing {
            scope,
            collection: SHARES,
            prefix: "",
        },
    )?;
    shares.retain(|share| share.is_shown(now_ms));
    Ok(shares)
}
