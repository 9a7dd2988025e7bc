//! What is in a share, and who has it.

use aws_sdk_ram::types::{
    ResourceShareAssociation, ResourceShareAssociationStatus, ResourceShareAssociationType,
};

use super::{Ram, some};
use crate::error::AwsError;
use crate::ops::{Page, PageRequest, millis};

/// Which side of a share is meant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum AssociationKind {
    /// Who has it.
    #[default]
    Principal,
    /// What is in it.
    Resource,
    /// One that this crate does not know, by AWS's name.
    Other(String),
}

impl AssociationKind {
    fn to_sdk(&self) -> ResourceShareAssociationType {
        match self {
            Self::Principal => ResourceShareAssociationType::Principal,
            Self::Resource => ResourceShareAssociationType::Resource,
            Self::Other(name) => ResourceShareAssociationType::from(name.as_str()),
        }
    }

    fn from_sdk(kind: Option<&ResourceShareAssociationType>) -> Self {
        match kind {
            Some(ResourceShareAssociationType::Principal) => Self::Principal,
            Some(ResourceShareAssociationType::Resource) => Self::Resource,
            other => Self::Other(other.map_or_else(String::new, |kind| kind.as_str().to_owned())),
        }
    }
}

/// What `GetResourceShareAssociations` takes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListAssociations {
    /// Which side.
    pub kind: AssociationKind,
    /// Only of these shares; of all of the account's own if empty.
    pub share_arns: Vec<String>,
    /// Only of this resource.
    pub resource_arn: Option<String>,
    /// Only of this principal; not for resources.
    pub principal: Option<String>,
    /// Which page.
    pub page: PageRequest,
}

/// Where an association is in its life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AssociationStatus {
    /// Being made, or waiting for who is invited.
    Associating,
    /// In force.
    Associated,
    /// It could not be made.
    Failed,
    /// Being ended.
    Disassociating,
    /// Ended; it is shown for some hours.
    Disassociated,
    /// Out of force, for the account left the organization.
    Suspended,
    /// On its way out of force.
    Suspending,
    /// On its way back into force.
    Restoring,
    /// One that this crate does not know, by AWS's name.
    Other(String),
}

/// A resource in a share, or a principal that has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Association {
    /// The share.
    pub share_arn: String,
    /// Its name.
    pub share_name: Option<String>,
    /// Which side.
    pub kind: AssociationKind,
    /// The resource's ARN, or the account, organization, unit, role or user.
    pub entity: String,
    /// Where it is in its life.
    pub status: AssociationStatus,
    /// Why, for a person.
    pub status_message: Option<String>,
    /// Whether the principal is outside the organization.
    pub external: bool,
    /// Milliseconds since the Unix epoch.
    pub updated_at_ms: Option<i64>,
}

impl Ram<'_> {
    /// `GetResourceShareAssociations`. Ended ones are listed for some hours.
    pub async fn list_associations(
        &self,
        input: ListAssociations,
    ) -> Result<Page<Association>, AwsError> {
        self.0
            .call("GetResourceShareAssociations", |ram| async move {
                let out = ram
                    .get_resource_share_associations()
                    .association_type(input.kind.to_sdk())
                    .set_resource_share_arns(some(input.share_arns))
                    .set_resource_arn(input.resource_arn)
                    .set_principal(input.principal)
                    .set_max_results(input.page.max_results)
                    .set_next_token(input.page.next_token)
                    .send()
                    .await?;
                let associations = out.resource_share_associations.unwrap_or_default();
                Ok(Page {
                    items: associations.into_iter().map(association).collect(),
                    next_token: out.next_token,
                })
            })
            .await
    }
}

pub(super) fn association(it: ResourceShareAssociation) -> Association {
    use ResourceShareAssociationStatus as Sdk;
    Association {
        share_arn: it.resource_share_arn.unwrap_or_default(),
        share_name: it.resource_share_name,
        kind: AssociationKind::from_sdk(it.association_type.as_ref()),
        entity: it.associated_entity.unwrap_or_default(),
        status: match it.status {
            Some(Sdk::Associating) => AssociationStatus::Associating,
            Some(Sdk::Associated) => AssociationStatus::Associated,
            Some(Sdk::Failed) => AssociationStatus::Failed,
            Some(Sdk::Disassociating) => AssociationStatus::Disassociating,
            Some(Sdk::Disassociated) => AssociationStatus::Disassociated,
            Some(Sdk::Suspended) => AssociationStatus::Suspended,
            Some(Sdk::Suspending) => AssociationStatus::Suspending,
            Some(Sdk::Restoring) => AssociationStatus::Restoring,
            other => AssociationStatus::Other(
                other.map_or_else(String::new, |status| status.as_str().to_owned()),
            ),
        },
        status_message: it.status_message,
        external: it.external.unwrap_or_default(),
        updated_at_ms: millis(it.last_updated_time),
    }
}
