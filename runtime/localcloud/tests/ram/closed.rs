//! What a closed account keeps from happening.

use std::time::Duration;

use aws_sdk_ram::error::ProvideErrorMetadata as _;
use aws_sdk_ram::types::{ResourceOwner, ResourceShareAssociationStatus as Status};
use serde_json::json;

use crate::setup::{ACCOUNT, OTHER_ACCOUNT, REGION, sdk};
use crate::stage::{TABLE, organization, stage};

const DELAY: Duration = Duration::from_secs(5);

#[tokio::test]
async fn nobody_acts_in_a_closed_account_and_its_shares_are_suspended() {
    let stage = stage();
    organization(&stage).await;
    let share = stage.share(OTHER_ACCOUNT).await;
    stage.cloud.set_sharing_delay(DELAY);
    let close = json!({"AccountId": OTHER_ACCOUNT});
    stage
        .organizations(ACCOUNT, "CloseAccount", close.clone())
        .await;
    assert_eq!(
        stage.refused(ACCOUNT, "CloseAccount", close).await,
        "AccountAlreadyClosedException"
    );
    assert_eq!(stage.principal_status(&share).await, Status::Suspending);
    stage.clock.advance(DELAY);
    assert_eq!(stage.principal_status(&share).await, Status::Suspended);

    let list = stage.consumer.list_resources();
    let list = list.resource_owner(ResourceOwner::OtherAccounts);
    let error = list.send().await.unwrap_err();
    assert_eq!(error.code(), Some("AccessDeniedException"));
    let queues = aws_sdk_sqs::Client::new(&sdk(&stage.cloud, OTHER_ACCOUNT, REGION));
    let error = queues.list_queues().send().await.unwrap_err();
    assert_eq!(error.code(), Some("AccessDeniedException"));
    let assume = aws_sdk_sts::Client::new(&sdk(&stage.cloud, ACCOUNT, REGION))
        .assume_role()
        .role_arn(format!("arn:aws:iam::{OTHER_ACCOUNT}:role/Reader"))
        .role_session_name("worker");
    let error = assume.send().await.unwrap_err();
    assert_eq!(error.code(), Some("AccessDenied"));

    let accounts = stage
        .organizations(ACCOUNT, "ListAccounts", json!({}))
        .await;
    assert_eq!(accounts["Accounts"][1]["Id"], OTHER_ACCOUNT);
    assert_eq!(accounts["Accounts"][1]["Status"], "SUSPENDED");

    assert!(stage.cloud.reinstate_account(OTHER_ACCOUNT).unwrap());
    assert!(!stage.cloud.reinstate_account(OTHER_ACCOUNT).unwrap());
    assert_eq!(stage.principal_status(&share).await, Status::Restoring);
    stage.clock.advance(DELAY);
    assert_eq!(stage.principal_status(&share).await, Status::Associated);
    assert_eq!(stage.received().await, [TABLE]);
}

#[tokio::test]
async fn a_closed_account_is_taken_out_of_a_share() {
    let stage = stage();
    organization(&stage).await;
    let share = stage.share(OTHER_ACCOUNT).await;
    let close = json!({"AccountId": OTHER_ACCOUNT});
    stage.organizations(ACCOUNT, "CloseAccount", close).await;
    assert_eq!(stage.principal_status(&share).await, Status::Suspended);
    let remove = stage.owner.disassociate_resource_share();
    let remove = remove.resource_share_arn(&share).principals(OTHER_ACCOUNT);
    remove.send().await.unwrap();
    assert_eq!(stage.principal_status(&share).await, Status::Disassociated);
}
