//! What is held: grants merge, revokes subtract, and who may do either.

use aws_sdk_lakeformation::types::Permission;

use crate::raw;
use crate::setup::ACCOUNT;
use crate::stage::{
    ANALYST, all_but, columns, database, fresh, grant, orders, refused, revoke, shown, stage, table,
};

const STEWARD: &str = "arn:aws:iam::111122223333:role/steward";

#[tokio::test]
async fn grants_merge_and_a_table_shows_in_two_entries() {
    let stage = stage().await;
    stage.grant(ANALYST, orders(), &[Permission::Select]).await;
    stage
        .grant(
            ANALYST,
            orders(),
            &[Permission::Insert, Permission::Describe],
        )
        .await;
    assert_eq!(
        shown(&stage.lake, orders()).await,
        [
            "analyst: table orders: DESCRIBE+INSERT",
            "analyst: columns *: SELECT"
        ]
    );
}

#[tokio::test]
async fn columns_add_up_and_are_taken_away() {
    let stage = stage().await;
    let select = &[Permission::Select];
    stage.grant(ANALYST, columns(&["id"]), select).await;
    stage.grant(ANALYST, columns(&["REGION"]), select).await;
    let list = || async { shown(&stage.lake, orders()).await };
    assert_eq!(list().await, ["analyst: columns id,region: SELECT"]);
    stage.revoke(ANALYST, columns(&["id"]), select).await;
    assert_eq!(list().await, ["analyst: columns region: SELECT"]);
    stage.grant(ANALYST, all_but(&["amount"]), select).await;
    assert_eq!(list().await, ["analyst: columns * but amount: SELECT"]);
    stage.revoke(ANALYST, columns(&["day"]), select).await;
    assert_eq!(list().await, ["analyst: columns * but amount,day: SELECT"]);
    stage.revoke(ANALYST, orders(), select).await;
    assert!(list().await.is_empty());
}

#[tokio::test]
async fn what_is_not_held_cannot_be_revoked() {
    let stage = stage().await;
    stage.grant(ANALYST, orders(), &[Permission::Insert]).await;
    let both = &[Permission::Insert, Permission::Select];
    let error = revoke(&stage.lake, ANALYST, orders(), both)
        .await
        .unwrap_err();
    assert_eq!(
        error,
        (
            "InvalidInputException".to_owned(),
            "No permissions revoked. Grantee does not have: [SELECT]".to_owned()
        )
    );
    assert_eq!(
        shown(&stage.lake, orders()).await,
        ["analyst: table orders: INSERT"],
        "all or nothing"
    );
}

#[tokio::test]
async fn all_stands_for_everything() {
    let stage = stage().await;
    stage.grant(ANALYST, orders(), &[Permission::All]).await;
    let list = || async { shown(&stage.lake, orders()).await };
    assert_eq!(
        list().await,
        [
            "analyst: table orders: ALL+ALTER+DELETE+DESCRIBE+DROP+INSERT",
            "analyst: columns *: SELECT"
        ]
    );
    stage.revoke(ANALYST, orders(), &[Permission::Drop]).await;
    assert_eq!(
        list().await[0],
        "analyst: table orders: ALTER+DELETE+DESCRIBE+INSERT"
    );
    stage.grant(ANALYST, orders(), &[Permission::All]).await;
    stage.revoke(ANALYST, orders(), &[Permission::All]).await;
    assert!(list().await.is_empty());
}

#[tokio::test]
async fn what_is_held_with_the_grant_option_may_be_passed_on() {
    let stage = stage().await;
    let steward = stage.lake_as(STEWARD).await;
    let select = &[Permission::Select];
    let error = grant(&steward, ANALYST, columns(&["id"]), select, &[])
        .await
        .unwrap_err();
    assert_eq!(error.0, "AccessDeniedException");
    assert_eq!(
        error.1,
        "Insufficient Lake Formation permission(s): Required Grantable Select on orders"
    );
    let given = columns(&["id", "region"]);
    grant(&stage.lake, STEWARD, given, select, select)
        .await
        .unwrap();
    grant(&steward, ANALYST, columns(&["id"]), select, &[])
        .await
        .unwrap();
    let beyond = grant(&steward, ANALYST, columns(&["amount"]), select, &[]).await;
    assert_eq!(beyond.unwrap_err().0, "AccessDeniedException");
    assert_eq!(
        shown(&stage.lake, orders()).await,
        [
            "analyst: columns id: SELECT",
            "steward: columns id,region: SELECT (grants SELECT)"
        ]
    );
}

#[tokio::test]
async fn an_admin_may_grant_anything_and_has_no_select_by_that() {
    let stage = stage().await;
    stage.settings(ACCOUNT, &[STEWARD], "4").await;
    let steward = stage.lake_as(STEWARD).await;
    grant(&steward, ANALYST, orders(), &[Permission::Select], &[])
        .await
        .unwrap();
    let read = stage.reads(&stage.role(STEWARD).await).await.unwrap_err();
    assert_eq!(
        read,
        "Insufficient Lake Formation permission(s): Required Select on orders"
    );
}

#[tokio::test]
async fn a_deleted_role_loses_what_it_holds_and_gets_nothing() {
    let stage = stage().await;
    let role = |operation: &str, more: &str| {
        format!("Action={operation}&Version=2010-05-08&RoleName=analyst{more}")
    };
    let trust = "&AssumeRolePolicyDocument=%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A\
        %5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22AWS%22%3A%22111122223333%22%7D\
        %2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D";
    let created = raw::form(&stage.cloud, "iam", &role("CreateRole", trust)).await;
    assert_eq!(created.0, 200, "{}", created.1);
    stage.grant(ANALYST, orders(), &[Permission::Select]).await;
    let deleted = raw::form(&stage.cloud, "iam", &role("DeleteRole", "")).await;
    assert_eq!(deleted.0, 200, "{}", deleted.1);
    let error = grant(&stage.lake, ANALYST, orders(), &[Permission::Insert], &[])
        .await
        .unwrap_err();
    assert_eq!(error.0, "InvalidInputException");
    assert_eq!(error.1, format!("Invalid principal, {ANALYST}"));
    stage.revoke(ANALYST, orders(), &[Permission::Select]).await;
    assert!(shown(&stage.lake, orders()).await.is_empty());
}

#[tokio::test]
async fn grants_go_with_the_table() {
    let stage = stage().await;
    stage.grant(ANALYST, orders(), &[Permission::Select]).await;
    stage.drop_table("orders").await;
    let error = revoke(&stage.lake, ANALYST, orders(), &[Permission::Select])
        .await
        .unwrap_err();
    assert_eq!(error.0, "EntityNotFoundException");
    stage.create_table("orders").await;
    assert!(shown(&stage.lake, orders()).await.is_empty());
    let read = stage.reads(&stage.role(ANALYST).await).await;
    assert!(read.is_err(), "{read:?}");
}

#[tokio::test]
async fn bad_requests_are_explained() {
    let stage = stage().await;
    let select = &[Permission::Select];
    for (to, resource, permissions, code, part) in [
        (
            "nobody",
            orders(),
            select,
            "InvalidInputException",
            "Invalid principal, nobody",
        ),
        (
            ANALYST,
            table("nope"),
            select,
            "EntityNotFoundException",
            "sales.nope",
        ),
        (
            ANALYST,
            columns(&["nope"]),
            select,
            "InvalidInputException",
            "Column nope",
        ),
        (
            ANALYST,
            columns(&["id"]),
            &[Permission::Insert],
            "InvalidInputException",
            "Permissions modification is invalid.",
        ),
        (
            ANALYST,
            database(),
            select,
            "InvalidInputException",
            "Permissions modification is invalid.",
        ),
    ] {
        let error = grant(&stage.lake, to, resource, permissions, &[])
            .await
            .unwrap_err();
        assert_eq!(error.0, code, "{}", error.1);
        assert!(error.1.contains(part), "{}", error.1);
    }
    let none = stage.lake.grant_permissions().send().await.unwrap_err();
    assert_eq!(
        refused(&none.into_service_error()).0,
        "InvalidInputException"
    );
}

#[tokio::test]
async fn a_fresh_account_is_open_and_its_settings_are_written_whole() {
    let stage = fresh();
    let get = || stage.lake.get_data_lake_settings().send();
    let settings = get().await.unwrap().data_lake_settings.unwrap();
    assert_eq!(settings.create_table_default_permissions().len(), 1);
    assert_eq!(settings.parameters().unwrap()["CROSS_ACCOUNT_VERSION"], "1");
    stage.create_table("orders").await;
    assert_eq!(
        shown(&stage.lake, orders()).await,
        ["IAM_ALLOWED_PRINCIPALS: table orders: ALL"]
    );
    assert!(stage.reads(&stage.role(ANALYST).await).await.is_ok());

    stage.settings(ACCOUNT, &[STEWARD], "3").await;
    let settings = get().await.unwrap().data_lake_settings.unwrap();
    assert!(settings.create_table_default_permissions().is_empty());
    assert_eq!(settings.data_lake_admins().len(), 1);
    stage.create_table("stock").await;
    // The database keeps what it was created with.
    assert_eq!(
        shown(&stage.lake, table("stock")).await[1..],
        ["IAM_ALLOWED_PRINCIPALS: table stock: ALL"]
    );
}
