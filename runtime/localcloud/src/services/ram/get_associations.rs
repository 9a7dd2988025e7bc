//! `GetResourceShareAssociations` of the shares that the caller owns.

use serde::Deserialize;
use serde_json::Value;

use super::association::{self, Kind};
use super::error;
use super::get_resource_shares::{Side, select};
use super::page::page;
use crate::error::ServiceError;
use crate::request::Call;
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    association_type: Option<String>,
    #[serde(default)]
    resource_share_arns: Vec<String>,
    resource_arn: Option<String>,
    principal: Option<String>,
    association_status: Option<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

pub(super) fn get_associations(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let (kind, wanted, other) = match input.association_type.as_deref() {
        Some("PRINCIPAL") => (Kind::Principal, &input.principal, &input.resource_arn),
        Some("RESOURCE") => (Kind::Resource, &input.resource_arn, &input.principal),
        _ => {
            return Err(error::invalid(
                "AssociationType must be PRINCIPAL or RESOURCE.",
            ));
        }
    };
    if other.is_some() {
        return Err(error::invalid(
            "You can't filter principals by a resource, or resources by a principal.",
        ));
    }
    let mut shown = Vec::new();
    for share in select(tx, call, Side::Own, &input.resource_share_arns)? {
        let associations = match wanted {
            Some(entity) => association::find(tx, kind, &share, entity)?
                .into_iter()
                .collect(),
            None => association::of_share(tx, kind, &share)?,
        };
        for association in associations {
            let standing = association.standing(tx, &share, call.now_ms)?;
            let fits = input
                .association_status
                .as_deref()
                .is_none_or(|status| status == standing.status.name());
            if fits && association.is_shown(call.now_ms) {
                shown.push(association.show(kind, &share, standing));
            }
        }
    }
    page(
        "resourceShareAssociations",
        shown,
        input.max_results,
        input.next_token.as_deref(),
    )
}
