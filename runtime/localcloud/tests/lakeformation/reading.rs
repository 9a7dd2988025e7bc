//! What a reader sees in its own account's catalog.

use aws_sdk_lakeformation::types::Permission;

use crate::setup::ACCOUNT;
use crate::stage::{ANALYST, all_but, all_rows, all_tables, columns, orders, stage};

const SELECT: &[Permission] = &[Permission::Select];
const ALL: &[&str] = &["id", "region", "amount", "day"];

#[tokio::test]
async fn nothing_is_read_without_a_grant_but_by_the_root() {
    let stage = stage().await;
    assert_eq!(stage.reads(&stage.root(ACCOUNT)).await, all_rows(ALL));
    let analyst = stage.role(ANALYST).await;
    let refusal = stage.reads(&analyst).await.unwrap_err();
    assert_eq!(
        refusal,
        "Insufficient Lake Formation permission(s): Required Select on orders"
    );
    stage
        .grant(ANALYST, orders(), &[Permission::Describe])
        .await;
    assert_eq!(
        stage.reads(&analyst).await,
        Err(refusal),
        "DESCRIBE is not SELECT"
    );
}

#[tokio::test]
async fn the_granted_columns_are_read_in_the_tables_order() {
    let stage = stage().await;
    let analyst = stage.role(ANALYST).await;
    stage.grant(ANALYST, columns(&["day", "id"]), SELECT).await;
    assert_eq!(stage.reads(&analyst).await, all_rows(&["id", "day"]));
    stage.grant(ANALYST, all_but(&["amount"]), SELECT).await;
    assert_eq!(
        stage.reads(&analyst).await,
        all_rows(&["id", "region", "day"])
    );
    stage.revoke(ANALYST, columns(&["id"]), SELECT).await;
    assert_eq!(stage.reads(&analyst).await, all_rows(&["region", "day"]));
}

#[tokio::test]
async fn a_grant_on_all_tables_and_one_to_all_principals_count() {
    let stage = stage().await;
    let analyst = stage.role(ANALYST).await;
    stage.grant(ANALYST, all_tables(), SELECT).await;
    assert_eq!(stage.reads(&analyst).await, all_rows(ALL));
    stage.revoke(ANALYST, all_tables(), SELECT).await;
    let everybody = format!("{ACCOUNT}:IAMPrincipals");
    stage.grant(&everybody, columns(&["id"]), SELECT).await;
    assert_eq!(stage.reads(&analyst).await, all_rows(&["id"]));
}

#[tokio::test]
async fn a_role_reads_the_table_that_it_made() {
    use aws_sdk_glue::types::{Column, StorageDescriptor, TableInput};
    let stage = stage().await;
    let config = stage.role(ANALYST).await;
    let column = Column::builder().name("id").r#type("string").build();
    let storage = StorageDescriptor::builder()
        .columns(column.unwrap())
        .build();
    let table = TableInput::builder()
        .name("mine")
        .storage_descriptor(storage);
    let create = aws_sdk_glue::Client::new(&config).create_table();
    let create = create.database_name("sales");
    create
        .table_input(table.build().unwrap())
        .send()
        .await
        .unwrap();
    let read = crate::stage::reads(&config, ACCOUNT, "sales", "mine").await;
    assert_eq!(read, all_rows(&["id"]));
}
