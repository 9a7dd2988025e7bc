//! The status of an association, derived: from its own moments, the invitation that stands in
//! between, the organization that both sides are in, and whether their accounts are closed. So
//! nothing has to be written when time passes or an account leaves.

use super::association::{Admission, Association};
use super::consumer::Consumer;
use super::invitation::{self, Fate};
use super::share::Share;
use crate::error::ServiceError;
use crate::services::organizations::{Closure, Membership};
use crate::store::{Scope, Tx};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Associating,
    Associated,
    Failed,
    Disassociating,
    Disassociated,
    Suspending,
    Suspended,
    Restoring,
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
            Self::Restoring => "RESTORING",
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
            let Some(closure) = Closure::of(tx, account)? else {
                continue;
            };
            let (status, message) = match closure.restored_ms {
                Some(restored_ms) if now_ms >= restored_ms => continue,
                Some(_) => (Status::Restoring, "The account was reinstated."),
                None if now_ms >= closure.suspended_ms => {
                    (Status::Suspended, "The account is closed.")
                }
                None => (Status::Suspending, "The account is closed."),
            };
            return Ok(Standing {
                status,
                message: Some(message),
            });
        }
        Ok(status.into())
    }
}
