//! Resource shares.

use aws_sdk_ram::types::{self, ResourceShareStatus};

use super::association::association;
use super::{Association, Owner, Ram, some};
use crate::error::AwsError;
use crate::ops::{Page, PageRequest, millis};
use crate::token::Token;

/// What `GetResourceShares` takes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListShares {
    /// Whose.
    pub owner: Owner,
    /// Only these, by ARN; all if empty.
    pub arns: Vec<String>,
    /// Only those of this name.
    pub name: Option<String>,
    /// Which page.
    pub page: PageRequest,
}

/// Where a share is in its life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShareStatus {
    /// Being made, or waiting for who is invited.
    Pending,
    /// In force.
    Active,
    /// It could not be made.
    Failed,
    /// Being deleted.
    Deleting,
    /// Deleted; it is shown for some hours.
    Deleted,
    /// One that this crate does not know, by AWS's name.
    Other(String),
}

/// A resource share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// The ARN.
    pub arn: String,
    /// The name; Lake Formation's own begin with `LakeFormation-`.
    pub name: String,
    /// The account that shares.
    pub owner: String,
    /// Where it is in its life.
    pub status: ShareStatus,
    /// Why, for a person.
    pub status_message: Option<String>,
    /// Whether accounts outside the organization can have it.
    pub allows_external: bool,
    /// Milliseconds since the Unix epoch.
    pub created_at_ms: Option<i64>,
    /// Milliseconds since the Unix epoch.
    pub updated_at_ms: Option<i64>,
}

/// What `DisassociateResourceShare` takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disassociate {
    /// The share.
    pub share_arn: String,
    /// The principals that lose it.
    pub principals: Vec<String>,
    /// The resources that it loses.
    pub resource_arns: Vec<String>,
    /// Makes a repeat one deed.
    pub token: Token,
}

impl Ram<'_> {
    /// `GetResourceShares`. Deleted ones are listed for some hours.
    pub async fn list_shares(&self, input: ListShares) -> Result<Page<Share>, AwsError> {
        self.0
            .call("GetResourceShares", |ram| async move {
                let out = ram
                    .get_resource_shares()
                    .resource_owner(input.owner.to_sdk())
                    .set_resource_share_arns(some(input.arns))
                    .set_name(input.name)
                    .set_max_results(input.page.max_results)
                    .set_next_token(input.page.next_token)
                    .send()
                    .await?;
                let shares = out.resource_shares.unwrap_or_default().into_iter();
                Ok(Page {
                    items: shares.map(share).collect(),
                    next_token: out.next_token,
                })
            })
            .await
    }

    /// `DisassociateResourceShare`. It answers before it is done: see [`Ram::list_associations`].
    /// A consumer leaves a share by naming its own account as the principal.
    pub async fn disassociate(&self, input: Disassociate) -> Result<Vec<Association>, AwsError> {
        self.0
            .call("DisassociateResourceShare", |ram| async move {
                let out = ram
                    .disassociate_resource_share()
                    .resource_share_arn(input.share_arn)
                    .set_principals(some(input.principals))
                    .set_resource_arns(some(input.resource_arns))
                    .client_token(input.token.as_str())
                    .send()
                    .await?;
                let associations = out.resource_share_associations.unwrap_or_default();
                Ok(associations.into_iter().map(association).collect())
            })
            .await
    }

    /// `DeleteResourceShare`. It answers before it is done.
    pub async fn delete_share(&self, arn: &str, token: &Token) -> Result<(), AwsError> {
        self.0
            .call("DeleteResourceShare", |ram| async move {
                ram.delete_resource_share()
                    .resource_share_arn(arn)
                    .client_token(token.as_str())
                    .send()
                    .await?;
                Ok(())
            })
            .await
    }
}

fn share(share: types::ResourceShare) -> Share {
    Share {
        arn: share.resource_share_arn.unwrap_or_default(),
        name: share.name.unwrap_or_default(),
        owner: share.owning_account_id.unwrap_or_default(),
        status: match share.status {
            Some(ResourceShareStatus::Pending) => ShareStatus::Pending,
            Some(ResourceShareStatus::Active) => ShareStatus::Active,
            Some(ResourceShareStatus::Failed) => ShareStatus::Failed,
            Some(ResourceShareStatus::Deleting) => ShareStatus::Deleting,
            Some(ResourceShareStatus::Deleted) => ShareStatus::Deleted,
            other => ShareStatus::Other(
                other.map_or_else(String::new, |status| status.as_str().to_owned()),
            ),
        },
        status_message: share.status_message,
        allows_external: share.allow_external_principals.unwrap_or_default(),
        created_at_ms: millis(share.creation_time),
        updated_at_ms: millis(share.last_updated_time),
    }
}
