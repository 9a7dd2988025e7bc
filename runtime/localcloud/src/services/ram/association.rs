//! What and who belongs to a share, in the share's scope under `share/entity`.
//!
//! The status of an association is derived: from its own moments, the invitation that stands in
//! between, the organization that both sides are in, and whether their accounts are closed. So
//! nothing has to be written when time passes or an account leaves.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::consumer::Consumer;
use super::invitation::{self, Fate};
use super::share::{Ended, SHOWN_MS, Share};
use crate::error::ServiceError;
use crate::protocol::timestamp::epoch_seconds;
use crate::services::organizations::{Membership, closed};
use crate::services::paging::{self, Listing};
use crate::store::{Scope, Tx};

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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Associating,
    Associated,
    Failed,
    Disassociating,
    Disassociated,
    Suspending,
    Suspended,
}

impl Status {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Associating => "ASSOCIATING",
            Self::Associated => "ASSOCIATED",
            Self::Failed => "FAILED",
            Self::Disassociating => "DISASSOCIATING",
            Self::Disassociated => "DISASSOCIATED",
            Self::Suspending => "SUSPENDING",
            Self::Suspended => "SUSPENDED",
        }
    }

    /// Whether it is in the share, or on its way into it.
    pub(super) fn is_live(self) -> bool {
        !matches!(
            self,
            Self::Failed | Self::Disassociating | Self::Disassociated
        )
    }
}

/// A status, and why it is so if that is not plain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) status: Status,
    pub(super) message: Option<&'static str>,
}

impl From<Status> for Standing {
    fn from(status: Status) -> Self {
        Self {
            status,
            message: None,
        }
    }
}

impl Association {
    pub(super) fn standing(
        &self,
        tx: &Tx<'_>,
        share: &Share,
        now_ms: i64,
    ) -> Result<Standing, ServiceError> {
        if let Some(end) = self.end {
            let done = now_ms >= end.done_ms;
            return Ok(if done {
                Status::Disassociated.into()
            } else {
                Status::Disassociating.into()
            });
        }
        let settled = |at_ms: i64| {
            if now_ms >= at_ms {
                Status::Associated
            } else {
                Status::Associating
            }
        };
        let status = match &self.admission {
            Admission::Owned => return Ok(settled(self.settles_ms).into()),
            Admission::Organization(organization) => {
                if !self.is_inside(tx, share, organization)? {
                    return Ok(Standing {
                        status: Status::Disassociated,
                        message: Some("The account left the organization."),
                    });
                }
                settled(self.settles_ms)
            }
            Admission::Invited {
                receiver,
                invitation,
            } => {
                let scope = Scope {
                    account: receiver.clone(),
                    region: share.region.clone(),
                };
                let Some(found) = invitation::find(tx, &scope, invitation)? else {
                    return Ok(self.lost(share, now_ms));
                };
                match (found.status(now_ms), found.fate) {
                    (_, Some(Fate::Accepted { settles_ms })) => {
                        settled(settles_ms.max(self.settles_ms))
                    }
                    (invitation::Status::Pending, _) => Status::Associating,
                    (invitation::Status::Rejected, _) => {
                        return Ok(Standing {
                            status: Status::Failed,
                            message: Some("The invitation was rejected."),
                        });
                    }
                    _ => {
                        return Ok(Standing {
                            status: Status::Failed,
                            message: Some("The invitation expired."),
                        });
                    }
                }
            }
        };
        self.suspended(tx, share, status, now_ms)
    }

    /// The invitation never arrived: nobody can accept it, and it lapses like any other.
    fn lost(&self, share: &Share, now_ms: i64) -> Standing {
        if now_ms < self.created_ms + share.maker.lapse_ms() {
            return Status::Associating.into();
        }
        Standing {
            status: Status::Failed,
            message: Some("The invitation expired."),
        }
    }

    /// Are owner and principal both still in the organization?
    fn is_inside(
        &self,
        tx: &Tx<'_>,
        share: &Share,
        organization: &str,
    ) -> Result<bool, ServiceError> {
        if share.retain_on_leave {
            return Ok(true);
        }
        let consumer = Consumer::parse(&self.entity)?;
        for account in [Some(share.owner.as_str()), consumer.account()]
            .into_iter()
            .flatten()
        {
            let membership = Membership::of(tx, account)?;
            if membership.is_none_or(|membership| membership.organization != organization) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// A closed account on either side suspends what would be there.
    fn suspended(
        &self,
        tx: &Tx<'_>,
        share: &Share,
        status: Status,
        now_ms: i64,
    ) -> Result<Standing, ServiceError> {
        let consumer = Consumer::parse(&self.entity)?;
        for account in [Some(share.owner.as_str()), consumer.account()]
            .into_iter()
            .flatten()
        {
            if let Some(closed) = closed(tx, account)? {
                return Ok(Standing {
                    status: if now_ms >= closed.suspended_ms {
                        Status::Suspended
                    } else {
                        Status::Suspending
                    },
                    message: Some("The account is closed."),
                });
            }
        }
        Ok(status.into())
    }

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
