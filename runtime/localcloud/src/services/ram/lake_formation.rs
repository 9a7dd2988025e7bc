//! The shares that Lake Formation makes of its own accord when it grants to another account.
//!
//! For each owner, region and principal there are two: one holds databases, the other tables. A
//! table's database is always shared with it. So the first table that an account outside the
//! organization is granted brings two invitations, and later tables bring none. A share whose last
//! resource goes is deleted, and the next grant starts over.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::admit::{self, delay_ms};
use super::association::{self, Kind};
use super::consumer::Consumer;
use super::share::{Maker, SHARES, Share};
use super::standing::Status;
use super::{error, received};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::organizations::is_closed;
use crate::store::{Scope, Tx};

/// The two shares of a principal, by `receiver/holding`.
const OWNED: &str = "ram.lake_formation";
/// Databases that are shared for themselves, and not only with a table, by `receiver/ARN`.
const DIRECT: &str = "ram.lake_formation_direct";

/// Which share it is.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Entry {
    share: String,
    principal: String,
}

/// What a share holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holding {
    Databases,
    Tables,
}

impl Holding {
    fn key(self, receiver: &str) -> String {
        match self {
            Self::Databases => format!("{receiver}/databases"),
            Self::Tables => format!("{receiver}/tables"),
        }
    }
}

/// Where a resource's association is kept: the holding and the ARN.
type Place = (Holding, String);

/// `arn:aws:glue:…:table/<database>/<table>` needs its database too; a database or a catalog
/// stands alone.
fn places(arn: &str) -> Result<Vec<Place>, ServiceError> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", _, "glue", _, _, resource] = parts.as_slice() else {
        return Err(error::malformed(arn));
    };
    let path: Vec<&str> = resource.split('/').collect();
    match path.as_slice() {
        ["catalog"] | ["database", _] => Ok(vec![(Holding::Databases, arn.to_owned())]),
        ["table", database, _] => Ok(vec![
            (Holding::Databases, database_arn(&parts, database)),
            (Holding::Tables, arn.to_owned()),
        ]),
        _ => Err(error::malformed(arn)),
    }
}

fn database_arn(parts: &[&str], database: &str) -> String {
    let head = parts.get(..5).unwrap_or_default().join(":");
    format!("{head}:database/{database}")
}

/// Shares Glue resources (`arn:aws:glue:<region>:<owner>:catalog`, `…:database/<database>`,
/// `…:table/<database>/<table>`, also `…/*`) of `owner` with `consumer`; `version` is the owner's
/// `CROSS_ACCOUNT_VERSION` and stands in the shares' names. What is shared stays as it is; where the
/// invitation lapsed or was rejected, a new one is sent.
///
/// Source: Lake Formation `GrantPermissions` to a principal of another account. All or nothing,
/// within the caller's transaction.
///
/// # Errors
/// `MalformedArnException`; `OperationNotPermittedException` for an organization that does not
/// share; `UnknownResourceException` for an organization or a unit that is not the owner's.
pub(crate) fn share(
    tx: &Tx<'_>,
    call: &Call<'_>,
    owner: &Scope,
    consumer: &Consumer,
    version: u8,
    resource_arns: &[String],
) -> Result<(), ServiceError> {
    let consumer = &whole_account(consumer);
    let receiver = consumer.receiver();
    for arn in resource_arns {
        for (holding, place) in places(arn)? {
            let share = match find(tx, owner, receiver, holding)? {
                Some((share, _)) => share,
                None => create(tx, call, owner, consumer, version, holding)?,
            };
            admit::resource(tx, call, &share, &place)?;
            admit::principal(tx, call, &share, consumer)?;
            if holding == Holding::Databases && place == *arn {
                tx.put(owner, DIRECT, &direct(receiver, arn), &())?;
            }
        }
    }
    Ok(())
}

/// A grant to one role or user is shared with its whole account: Lake Formation itself keeps the
/// others of the account out.
fn whole_account(consumer: &Consumer) -> Consumer {
    match consumer {
        Consumer::Identity { account, .. } => Consumer::Account(account.clone()),
        other => other.clone(),
    }
}

fn direct(receiver: &str, arn: &str) -> String {
    format!("{receiver}/{arn}")
}

fn create(
    tx: &Tx<'_>,
    call: &Call<'_>,
    owner: &Scope,
    consumer: &Consumer,
    version: u8,
    holding: Holding,
) -> Result<Share, ServiceError> {
    let id = call.cloud.uuid();
    let share = Share {
        name: format!("LakeFormation-V{version}-{}", call.cloud.upper(10)),
        id,
        owner: owner.account.clone(),
        region: owner.region.clone(),
        maker: Maker::LakeFormation,
        allow_external: true,
        retain_on_leave: false,
        tags: BTreeMap::new(),
        created_ms: call.now_ms,
        updated_ms: call.now_ms,
        active_ms: call.now_ms + delay_ms(call),
        deletion: None,
    };
    share.save(tx)?;
    let entry = Entry {
        share: share.id.clone(),
        principal: consumer.entity().to_owned(),
    };
    tx.put(owner, OWNED, &holding.key(consumer.receiver()), &entry)?;
    Ok(share)
}

/// The live share, and its principal. One that its owner deleted by hand is none.
fn find(
    tx: &Tx<'_>,
    owner: &Scope,
    receiver: &str,
    holding: Holding,
) -> Result<Option<(Share, String)>, ServiceError> {
    let Some(entry) = tx.get::<Entry>(owner, OWNED, &holding.key(receiver))? else {
        return Ok(None);
    };
    let share: Option<Share> = tx.get(owner, SHARES, &entry.share)?;
    Ok(share
        .filter(|share| share.deletion.is_none())
        .map(|share| (share, entry.principal)))
}

/// Takes resources out of what `owner` shares with `consumer`. A table's database goes with the
/// last of its tables, unless it was shared for itself. What is not shared is no error: a revoke may
/// be repeated.
///
/// Source: Lake Formation `RevokePermissions`, with the last grant on a resource.
///
/// # Errors
/// `MalformedArnException`.
pub(crate) fn unshare(
    tx: &Tx<'_>,
    call: &Call<'_>,
    owner: &Scope,
    consumer: &Consumer,
    resource_arns: &[String],
) -> Result<(), ServiceError> {
    let consumer = whole_account(consumer);
    let receiver = consumer.receiver();
    for arn in resource_arns {
        tx.delete(owner, DIRECT, &direct(receiver, arn))?;
        for (holding, place) in places(arn)?.into_iter().rev() {
            let Some((mut share, _)) = find(tx, owner, receiver, holding)? else {
                continue;
            };
            if holding == Holding::Databases && is_needed(tx, owner, receiver, &place)? {
                continue;
            }
            admit::remove(tx, call, &share, Kind::Resource, &place)?;
            if !association::has_any(tx, Kind::Resource, &share, "")? {
                admit::delete(tx, call, &mut share)?;
            }
        }
    }
    Ok(())
}

/// Whether the database was shared for itself, or still has a shared table.
fn is_needed(
    tx: &Tx<'_>,
    owner: &Scope,
    receiver: &str,
    database_arn: &str,
) -> Result<bool, ServiceError> {
    if tx
        .get::<()>(owner, DIRECT, &direct(receiver, database_arn))?
        .is_some()
    {
        return Ok(true);
    }
    let Some((tables, _)) = find(tx, owner, receiver, Holding::Tables)? else {
        return Ok(false);
    };
    let prefix = database_arn.replacen(":database/", ":table/", 1) + "/";
    association::has_any(tx, Kind::Resource, &tables, &prefix)
}

/// Whether `consumer_account` has a resource of `owner` by Lake Formation's shares: given to the
/// account, to its organization or to one of its units, accepted where that takes an invitation, and
/// not suspended. A table needs its database too. The owner has its own.
///
/// # Errors
/// `MalformedArnException`.
pub(crate) fn is_associated(
    tx: &Tx<'_>,
    owner: &Scope,
    consumer_account: &str,
    resource_arn: &str,
    now_ms: i64,
) -> Result<bool, ServiceError> {
    if owner.account == consumer_account {
        return Ok(true);
    }
    if is_closed(tx, consumer_account)? {
        return Ok(false);
    }
    let receivers = received::receivers(tx, consumer_account)?;
    'places: for (holding, arn) in places(resource_arn)? {
        for receiver in &receivers {
            if is_held(tx, owner, receiver, holding, &arn, now_ms)? {
                continue 'places;
            }
        }
        return Ok(false);
    }
    Ok(true)
}

fn is_held(
    tx: &Tx<'_>,
    owner: &Scope,
    receiver: &str,
    holding: Holding,
    arn: &str,
    now_ms: i64,
) -> Result<bool, ServiceError> {
    let Some((share, principal)) = find(tx, owner, receiver, holding)? else {
        return Ok(false);
    };
    for (kind, entity) in [(Kind::Resource, arn), (Kind::Principal, &principal)] {
        let Some(association) = association::find(tx, kind, &share, entity)? else {
            return Ok(false);
        };
        if association.standing(tx, &share, now_ms)?.status != Status::Associated {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests;
