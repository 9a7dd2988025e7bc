//! Two accounts, their RAM, and an organization if a test wants one.

use std::sync::Arc;

use aws_sdk_ram::Client;
use aws_sdk_ram::operation::create_resource_share::builders::CreateResourceShareFluentBuilder;
use aws_sdk_ram::types::{
    ResourceOwner, ResourceShareAssociation, ResourceShareAssociationStatus as Status,
    ResourceShareAssociationType as Kind, ResourceShareInvitation,
};
use datamesh_localcloud::{LocalCloud, ManualClock};
use serde_json::{Value, json};

use crate::raw;
use crate::setup::{ACCOUNT, OTHER_ACCOUNT, REGION, cloud, sdk};

/// Database and table of the owner, 111122223333.
pub const DATABASE: &str = "arn:aws:glue:eu-west-1:111122223333:database/sales";
pub const TABLE: &str = "arn:aws:glue:eu-west-1:111122223333:table/sales/orders";

pub struct Stage {
    pub cloud: LocalCloud,
    pub clock: Arc<ManualClock>,
    /// Of 111122223333.
    pub owner: Client,
    /// Of 444455556666.
    pub consumer: Client,
}

pub fn stage() -> Stage {
    let (cloud, clock) = cloud();
    Stage {
        owner: Client::new(&sdk(&cloud, ACCOUNT, REGION)),
        consumer: Client::new(&sdk(&cloud, OTHER_ACCOUNT, REGION)),
        cloud,
        clock,
    }
}

/// The owner manages an organization that shares, and the consumer is in it; the organization's id.
pub async fn organization(stage: &Stage) -> String {
    let made = stage
        .organizations(ACCOUNT, "CreateOrganization", json!({}))
        .await;
    stage.join().await;
    let share = stage.owner.enable_sharing_with_aws_organization();
    assert_eq!(share.send().await.unwrap().return_value(), Some(true));
    made["Organization"]["Id"].as_str().unwrap().to_owned()
}

impl Stage {
    /// An operation of Organizations that succeeds.
    pub async fn organizations(&self, account: &str, operation: &str, input: Value) -> Value {
        let (status, body) =
            raw::json_as(&self.cloud, account, "organizations", operation, input).await;
        assert_eq!(status, 200, "{operation}: {body}");
        body
    }

    /// An operation of Organizations that is refused; its error code.
    pub async fn refused(&self, account: &str, operation: &str, input: Value) -> String {
        let (status, body) =
            raw::json_as(&self.cloud, account, "organizations", operation, input).await;
        assert!(status >= 400, "{operation}: {body}");
        body["__type"].as_str().unwrap().to_owned()
    }

    /// Puts the consumer into the owner's organization.
    pub async fn join(&self) {
        let target = json!({"Target": {"Id": OTHER_ACCOUNT, "Type": "ACCOUNT"}});
        let invited = self
            .organizations(ACCOUNT, "InviteAccountToOrganization", target)
            .await;
        let accept = json!({"HandshakeId": invited["Handshake"]["Id"]});
        self.organizations(OTHER_ACCOUNT, "AcceptHandshake", accept)
            .await;
    }

    /// A share of the table with a principal.
    pub fn create(&self, principal: &str) -> CreateResourceShareFluentBuilder {
        self.owner
            .create_resource_share()
            .name("orders")
            .resource_arns(TABLE)
            .principals(principal)
    }

    /// The same, made; its ARN.
    pub async fn share(&self, principal: &str) -> String {
        let made = self.create(principal).send().await.unwrap();
        let share = made.resource_share().unwrap();
        share.resource_share_arn().unwrap().to_owned()
    }

    pub async fn associations(&self, kind: Kind, share: &str) -> Vec<ResourceShareAssociation> {
        let get = self
            .owner
            .get_resource_share_associations()
            .association_type(kind)
            .resource_share_arns(share);
        let got = get.send().await.unwrap();
        got.resource_share_associations().to_vec()
    }

    /// The one principal of a share.
    pub async fn principal(&self, share: &str) -> ResourceShareAssociation {
        let mut found = self.associations(Kind::Principal, share).await;
        assert_eq!(found.len(), 1, "{found:?}");
        found.remove(0)
    }

    pub async fn principal_status(&self, share: &str) -> Status {
        self.principal(share).await.status().unwrap().clone()
    }

    /// What the consumer was invited to, the oldest first.
    pub async fn invitations(&self) -> Vec<ResourceShareInvitation> {
        let got = self.consumer.get_resource_share_invitations().send().await;
        got.unwrap().resource_share_invitations().to_vec()
    }

    /// The latest invitation's ARN.
    pub async fn invitation(&self) -> String {
        let invitations = self.invitations().await;
        let latest = invitations.last().expect("an invitation");
        latest.resource_share_invitation_arn().unwrap().to_owned()
    }

    pub async fn accept(&self) {
        let arn = self.invitation().await;
        let accept = self.consumer.accept_resource_share_invitation();
        let accept = accept.resource_share_invitation_arn(arn);
        accept.send().await.unwrap();
    }

    /// The ARNs of what others share with the consumer.
    pub async fn received(&self) -> Vec<String> {
        let list = self.consumer.list_resources();
        let listed = list.resource_owner(ResourceOwner::OtherAccounts).send();
        let listed = listed.await.unwrap();
        let arns = listed.resources().iter().map(|found| found.arn().unwrap());
        arns.map(str::to_owned).collect()
    }
}
