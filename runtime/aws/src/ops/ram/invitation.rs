//! Invitations to shares, which accounts outside the organization get. One that is not accepted
//! within 12 hours lapses.

use aws_sdk_ram::types::{ResourceShareInvitation, ResourceShareInvitationStatus};

use super::{Ram, some};
use crate::error::AwsError;
use crate::ops::{Page, PageRequest, millis};
use crate::token::Token;

/// What `GetResourceShareInvitations` takes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListInvitations {
    /// Only these, by ARN; all if empty.
    pub arns: Vec<String>,
    /// Only to these shares; to all if empty.
    pub share_arns: Vec<String>,
    /// Which page.
    pub page: PageRequest,
}

/// Where an invitation is in its life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InvitationStatus {
    /// It can be accepted.
    Pending,
    /// It was accepted.
    Accepted,
    /// It was rejected.
    Rejected,
    /// It lapsed.
    Expired,
    /// One that this crate does not know, by AWS's name.
    Other(String),
}

/// An invitation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// The ARN.
    pub arn: String,
    /// To which share.
    pub share_arn: String,
    /// Its name.
    pub share_name: String,
    /// The account that shares.
    pub sender: String,
    /// The account that is invited.
    pub receiver: String,
    /// Where it is in its life.
    pub status: InvitationStatus,
    /// Milliseconds since the Unix epoch.
    pub invited_at_ms: Option<i64>,
}

impl Ram<'_> {
    /// `GetResourceShareInvitations`: those that the called account got.
    pub async fn list_invitations(
        &self,
        input: ListInvitations,
    ) -> Result<Page<Invitation>, AwsError> {
        self.0
            .call("GetResourceShareInvitations", |ram| async move {
                let out = ram
                    .get_resource_share_invitations()
                    .set_resource_share_invitation_arns(some(input.arns))
                    .set_resource_share_arns(some(input.share_arns))
                    .set_max_results(input.page.max_results)
                    .set_next_token(input.page.next_token)
                    .send()
                    .await?;
                let invitations = out.resource_share_invitations.unwrap_or_default();
                Ok(Page {
                    items: invitations.into_iter().map(invitation).collect(),
                    next_token: out.next_token,
                })
            })
            .await
    }

    /// `AcceptResourceShareInvitation`. Conflict when it is accepted already; terminal when it was
    /// rejected or has lapsed.
    pub async fn accept_invitation(&self, arn: &str, token: &Token) -> Result<(), AwsError> {
        self.0
            .call("AcceptResourceShareInvitation", |ram| async move {
                ram.accept_resource_share_invitation()
                    .resource_share_invitation_arn(arn)
                    .client_token(token.as_str())
                    .send()
                    .await?;
                Ok(())
            })
            .await
    }
}

fn invitation(it: ResourceShareInvitation) -> Invitation {
    use ResourceShareInvitationStatus as Sdk;
    Invitation {
        arn: it.resource_share_invitation_arn.unwrap_or_default(),
        share_arn: it.resource_share_arn.unwrap_or_default(),
        share_name: it.resource_share_name.unwrap_or_default(),
        sender: it.sender_account_id.unwrap_or_default(),
        receiver: it.receiver_account_id.unwrap_or_default(),
        status: match it.status {
            Some(Sdk::Pending) => InvitationStatus::Pending,
            Some(Sdk::Accepted) => InvitationStatus::Accepted,
            Some(Sdk::Rejected) => InvitationStatus::Rejected,
            Some(Sdk::Expired) => InvitationStatus::Expired,
            other => InvitationStatus::Other(
                other.map_or_else(String::new, |status| status.as_str().to_owned()),
            ),
        },
        invited_at_ms: millis(it.invitation_timestamp),
    }
}
