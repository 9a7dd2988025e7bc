use datamesh_aws::{CallCx, Options};

use crate::setup::{FOREIGN, HOME, World};

#[tokio::test]
async fn home_is_the_home_account() {
    let world = World::new();
    let identity = world
        .aws
        .sts(&world.home)
        .get_caller_identity()
        .await
        .unwrap();
    assert_eq!(identity.account, HOME);
}

#[tokio::test]
async fn a_foreign_account_is_reached_through_its_role() {
    let world = World::with(Options {
        role_arn_template: Some("arn:aws:iam::{account}:role/mesh-{service}".to_owned()),
        ..Options::default()
    });
    let cx = CallCx::in_account(FOREIGN);
    let identity = world.aws.sts(&cx).get_caller_identity().await.unwrap();
    assert_eq!(identity.account, FOREIGN);
    assert_eq!(
        identity.arn,
        format!("arn:aws:sts::{FOREIGN}:assumed-role/mesh-sts/datamesh-sts")
    );
}

#[tokio::test]
async fn without_a_role_an_embedded_foreign_account_is_reached_directly() {
    let world = World::new();
    let cx = CallCx::in_account(FOREIGN);
    let identity = world.aws.sts(&cx).get_caller_identity().await.unwrap();
    assert_eq!(identity.account, FOREIGN);
    assert_eq!(
        world.aws.pools().len(),
        1,
        "no other pool was asked for a session"
    );
}

#[tokio::test]
async fn accounts_do_not_see_each_other() {
    let world = World::new();
    let foreign = CallCx::in_account(FOREIGN);
    let home = world.aws.sqs(&world.home);
    home.create_queue("orders", Default::default())
        .await
        .unwrap();
    assert!(home.get_queue_url("orders").await.unwrap().contains(HOME));
    let error = world
        .aws
        .sqs(&foreign)
        .get_queue_url("orders")
        .await
        .unwrap_err();
    assert!(error.is_not_found(), "{error}");
}
