//! Which shares reach an account: an index in the scope of each account, organization and
//! organizational unit, by the share's ARN.

use super::association::{self, Association, Kind};
use super::consumer::Consumer;
use super::share::{self, Share};
use super::standing::Status;
use crate::error::ServiceError;
use crate::services::organizations::Membership;
use crate::store::{Scope, Tx};

const RECEIVED: &str = "ram.received";

/// Enters the share under its principal. The entry stays when the principal goes: its association
/// says so. A key is the share's ARN, and the principal behind a blank.
pub(super) fn record(tx: &Tx<'_>, share: &Share, consumer: &Consumer) -> Result<(), ServiceError> {
    let key = format!("{} {}", share.arn(), consumer.entity());
    tx.put(
        &index(consumer.receiver(), &share.region),
        RECEIVED,
        &key,
        &(),
    )
}

fn index(receiver: &str, region: &str) -> Scope {
    Scope {
        account: receiver.to_owned(),
        region: region.to_owned(),
    }
}

/// In whose name shares reach an account: its own, its organization's, its units'.
pub(super) fn receivers(tx: &Tx<'_>, account: &str) -> Result<Vec<String>, ServiceError> {
    let mut receivers = vec![account.to_owned()];
    if let Some(membership) = Membership::of(tx, account)? {
        receivers.push(membership.organization);
        receivers.extend(membership.units);
    }
    Ok(receivers)
}

/// The shares that reach the account in the region, each with the principal by which it does and
/// that principal's status. A share that does so in two ways comes twice.
pub(super) fn by(
    tx: &Tx<'_>,
    scope: &Scope,
    now_ms: i64,
) -> Result<Vec<(Share, Association, Status)>, ServiceError> {
    let mut found = Vec::new();
    for receiver in receivers(tx, &scope.account)? {
        let index = index(&receiver, &scope.region);
        let keys: Vec<(String, ())> = tx.scan(&index, RECEIVED, "", None, usize::MAX)?;
        for (key, ()) in keys {
            let Some((arn, entity)) = key.split_once(' ') else {
                continue;
            };
            let share = share::find(tx, arn)?;
            let principal = association::find(tx, Kind::Principal, &share, entity)?;
            if let Some(principal) = principal
                && principal.is_shown(now_ms)
                && share.is_shown(now_ms)
            {
                let status = principal.standing(tx, &share, now_ms)?.status;
                found.push((share, principal, status));
            }
        }
    }
    Ok(found)
}
