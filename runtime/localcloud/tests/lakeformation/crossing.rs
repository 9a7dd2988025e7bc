//! Two accounts: shares, invitations, and what the consumer's principals see.

use aws_sdk_lakeformation::Client;
use aws_sdk_lakeformation::types::Permission;
use serde_json::json;

use crate::raw;
use crate::setup::{ACCOUNT, OTHER_ACCOUNT};
use crate::stage::{
    READER, Stage, all_rows, columns, grant, orders, revoke, shown, some_rows, stage,
};

const SELECT: &[Permission] = &[Permission::Select];
const ALL: &[&str] = &["id", "region", "amount", "day"];

/// Shared with the consumer's account, with the grant option, and accepted.
async fn shared() -> (Stage, Client) {
    let stage = stage().await;
    grant(&stage.lake, OTHER_ACCOUNT, orders(), SELECT, SELECT)
        .await
        .unwrap();
    stage.accept().await;
    let consumer = Client::new(&stage.root(OTHER_ACCOUNT));
    (stage, consumer)
}

#[tokio::test]
async fn the_first_share_of_a_table_brings_two_invitations_and_is_dead_until_they_are_accepted() {
    let stage = stage().await;
    let root = stage.root(OTHER_ACCOUNT);
    let refusal = stage.reads(&root).await.unwrap_err();
    assert_eq!(refusal, "Database sales not found.");
    grant(&stage.lake, OTHER_ACCOUNT, orders(), SELECT, SELECT)
        .await
        .unwrap();
    assert!(stage.reads(&root).await.is_err(), "not accepted");
    assert_eq!(stage.accept().await, 2);
    assert_eq!(stage.reads(&root).await, all_rows(ALL));
    stage.create_table("stock").await;
    let stock = crate::stage::table("stock");
    stage.grant(OTHER_ACCOUNT, stock, SELECT).await;
    assert_eq!(stage.accept().await, 0, "later tables bring none");
}

#[tokio::test]
async fn an_account_level_grant_needs_a_second_one_by_the_consumer() {
    let (stage, consumer) = shared().await;
    let reader = stage.role(READER).await;
    assert!(stage.reads(&reader).await.is_err());
    grant(&consumer, READER, columns(&["id", "region"]), SELECT, &[])
        .await
        .unwrap();
    assert_eq!(stage.reads(&reader).await, all_rows(&["id", "region"]));
    assert_eq!(
        shown(&consumer, orders()).await,
        [
            "444455556666: columns *: SELECT (grants SELECT)",
            "reader: columns id,region: SELECT"
        ],
        "the consumer sees what it got and what it passed on"
    );
}

#[tokio::test]
async fn both_sides_columns_count() {
    let stage = stage().await;
    let two = columns(&["id", "amount"]);
    grant(&stage.lake, OTHER_ACCOUNT, two, SELECT, SELECT)
        .await
        .unwrap();
    stage.accept().await;
    let consumer = Client::new(&stage.root(OTHER_ACCOUNT));
    let error = grant(&consumer, READER, columns(&["id", "region"]), SELECT, &[])
        .await
        .unwrap_err();
    assert_eq!(error.0, "AccessDeniedException");
    grant(&consumer, READER, columns(&["id"]), SELECT, &[])
        .await
        .unwrap();
    let reader = stage.role(READER).await;
    assert_eq!(stage.reads(&reader).await, all_rows(&["id"]));
    stage.revoke(OTHER_ACCOUNT, columns(&["id"]), SELECT).await;
    assert!(stage.reads(&reader).await.is_err(), "nothing is in both");
}

#[tokio::test]
async fn without_the_grant_option_the_consumer_cannot_pass_it_on() {
    let stage = stage().await;
    stage.grant(OTHER_ACCOUNT, orders(), SELECT).await;
    stage.accept().await;
    let consumer = Client::new(&stage.root(OTHER_ACCOUNT));
    let error = grant(&consumer, READER, orders(), SELECT, &[])
        .await
        .unwrap_err();
    assert_eq!(error.0, "AccessDeniedException");
    let third = "777788889999";
    let (_, shared) = (stage, shared().await);
    let error = grant(&shared.1, third, orders(), SELECT, &[])
        .await
        .unwrap_err();
    assert_eq!(
        error.0, "InvalidInputException",
        "sharing is not transitive"
    );
}

#[tokio::test]
async fn one_revoke_by_the_producer_ends_everything_below() {
    let (stage, consumer) = shared().await;
    grant(&consumer, READER, orders(), SELECT, &[])
        .await
        .unwrap();
    let reader = stage.role(READER).await;
    assert_eq!(stage.reads(&reader).await, all_rows(ALL));
    stage.revoke(OTHER_ACCOUNT, orders(), SELECT).await;
    assert!(stage.reads(&reader).await.is_err());
    assert!(stage.reads(&stage.root(OTHER_ACCOUNT)).await.is_err());
    assert_eq!(
        shown(&consumer, orders()).await,
        ["reader: columns *: SELECT"],
        "the consumer's own grant is left over"
    );
    revoke(&consumer, READER, orders(), SELECT).await.unwrap();
    assert!(shown(&consumer, orders()).await.is_empty());
}

#[tokio::test]
async fn the_share_ends_with_the_last_grant_that_needs_it() {
    let stage = stage().await;
    let ram = aws_sdk_ram::Client::new(&stage.root(OTHER_ACCOUNT));
    let received = || async {
        use aws_sdk_ram::types::ResourceOwner;
        let list = ram.list_resources();
        let list = list.resource_owner(ResourceOwner::OtherAccounts).send();
        let list = list.await.unwrap();
        let names = list.resources().iter().map(|found| found.arn().unwrap());
        names.map(str::to_owned).collect::<Vec<_>>()
    };
    stage.grant(OTHER_ACCOUNT, orders(), SELECT).await;
    stage.grant(READER, orders(), SELECT).await;
    stage.accept().await;
    assert_eq!(received().await.len(), 2);
    stage.revoke(OTHER_ACCOUNT, orders(), SELECT).await;
    assert_eq!(received().await.len(), 2, "the reader's grant needs it");
    let reader = stage.role(READER).await;
    assert_eq!(stage.reads(&reader).await, all_rows(ALL));
    stage.revoke(READER, orders(), SELECT).await;
    assert!(received().await.is_empty());
}

#[tokio::test]
async fn a_grant_straight_to_a_foreign_role_needs_no_second_one() {
    let stage = stage().await;
    stage.grant(READER, columns(&["id"]), SELECT).await;
    let reader = stage.role(READER).await;
    assert!(stage.reads(&reader).await.is_err(), "not accepted");
    stage.accept().await;
    assert_eq!(stage.reads(&reader).await, all_rows(&["id"]));
    let other = "arn:aws:iam::444455556666:role/other";
    assert!(stage.reads(&stage.role(other).await).await.is_err());
}

#[tokio::test]
async fn the_settings_must_allow_what_is_shared() {
    let stage = stage().await;
    stage.settings(ACCOUNT, &[], "2").await;
    let error = grant(&stage.lake, READER, orders(), SELECT, &[])
        .await
        .unwrap_err();
    assert_eq!(error.0, "InvalidInputException");
    assert!(error.1.contains("CROSS_ACCOUNT_VERSION"), "{}", error.1);
    stage.grant(OTHER_ACCOUNT, orders(), SELECT).await;
}

#[tokio::test]
async fn a_table_that_is_open_to_iam_cannot_be_shared() {
    let stage = stage().await;
    let everybody = "IAM_ALLOWED_PRINCIPALS";
    stage.grant(everybody, orders(), &[Permission::All]).await;
    let error = grant(&stage.lake, OTHER_ACCOUNT, orders(), SELECT, &[])
        .await
        .unwrap_err();
    assert_eq!(error.0, "InvalidInputException");
    assert!(error.1.contains(everybody), "{}", error.1);
    stage.revoke(everybody, orders(), &[Permission::All]).await;
    stage.grant(OTHER_ACCOUNT, orders(), SELECT).await;
}

#[tokio::test]
async fn a_dropped_table_ends_the_share_and_blocks_no_revoke_of_the_consumer() {
    let (stage, consumer) = shared().await;
    grant(&consumer, READER, orders(), SELECT, &[])
        .await
        .unwrap();
    stage.drop_table("orders").await;
    revoke(&consumer, READER, orders(), SELECT).await.unwrap();
    stage.create_table("orders").await;
    assert!(stage.reads(&stage.role(READER).await).await.is_err());
    assert!(stage.reads(&stage.root(OTHER_ACCOUNT)).await.is_err());
}

#[tokio::test]
async fn an_organization_gets_it_without_invitation() {
    let stage = stage().await;
    let organizations = async |account, operation, input| {
        let answer = raw::json_as(&stage.cloud, account, "organizations", operation, input).await;
        assert_eq!(answer.0, 200, "{operation}: {}", answer.1);
        answer.1
    };
    let made = organizations(ACCOUNT, "CreateOrganization", json!({})).await;
    let target = json!({"Target": {"Id": OTHER_ACCOUNT, "Type": "ACCOUNT"}});
    let invited = organizations(ACCOUNT, "InviteAccountToOrganization", target).await;
    let accept = json!({"HandshakeId": invited["Handshake"]["Id"]});
    organizations(OTHER_ACCOUNT, "AcceptHandshake", accept).await;
    let ram = aws_sdk_ram::Client::new(&stage.root(ACCOUNT));
    let enable = ram.enable_sharing_with_aws_organization().send();
    enable.await.unwrap();

    let organization = made["Organization"]["Arn"].as_str().unwrap();
    stage.grant(organization, columns(&["id"]), SELECT).await;
    assert_eq!(stage.accept().await, 0);
    let member = stage.root(OTHER_ACCOUNT);
    assert_eq!(stage.reads(&member).await, all_rows(&["id"]));
    let stranger = stage.root("777788889999");
    assert!(stage.reads(&stranger).await.is_err());
    organizations(OTHER_ACCOUNT, "LeaveOrganization", json!({})).await;
    assert!(stage.reads(&member).await.is_err());
}

#[tokio::test]
async fn a_shared_filter_cuts_rows_below_too() {
    let stage = stage().await;
    crate::filters::create(&stage, "eu", "region = 'EU'", &["id", "region"]).await;
    let eu = || crate::stage::filter("eu");
    grant(&stage.lake, OTHER_ACCOUNT, eu(), SELECT, SELECT)
        .await
        .unwrap();
    stage.accept().await;
    let root = stage.root(OTHER_ACCOUNT);
    let expected = some_rows(&["id", "region"], "(region = 'EU')");
    assert_eq!(stage.reads(&root).await, expected);
    let consumer = Client::new(&root);
    grant(&consumer, READER, eu(), SELECT, &[]).await.unwrap();
    assert_eq!(
        stage.reads(&stage.role(READER).await).await,
        some_rows(&["id", "region"], "((region = 'EU') AND (region = 'EU'))")
    );
}
