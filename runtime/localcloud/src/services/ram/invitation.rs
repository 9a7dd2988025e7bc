//! Invitations, in the receiver's account and region under the id in their ARN. Their ARN names the
//! sender's account.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::error::ServiceError;
use crate::protocol::timestamp::epoch_seconds;
use crate::store::{Scope, Tx};

pub(super) const INVITATIONS: &str = "ram.invitations";

/// What became of an invitation, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Fate {
    /// With the moment when the association is in force.
    Accepted {
        settles_ms: i64,
    },
    Rejected {
        at_ms: i64,
    },
    /// The share, or the principal in it, is gone.
    Withdrawn {
        at_ms: i64,
    },
}

/// An invitation into a share.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Invitation {
    pub(super) id: String,
    pub(super) share_arn: String,
    pub(super) share_name: String,
    pub(super) sender: String,
    pub(super) receiver: String,
    pub(super) region: String,
    /// The role or user that was invited, if it was not the account.
    pub(super) identity: Option<String>,
    pub(super) sent_ms: i64,
    pub(super) lapses_ms: i64,
    pub(super) fate: Option<Fate>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Pending,
    Accepted,
    Rejected,
    Expired,
}

impl Status {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Accepted => "ACCEPTED",
            Self::Rejected => "REJECTED",
            Self::Expired => "EXPIRED",
        }
    }
}

impl Invitation {
    pub(super) fn scope(&self) -> Scope {
        Scope {
            account: self.receiver.clone(),
            region: self.region.clone(),
        }
    }

    pub(super) fn arn(&self) -> String {
        format!(
            "arn:aws:ram:{}:{}:resource-share-invitation/{}",
            self.region, self.sender, self.id
        )
    }

    pub(super) fn status(&self, now_ms: i64) -> Status {
        match self.fate {
            Some(Fate::Accepted { .. }) => Status::Accepted,
            Some(Fate::Rejected { .. }) => Status::Rejected,
            Some(Fate::Withdrawn { .. }) => Status::Expired,
            None if now_ms >= self.lapses_ms => Status::Expired,
            None => Status::Pending,
        }
    }

    pub(super) fn save(&self, tx: &Tx<'_>) -> Result<(), ServiceError> {
        tx.put(&self.scope(), INVITATIONS, &self.id, self)
    }

    /// `ResourceShareInvitation`.
    pub(super) fn show(&self, now_ms: i64) -> Value {
        let mut shown = json!({
            "resourceShareInvitationArn": self.arn(),
            "resourceShareName": self.share_name,
            "resourceShareArn": self.share_arn,
            "senderAccountId": self.sender,
            "receiverAccountId": self.receiver,
            "invitationTimestamp": epoch_seconds(self.sent_ms),
            "status": self.status(now_ms).name(),
        });
        if let Some(arn) = &self.identity {
            shown["receiverArn"] = Value::from(arn.as_str());
        }
        shown
    }
}

pub(super) fn find(
    tx: &Tx<'_>,
    receiver: &Scope,
    id: &str,
) -> Result<Option<Invitation>, ServiceError> {
    tx.get(receiver, INVITATIONS, id)
}

/// Takes an invitation back that nobody has answered.
pub(super) fn withdraw(
    tx: &Tx<'_>,
    receiver: &Scope,
    id: &str,
    now_ms: i64,
) -> Result<(), ServiceError> {
    let Some(mut invitation) = find(tx, receiver, id)? else {
        return Ok(());
    };
    if invitation.status(now_ms) == Status::Pending {
        invitation.fate = Some(Fate::Withdrawn { at_ms: now_ms });
        invitation.save(tx)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn shows(fate: Option<Fate>, now_ms: i64, status: Status) {
        let invitation = Invitation {
            id: "i".to_owned(),
            share_arn: String::new(),
            share_name: String::new(),
            sender: "111122223333".to_owned(),
            receiver: "444455556666".to_owned(),
            region: "eu-west-1".to_owned(),
            identity: None,
            sent_ms: 0,
            lapses_ms: 100,
            fate,
        };
        assert_eq!(invitation.status(now_ms), status);
    }

    #[test]
    fn an_invitation_lapses_unless_it_was_answered() {
        shows(None, 99, Status::Pending);
        shows(None, 100, Status::Expired);
        shows(
            Some(Fate::Accepted { settles_ms: 60 }),
            200,
            Status::Accepted,
        );
        shows(Some(Fate::Rejected { at_ms: 50 }), 200, Status::Rejected);
        shows(Some(Fate::Withdrawn { at_ms: 50 }), 60, Status::Expired);
    }
}
