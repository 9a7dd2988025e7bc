//! `AssociateResourceShare` and `DisassociateResourceShare`. All of a request is done, or nothing.

use serde::Deserialize;
use serde_json::{Value, json};

use super::association::{self, Admission, Association, Kind};
use super::consumer::Consumer;
use super::share::{self, Share};
use super::{admit, error, idempotency};
use crate::error::ServiceError;
use crate::request::Call;
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    #[serde(default)]
    resource_share_arn: String,
    #[serde(default)]
    resource_arns: Vec<String>,
    #[serde(default)]
    principals: Vec<String>,
    client_token: Option<String>,
}

impl Input {
    fn check(&self) -> Result<(), ServiceError> {
        if self.resource_arns.is_empty() && self.principals.is_empty() {
            return Err(error::invalid(
                "You must specify at least one resource ARN or principal.",
            ));
        }
        Ok(())
    }
}

/// `AssociateResourceShare`. What is in the share already stays as it is; a principal whose
/// invitation lapsed or was rejected is invited again.
pub(super) fn associate(input: Input, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    idempotency::once(call, tx, input.client_token.as_deref(), || {
        input.check()?;
        let share = share::require_own(&call.scope, tx, &input.resource_share_arn)?;
        let mut shown = Vec::new();
        for arn in &input.resource_arns {
            let association = admit::resource(tx, call, &share, arn)?;
            shown.push(show(tx, call, Kind::Resource, &share, &association)?);
        }
        for principal in &input.principals {
            let consumer = Consumer::parse(principal)?;
            let association = admit::principal(tx, call, &share, &consumer)?;
            shown.push(show(tx, call, Kind::Principal, &share, &association)?);
        }
        Ok(json!({"resourceShareAssociations": shown}))
    })
}

/// `DisassociateResourceShare`, by the owner; or by a principal that was invited, which leaves the
/// share by naming itself.
pub(super) fn disassociate(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    idempotency::once(call, tx, input.client_token.as_deref(), || {
        input.check()?;
        let found = share::find(tx, &input.resource_share_arn)?;
        let share = if leaves(&input, &found, call, tx)? {
            found
        } else {
            share::require_own(&call.scope, tx, &input.resource_share_arn)?
        };
        let mut shown = Vec::new();
        for (kind, entities) in [
            (Kind::Resource, &input.resource_arns),
            (Kind::Principal, &input.principals),
        ] {
            for entity in entities {
                let association = admit::remove(tx, call, &share, kind, entity)?
                    .ok_or_else(|| error::unknown("Association with", entity))?;
                shown.push(show(tx, call, kind, &share, &association)?);
            }
        }
        Ok(json!({"resourceShareAssociations": shown}))
    })
}

fn leaves(
    input: &Input,
    share: &Share,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<bool, ServiceError> {
    let account = &call.scope.account;
    if share.owner == *account
        || !input.resource_arns.is_empty()
        || input.principals != [account.clone()]
    {
        return Ok(false);
    }
    let own = association::find(tx, Kind::Principal, share, account)?;
    Ok(own.is_some_and(|own| matches!(own.admission, Admission::Invited { .. })))
}

fn show(
    tx: &Tx<'_>,
    call: &Call<'_>,
    kind: Kind,
    share: &Share,
    association: &Association,
) -> Result<Value, ServiceError> {
    let standing = association.standing(tx, share, call.now_ms)?;
    Ok(association.show(kind, share, standing))
}
