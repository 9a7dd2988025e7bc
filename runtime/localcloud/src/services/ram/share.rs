//! Resource shares, in their owner's account and region under the id in their ARN.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::error;
use crate::error::ServiceError;
use crate::identity::is_account;
use crate::protocol::timestamp::epoch_seconds;
use crate::store::{Scope, Tx};

pub(super) const SHARES: &str = "ram.shares";
/// How long what has ended is still shown: two hours.
pub(super) const SHOWN_MS: i64 = 2 * 3_600_000;

/// Who made a share, which decides how long its invitations are good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Maker {
    /// `CreateResourceShare`.
    Customer,
    /// A grant of Lake Formation.
    LakeFormation,
}

impl Maker {
    /// An invitation that nobody answers lapses after this many milliseconds: 12 hours for Lake
    /// Formation's shares, 7 days for others.
    pub(super) fn lapse_ms(self) -> i64 {
        match self {
            Self::LakeFormation => 12 * 3_600_000,
            Self::Customer => 7 * 24 * 3_600_000,
        }
    }
}

/// A resource share.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Share {
    pub(super) id: String,
    pub(super) owner: String,
    pub(super) region: String,
    pub(super) name: String,
    pub(super) maker: Maker,
    pub(super) allow_external: bool,
    /// Whether an account keeps what it has when it leaves the organization.
    pub(super) retain_on_leave: bool,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) created_ms: i64,
    pub(super) updated_ms: i64,
    /// When it is `ACTIVE`.
    pub(super) active_ms: i64,
    pub(super) deletion: Option<Ended>,
}

/// An end that takes a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Ended {
    /// When it was asked for.
    pub(super) at_ms: i64,
    /// When it is done.
    pub(super) done_ms: i64,
}

impl Share {
    pub(super) fn scope(&self) -> Scope {
        Scope {
            account: self.owner.clone(),
            region: self.region.clone(),
        }
    }

    pub(super) fn arn(&self) -> String {
        format!(
            "arn:aws:ram:{}:{}:resource-share/{}",
            self.region, self.owner, self.id
        )
    }

    pub(super) fn save(&self, tx: &Tx<'_>) -> Result<(), ServiceError> {
        tx.put(&self.scope(), SHARES, &self.id, self)
    }

    pub(super) fn status(&self, now_ms: i64) -> &'static str {
        match self.deletion {
            Some(ended) if now_ms >= ended.done_ms => "DELETED",
            Some(_) => "DELETING",
            None if now_ms >= self.active_ms => "ACTIVE",
            None => "PENDING",
        }
    }

    /// Whether lists still show it.
    pub(super) fn is_shown(&self, now_ms: i64) -> bool {
        self.deletion
            .is_none_or(|ended| now_ms < ended.done_ms + SHOWN_MS)
    }

    /// `ResourceShare`.
    pub(super) fn show(&self, now_ms: i64) -> Value {
        let tags: Vec<Value> = self
            .tags
            .iter()
            .map(|(key, value)| json!({"key": key, "value": value}))
            .collect();
        json!({
            "resourceShareArn": self.arn(),
            "name": self.name,
            "owningAccountId": self.owner,
            "allowExternalPrincipals": self.allow_external,
            "status": self.status(now_ms),
            "tags": tags,
            "creationTime": epoch_seconds(self.created_ms),
            "lastUpdatedTime": epoch_seconds(self.updated_ms),
            "featureSet": "STANDARD",
            "resourceShareConfiguration": {
                "retainSharingOnAccountLeaveOrganization": self.retain_on_leave,
            },
        })
    }
}

/// Owner, region and id of `arn:aws:ram:<region>:<owner>:<kind>/<id>`.
///
/// # Errors
/// `MalformedArnException`.
pub(super) fn parse_arn(kind: &str, arn: &str) -> Result<(Scope, String), ServiceError> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let [_, _, "ram", region, account, resource] = parts.as_slice() else {
        return Err(error::malformed(arn));
    };
    let id = resource
        .strip_prefix(kind)
        .and_then(|rest| rest.strip_prefix('/'))
        .filter(|id| !id.is_empty() && is_account(account))
        .ok_or_else(|| error::malformed(arn))?;
    let scope = Scope {
        account: (*account).to_owned(),
        region: (*region).to_owned(),
    };
    Ok((scope, id.to_owned()))
}

/// The share of this ARN, ended ones included.
///
/// # Errors
/// `MalformedArnException`, `UnknownResourceException`.
pub(super) fn find(tx: &Tx<'_>, arn: &str) -> Result<Share, ServiceError> {
    let (scope, id) = parse_arn("resource-share", arn)?;
    tx.get(&scope, SHARES, &id)?
        .ok_or_else(|| error::unknown("ResourceShare", arn))
}

/// A share that the account owns in the region of the request, and that nobody has deleted.
///
/// # Errors
/// `MalformedArnException`; `UnknownResourceException`; `OperationNotPermittedException` for
/// another's.
pub(super) fn require_own(scope: &Scope, tx: &Tx<'_>, arn: &str) -> Result<Share, ServiceError> {
    let share = find(tx, arn)?;
    if share.scope() != *scope {
        return Err(error::not_permitted(format!(
            "You don't own the resource share {arn}."
        )));
    }
    if share.deletion.is_some() {
        return Err(error::unknown("ResourceShare", arn));
    }
    Ok(share)
}
