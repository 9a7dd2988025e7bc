//! Sharing with an account that is in no organization with the owner.

use std::time::Duration;

use aws_sdk_ram::types::{
    ResourceOwner, ResourceShareAssociationStatus as Status, ResourceShareAssociationType as Kind,
    ResourceShareInvitationStatus, ResourceShareStatus,
};
use datamesh_localcloud::{Fault, FaultEffect};

use crate::setup::{ACCOUNT, OTHER_ACCOUNT};
use crate::stage::{DATABASE, Stage, TABLE, stage};

const DAY: Duration = Duration::from_secs(24 * 3_600);

async fn invitation_status(stage: &Stage) -> ResourceShareInvitationStatus {
    let invitations = stage.invitations().await;
    invitations.last().unwrap().status().unwrap().clone()
}

#[tokio::test]
async fn a_share_is_received_when_its_invitation_is_accepted() {
    let stage = stage();
    let share = stage.share(OTHER_ACCOUNT).await;
    let principal = stage.principal(&share).await;
    assert_eq!(principal.status(), Some(&Status::Associating));
    assert_eq!(principal.external(), Some(true));
    let resources = stage.associations(Kind::Resource, &share).await;
    assert_eq!(resources[0].associated_entity(), Some(TABLE));
    assert_eq!(resources[0].status(), Some(&Status::Associated));
    assert!(stage.received().await.is_empty());

    let invitation = stage.invitations().await.remove(0);
    assert_eq!(invitation.sender_account_id(), Some(ACCOUNT));
    assert_eq!(invitation.receiver_account_id(), Some(OTHER_ACCOUNT));
    assert_eq!(invitation.resource_share_arn(), Some(share.as_str()));
    let offered = stage
        .consumer
        .list_pending_invitation_resources()
        .resource_share_invitation_arn(invitation.resource_share_invitation_arn().unwrap());
    let offered = offered.send().await.unwrap();
    assert_eq!(offered.resources()[0].arn(), Some(TABLE));

    stage.accept().await;
    assert_eq!(stage.principal_status(&share).await, Status::Associated);
    assert_eq!(
        invitation_status(&stage).await,
        ResourceShareInvitationStatus::Accepted
    );
    assert_eq!(stage.received().await, [TABLE]);
    let got = stage
        .consumer
        .get_resource_shares()
        .resource_owner(ResourceOwner::OtherAccounts);
    let got = got.send().await.unwrap();
    assert_eq!(got.resource_shares()[0].owning_account_id(), Some(ACCOUNT));
    assert_eq!(
        got.resource_shares()[0].status(),
        Some(&ResourceShareStatus::Active)
    );
    let sharers = stage.consumer.list_principals();
    let sharers = sharers.resource_owner(ResourceOwner::OtherAccounts).send();
    assert_eq!(sharers.await.unwrap().principals()[0].id(), Some(ACCOUNT));
}

#[tokio::test]
async fn later_resources_need_no_invitation() {
    let stage = stage();
    let share = stage.share(OTHER_ACCOUNT).await;
    stage.accept().await;
    let add = stage.owner.associate_resource_share();
    let add = add.resource_share_arn(&share).resource_arns(DATABASE);
    add.principals(OTHER_ACCOUNT).send().await.unwrap();
    assert_eq!(stage.received().await, [DATABASE, TABLE]);
    assert_eq!(stage.invitations().await.len(), 1);
}

#[tokio::test]
async fn a_rejected_invitation_fails_and_can_be_sent_again() {
    let stage = stage();
    let share = stage.share(OTHER_ACCOUNT).await;
    let reject = || async {
        let arn = stage.invitation().await;
        let reject = stage.consumer.reject_resource_share_invitation();
        reject.resource_share_invitation_arn(arn).send().await
    };
    reject().await.unwrap();
    let principal = stage.principal(&share).await;
    assert_eq!(principal.status(), Some(&Status::Failed));
    assert_eq!(
        principal.status_message(),
        Some("The invitation was rejected.")
    );
    let again = reject().await.unwrap_err().into_service_error();
    assert!(
        again.is_resource_share_invitation_already_rejected_exception(),
        "{again}"
    );

    let add = stage.owner.associate_resource_share();
    let add = add.resource_share_arn(&share).principals(OTHER_ACCOUNT);
    add.send().await.unwrap();
    assert_eq!(stage.principal_status(&share).await, Status::Associating);
    assert_eq!(stage.invitations().await.len(), 2);
    stage.accept().await;
    assert_eq!(stage.received().await, [TABLE]);
}

#[tokio::test]
async fn an_invitation_lapses_after_a_week() {
    let stage = stage();
    let share = stage.share(OTHER_ACCOUNT).await;
    stage.clock.advance(DAY * 7 - Duration::from_millis(1));
    assert_eq!(stage.principal_status(&share).await, Status::Associating);
    stage.clock.advance(Duration::from_millis(1));
    assert_eq!(stage.principal_status(&share).await, Status::Failed);
    assert_eq!(
        invitation_status(&stage).await,
        ResourceShareInvitationStatus::Expired
    );
    let accept = stage
        .consumer
        .accept_resource_share_invitation()
        .resource_share_invitation_arn(stage.invitation().await);
    let error = accept.send().await.unwrap_err().into_service_error();
    assert!(
        error.is_resource_share_invitation_expired_exception(),
        "{error}"
    );
}

#[tokio::test]
async fn an_invitation_goes_with_its_share() {
    let stage = stage();
    let share = stage.share(OTHER_ACCOUNT).await;
    let delete = stage.owner.delete_resource_share();
    delete.resource_share_arn(&share).send().await.unwrap();
    assert_eq!(
        invitation_status(&stage).await,
        ResourceShareInvitationStatus::Expired
    );
}

#[tokio::test]
async fn a_consumer_may_leave_and_is_invited_again() {
    let stage = stage();
    let share = stage.share(OTHER_ACCOUNT).await;
    stage.accept().await;
    let leave = stage.consumer.disassociate_resource_share();
    let leave = leave.resource_share_arn(&share).principals(OTHER_ACCOUNT);
    leave.send().await.unwrap();
    assert_eq!(stage.principal_status(&share).await, Status::Disassociated);
    assert!(stage.received().await.is_empty());
    let add = stage.owner.associate_resource_share();
    let add = add.resource_share_arn(&share).principals(OTHER_ACCOUNT);
    add.send().await.unwrap();
    stage.accept().await;
    assert_eq!(stage.received().await, [TABLE]);
}

#[tokio::test]
async fn a_lost_invitation_and_a_stuck_association_can_be_injected() {
    let stage = stage();
    let step = |step: &str| Fault {
        service: Some("ram".to_owned()),
        operation: Some(step.to_owned()),
        ..Fault::once(FaultEffect::ServerError)
    };
    stage.cloud.faults().inject(step("SendInvitation"));
    let lost = stage.share(OTHER_ACCOUNT).await;
    assert!(stage.invitations().await.is_empty());
    assert_eq!(stage.principal_status(&lost).await, Status::Associating);
    stage.clock.advance(DAY * 7);
    assert_eq!(stage.principal_status(&lost).await, Status::Failed);

    stage.cloud.faults().inject(step("Associate"));
    let stuck = stage.share(OTHER_ACCOUNT).await;
    stage.accept().await;
    stage.clock.advance(DAY);
    assert_eq!(stage.principal_status(&stuck).await, Status::Associating);
}
