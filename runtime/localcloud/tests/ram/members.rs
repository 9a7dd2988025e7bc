//! Sharing within an organization.

use aws_sdk_ram::types::{ResourceShareAssociationStatus as Status, ResourceShareConfiguration};
use serde_json::json;

use crate::setup::{ACCOUNT, OTHER_ACCOUNT};
use crate::stage::{Stage, TABLE, organization, stage};

async fn leave(stage: &Stage) {
    stage
        .organizations(OTHER_ACCOUNT, "LeaveOrganization", json!({}))
        .await;
}

/// A unit below the root; its id.
async fn unit(stage: &Stage) -> (String, String) {
    let roots = stage.organizations(ACCOUNT, "ListRoots", json!({})).await;
    let root = roots["Roots"][0]["Id"].as_str().unwrap().to_owned();
    let create = json!({"ParentId": root, "Name": "Data"});
    let made = stage
        .organizations(ACCOUNT, "CreateOrganizationalUnit", create)
        .await;
    let id = made["OrganizationalUnit"]["Id"].as_str().unwrap();
    (root, id.to_owned())
}

async fn relocate(stage: &Stage, from: &str, to: &str) {
    let input = json!({
        "AccountId": OTHER_ACCOUNT, "SourceParentId": from, "DestinationParentId": to,
    });
    stage.organizations(ACCOUNT, "MoveAccount", input).await;
}

#[tokio::test]
async fn a_member_needs_no_invitation_until_it_leaves() {
    let stage = stage();
    organization(&stage).await;
    let share = stage.share(OTHER_ACCOUNT).await;
    let principal = stage.principal(&share).await;
    assert_eq!(principal.status(), Some(&Status::Associated));
    assert_eq!(principal.external(), Some(false));
    assert!(stage.invitations().await.is_empty());
    assert_eq!(stage.received().await, [TABLE]);
    leave(&stage).await;
    assert_eq!(stage.principal_status(&share).await, Status::Disassociated);
    assert!(stage.received().await.is_empty());
}

#[tokio::test]
async fn without_sharing_a_member_is_invited_like_anybody() {
    let stage = stage();
    stage
        .organizations(ACCOUNT, "CreateOrganization", json!({}))
        .await;
    stage.join().await;
    let share = stage.share(OTHER_ACCOUNT).await;
    let principal = stage.principal(&share).await;
    assert_eq!(principal.status(), Some(&Status::Associating));
    assert_eq!(principal.external(), Some(false));
    assert_eq!(stage.invitations().await.len(), 1);
}

#[tokio::test]
async fn a_share_may_outlast_the_membership() {
    let stage = stage();
    organization(&stage).await;
    let retain = ResourceShareConfiguration::builder()
        .retain_sharing_on_account_leave_organization(true)
        .build();
    let create = stage.create(OTHER_ACCOUNT);
    let create = create.resource_share_configuration(retain);
    create.send().await.unwrap();
    leave(&stage).await;
    assert_eq!(stage.received().await, [TABLE]);
}

#[tokio::test]
async fn an_organization_shares_with_all_of_its_accounts() {
    let stage = stage();
    let id = organization(&stage).await;
    leave(&stage).await;
    let arn = format!("arn:aws:organizations::{ACCOUNT}:organization/{id}");
    let share = stage.share(&arn).await;
    assert_eq!(stage.principal_status(&share).await, Status::Associated);
    assert!(stage.received().await.is_empty());
    stage.join().await;
    assert_eq!(stage.received().await, [TABLE]);
}

#[tokio::test]
async fn a_unit_shares_with_the_accounts_below_it() {
    let stage = stage();
    let id = organization(&stage).await;
    let (root, unit) = unit(&stage).await;
    stage
        .share(&format!("arn:aws:organizations::{ACCOUNT}:ou/{id}/{unit}"))
        .await;
    assert!(stage.received().await.is_empty());
    relocate(&stage, &root, &unit).await;
    assert_eq!(stage.received().await, [TABLE]);
    relocate(&stage, &unit, &root).await;
    assert!(stage.received().await.is_empty());
}

#[tokio::test]
async fn another_organization_is_unknown_and_one_that_does_not_share_is_refused() {
    let stage = stage();
    let made = stage
        .organizations(ACCOUNT, "CreateOrganization", json!({}))
        .await;
    let own = made["Organization"]["Arn"].as_str().unwrap();
    let error = stage.create(own).send().await.unwrap_err();
    let error = error.into_service_error();
    assert!(error.is_operation_not_permitted_exception(), "{error}");
    let other = format!("arn:aws:organizations::{OTHER_ACCOUNT}:organization/o-abcdefghij");
    let error = stage.create(&other).send().await.unwrap_err();
    let error = error.into_service_error();
    assert!(error.is_unknown_resource_exception(), "{error}");
    let enable = stage.consumer.enable_sharing_with_aws_organization();
    let error = enable.send().await.unwrap_err().into_service_error();
    assert!(error.is_operation_not_permitted_exception(), "{error}");
}
