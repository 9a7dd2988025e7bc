//! Hybrid access: what is open to IAM stays so, but for whom has opted in.

use aws_sdk_lakeformation::Client;
use aws_sdk_lakeformation::types::{Permission, Resource};

use crate::setup::OTHER_ACCOUNT;
use crate::stage::{
    ANALYST, Stage, all_rows, columns, database, orders, principal, refused, stage,
};

const EVERYBODY: &str = "IAM_ALLOWED_PRINCIPALS";
const SELECT: &[Permission] = &[Permission::Select];
const ALL: &[&str] = &["id", "region", "amount", "day"];

async fn open() -> Stage {
    let stage = stage().await;
    stage.grant(EVERYBODY, orders(), &[Permission::All]).await;
    stage
}

async fn opt_in(lake: &Client, who: &str, resource: Resource) {
    let create = lake
        .create_lake_formation_opt_in()
        .principal(principal(who));
    create.resource(resource).send().await.unwrap();
}

#[tokio::test]
async fn who_opts_in_has_only_what_is_granted() {
    let stage = open().await;
    let analyst = stage.role(ANALYST).await;
    stage.grant(ANALYST, columns(&["id"]), SELECT).await;
    assert_eq!(stage.reads(&analyst).await, all_rows(ALL));
    opt_in(&stage.lake, ANALYST, orders()).await;
    assert_eq!(stage.reads(&analyst).await, all_rows(&["id"]));
    let other = stage.role("arn:aws:iam::111122223333:role/other").await;
    assert_eq!(stage.reads(&other).await, all_rows(ALL));

    let list = || stage.lake.list_lake_formation_opt_ins();
    let by_resource = list().resource(orders()).send().await.unwrap();
    assert_eq!(by_resource.lake_formation_opt_ins_info_list().len(), 1);
    let elsewhere = list().resource(database()).send().await.unwrap();
    assert!(elsewhere.lake_formation_opt_ins_info_list().is_empty());
    let by_principal = list().principal(principal(ANALYST)).send().await.unwrap();
    assert_eq!(by_principal.lake_formation_opt_ins_info_list().len(), 1);

    let delete = stage.lake.delete_lake_formation_opt_in();
    let delete = delete.principal(principal(ANALYST)).resource(orders());
    delete.clone().send().await.unwrap();
    assert_eq!(stage.reads(&analyst).await, all_rows(ALL));
    let error = delete.send().await.unwrap_err();
    assert_eq!(
        refused(&error.into_service_error()).0,
        "EntityNotFoundException"
    );
}

#[tokio::test]
async fn an_opt_in_for_the_database_counts_for_its_tables() {
    let stage = open().await;
    opt_in(&stage.lake, ANALYST, database()).await;
    assert!(stage.reads(&stage.role(ANALYST).await).await.is_err());
}

#[tokio::test]
async fn an_open_table_in_a_hybrid_location_is_shared_with_whom_has_opted_in() {
    let stage = open().await;
    let register = stage.lake.register_resource();
    let register = register
        .resource_arn("arn:aws:s3:::lake/sales")
        .role_arn("arn:aws:iam::111122223333:role/lake")
        .hybrid_access_enabled(true);
    register.send().await.unwrap();
    stage.grant(OTHER_ACCOUNT, columns(&["id"]), SELECT).await;
    stage.accept().await;
    let consumer = stage.root(OTHER_ACCOUNT);
    let refusal = stage.reads(&consumer).await.unwrap_err();
    assert!(refusal.contains("has not opted in"), "{refusal}");
    opt_in(&stage.lake, OTHER_ACCOUNT, orders()).await;
    assert_eq!(stage.reads(&consumer).await, all_rows(&["id"]));
}
