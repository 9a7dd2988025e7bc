use datamesh_aws::lakeformation::{Entry, Permission};
use datamesh_aws::ram::{
    AssociationKind, AssociationStatus, Disassociate, InvitationStatus, ListAssociations,
    ListInvitations, ListResources, ListShares, Owner, ShareStatus,
};
use datamesh_aws::{CallCx, Token};

use crate::lake::{entry, orders, table};
use crate::setup::{FOREIGN, World};

#[tokio::test]
async fn a_grant_to_another_account_is_shared_accepted_and_left() {
    let world = World::new();
    orders(&world).await;
    let wanted = Entry {
        principal: FOREIGN.to_owned(),
        ..entry(table(), &[Permission::Describe])
    };
    let lake = world.aws.lakeformation(&world.home);
    lake.grant(wanted.clone()).await.unwrap();

    let foreign = CallCx::in_account(FOREIGN);
    let (owner, consumer) = (world.aws.ram(&world.home), world.aws.ram(&foreign));
    let invited = consumer.list_invitations(ListInvitations::default()).await;
    for invitation in invited.unwrap().items {
        assert_eq!(invitation.status, InvitationStatus::Pending);
        let token = Token::derive("effect-1", &invitation.arn);
        consumer
            .accept_invitation(&invitation.arn, &token)
            .await
            .unwrap();
        // The same token is the same deed; another finds it done.
        consumer
            .accept_invitation(&invitation.arn, &token)
            .await
            .unwrap();
        let other = Token::derive("effect-2", &invitation.arn);
        let again = consumer.accept_invitation(&invitation.arn, &other).await;
        assert!(again.unwrap_err().is_conflict());
    }
    let shares = owner
        .list_shares(ListShares::default())
        .await
        .unwrap()
        .items;
    assert!(!shares.is_empty());
    assert!(
        shares
            .iter()
            .all(|share| share.status == ShareStatus::Active)
    );
    let arns: Vec<String> = shares.into_iter().map(|share| share.arn).collect();
    let principals = owner
        .list_associations(ListAssociations {
            kind: AssociationKind::Principal,
            share_arns: arns.clone(),
            ..ListAssociations::default()
        })
        .await
        .unwrap()
        .items;
    for association in &principals {
        assert_eq!(association.entity, FOREIGN);
        assert_eq!(association.status, AssociationStatus::Associated);
    }
    let resources = consumer
        .list_resources(ListResources {
            owner: Owner::Others,
            ..ListResources::default()
        })
        .await
        .unwrap()
        .items;
    let is_orders = |arn: &str| arn.ends_with(":table/sales/orders");
    let shared = resources.iter().find(|it| is_orders(&it.arn)).unwrap();
    assert!(arns.contains(&shared.share_arn));

    let leave = Disassociate {
        share_arn: shared.share_arn.clone(),
        principals: vec![FOREIGN.to_owned()],
        resource_arns: Vec::new(),
        token: Token::derive("effect-3", "leave"),
    };
    consumer.disassociate(leave).await.unwrap();
    lake.revoke(wanted).await.unwrap();
}
