//! States that take a while, and how long what has ended is shown.

use std::time::Duration;

use aws_sdk_ram::types::{
    ResourceOwner, ResourceShareAssociationStatus as Status, ResourceShareAssociationType as Kind,
    ResourceShareStatus,
};

use crate::setup::OTHER_ACCOUNT;
use crate::stage::{Stage, TABLE, organization, stage};

const DELAY: Duration = Duration::from_secs(5);

async fn share_status(stage: &Stage, share: &str) -> Option<ResourceShareStatus> {
    let get = stage.owner.get_resource_shares();
    let get = get.resource_owner(ResourceOwner::SelfValue);
    let got = get.resource_share_arns(share).send().await.unwrap();
    let found = got.resource_shares().first()?;
    found.status().cloned()
}

async fn resource_status(stage: &Stage, share: &str) -> Status {
    let found = stage.associations(Kind::Resource, share).await;
    found[0].status().unwrap().clone()
}

#[tokio::test]
async fn a_share_comes_and_goes_by_the_clock() {
    let stage = stage();
    organization(&stage).await;
    stage.cloud.set_sharing_delay(DELAY);
    let share = stage.share(OTHER_ACCOUNT).await;
    assert_eq!(
        share_status(&stage, &share).await,
        Some(ResourceShareStatus::Pending)
    );
    assert_eq!(stage.principal_status(&share).await, Status::Associating);
    assert_eq!(resource_status(&stage, &share).await, Status::Associating);
    stage.clock.advance(DELAY);
    assert_eq!(
        share_status(&stage, &share).await,
        Some(ResourceShareStatus::Active)
    );
    assert_eq!(stage.principal_status(&share).await, Status::Associated);
    assert_eq!(resource_status(&stage, &share).await, Status::Associated);
    assert_eq!(stage.received().await, [TABLE]);

    let delete = stage.owner.delete_resource_share();
    delete.resource_share_arn(&share).send().await.unwrap();
    assert_eq!(
        share_status(&stage, &share).await,
        Some(ResourceShareStatus::Deleting)
    );
    assert_eq!(stage.principal_status(&share).await, Status::Disassociating);
    assert!(stage.received().await.is_empty());
    stage.clock.advance(DELAY);
    assert_eq!(
        share_status(&stage, &share).await,
        Some(ResourceShareStatus::Deleted)
    );
    assert_eq!(resource_status(&stage, &share).await, Status::Disassociated);
    stage.clock.advance(Duration::from_secs(2 * 3_600));
    assert_eq!(share_status(&stage, &share).await, None);
}

#[tokio::test]
async fn an_accepted_invitation_takes_a_while() {
    let stage = stage();
    stage.cloud.set_sharing_delay(DELAY);
    let share = stage.share(OTHER_ACCOUNT).await;
    stage.clock.advance(DELAY * 2);
    stage.accept().await;
    assert_eq!(stage.principal_status(&share).await, Status::Associating);
    stage.clock.advance(DELAY);
    assert_eq!(stage.principal_status(&share).await, Status::Associated);
}
