//! What and who belongs to a share, in the share's scope under `share/entity`. Its status is derived:
//! see `standing`.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::share::{Ended, SHOWN_MS, Share};
use super::standing::Standing;
use crate::error::ServiceError;
use crate::protocol::timestamp::epoch_seconds;
use crate::services::paging::{self, Listing};
use crate::store::Tx;

/// Principals or resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Principal,
    Resource,
}

impl Kind {
    fn collection(self) -> &'static str {
        match self {
            Self::Principal => "ram.principals",
            Self::Resource => "ram.resources",
        }
    }

    /// Those that have ended are kept apart, so that what is there is found without reading them.
    fn ended(self) -> &'static str {
        match self {
            Self::Principal => "ram.ended_principals",
            Self::Resource => "ram.ended_resources",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Principal => "PRINCIPAL",
            Self::Resource => "RESOURCE",
        }
    }
}

/// How an entity comes into a share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Admission {
    /// A resource: its owner put it there.
    Owned,
    /// Without invitation, as long as owner and principal are in this organization.
    Organization(String),
    /// By an invitation to this account.
    Invited {
        receiver: String,
        invitation: String,
    },
}

/// An entity in a share.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Association {
    /// A resource's ARN, or a principal.
    pub(super) entity: String,
    pub(super) admission: Admission,
    /// Whether the principal is outside the owner's organization.
    pub(super) external: bool,
    pub(super) created_ms: i64,
    pub(super) updated_ms: i64,
    /// When it is in force; by an invitation, not before that was accepted and has settled.
    pub(super) settles_ms: i64,
    pub(super) end: Option<Ended>,
}

impl Association {
    /// Whether lists still show it.
    pub(super) fn is_shown(&self, now_ms: i64) -> bool {
        self.end
            .is_none_or(|end| now_ms < end.done_ms.saturating_add(SHOWN_MS))
    }

    pub(super) fn save(&self, tx: &Tx<'_>, kind: Kind, share: &Share) -> Result<(), ServiceError> {
        let (scope, key) = (share.scope(), key(share, &self.entity));
        let (here, there) = if self.end.is_some() {
            (kind.ended(), kind.collection())
        } else {
            (kind.collection(), kind.ended())
        };
        tx.delete(&scope, there, &key)?;
        tx.put(&scope, here, &key, self)
    }

    /// `ResourceShareAssociation`.
    pub(super) fn show(&self, kind: Kind, share: &Share, standing: Standing) -> Value {
        let mut shown = json!({
            "resourceShareArn": share.arn(),
            "resourceShareName": share.name,
            "associatedEntity": self.entity,
            "associationType": kind.name(),
            "status": standing.status.name(),
            "creationTime": epoch_seconds(self.created_ms),
            "lastUpdatedTime": epoch_seconds(self.updated_ms),
            "external": self.external,
        });
        if let Some(message) = standing.message {
            shown["statusMessage"] = Value::from(message);
        }
        shown
    }
}

fn key(share: &Share, entity: &str) -> String {
    format!("{}/{entity}", share.id)
}

/// The entity in the share, or what is known of its end.
pub(super) fn find(
    tx: &Tx<'_>,
    kind: Kind,
    share: &Share,
    entity: &str,
) -> Result<Option<Association>, ServiceError> {
    let (scope, key) = (share.scope(), key(share, entity));
    match tx.get(&scope, kind.collection(), &key)? {
        Some(association) => Ok(Some(association)),
        None => tx.get(&scope, kind.ended(), &key),
    }
}

/// All of a share, by entity: what is there, then what has ended.
pub(super) fn of_share(
    tx: &Tx<'_>,
    kind: Kind,
    share: &Share,
) -> Result<Vec<Association>, ServiceError> {
    let scope = share.scope();
    let prefix = key(share, "");
    let mut all = Vec::new();
    for collection in [kind.collection(), kind.ended()] {
        let listing = Listing {
            scope: &scope,
            collection,
            prefix: &prefix,
        };
        all.extend(paging::all::<Association>(tx, listing)?);
    }
    Ok(all)
}

/// Whether an entity that starts with `prefix` is in the share.
pub(super) fn has_any(
    tx: &Tx<'_>,
    kind: Kind,
    share: &Share,
    prefix: &str,
) -> Result<bool, ServiceError> {
    let prefix = key(share, prefix);
    let found: Vec<(String, Association)> =
        tx.scan(&share.scope(), kind.collection(), &prefix, None, 1)?;
    Ok(!found.is_empty())
}
