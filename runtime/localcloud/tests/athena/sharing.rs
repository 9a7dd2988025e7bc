//! Queries over another account's table, through links.

use aws_sdk_glue::types::{DatabaseIdentifier, DatabaseInput, TableIdentifier, TableInput};
use aws_sdk_lakeformation::types::Permission;

use crate::setup::{ACCOUNT, OTHER_ACCOUNT};
use crate::shelf::{ask, rows, shelf};
use crate::stage::{Stage, grant, orders};

const SELECT: &[Permission] = &[Permission::Select];

/// The consumer has the links `mirror.orders_link` to the table and `sales_link` to its database.
async fn linked() -> Stage {
    let stage = shelf().await;
    grant(&stage.lake, OTHER_ACCOUNT, orders(), SELECT, SELECT)
        .await
        .unwrap();
    stage.accept().await;
    let glue = aws_sdk_glue::Client::new(&stage.root(OTHER_ACCOUNT));
    let mirror = DatabaseInput::builder().name("mirror").build().unwrap();
    glue.create_database()
        .database_input(mirror)
        .send()
        .await
        .unwrap();
    let target = TableIdentifier::builder().catalog_id(ACCOUNT);
    let target = target.database_name("sales").name("orders").build();
    let link = TableInput::builder()
        .name("orders_link")
        .target_table(target);
    let create = glue.create_table().database_name("mirror");
    create
        .table_input(link.build().unwrap())
        .send()
        .await
        .unwrap();
    let target = DatabaseIdentifier::builder().catalog_id(ACCOUNT);
    let target = target.database_name("sales").build();
    let link = DatabaseInput::builder()
        .name("sales_link")
        .target_database(target);
    let create = glue.create_database().database_input(link.build().unwrap());
    create.send().await.unwrap();
    stage
}

#[tokio::test]
async fn links_lead_to_the_table_until_it_is_no_longer_shared() {
    let stage = linked().await;
    let consumer = stage.root(OTHER_ACCOUNT);
    let through_links = [
        "SELECT max(id) FROM mirror.orders_link",
        "SELECT max(id) FROM \"AwsDataCatalog\".\"mirror\".\"orders_link\"",
        "SELECT max(id) FROM sales_link.orders",
    ];
    for sql in through_links {
        assert_eq!(rows(&consumer, sql).await, ["3"], "{sql}");
    }
    stage.revoke(OTHER_ACCOUNT, orders(), SELECT).await;
    for sql in through_links {
        let refusal = ask(&consumer, sql).await.unwrap_err();
        assert!(
            refusal.contains("Required Select on orders"),
            "{sql}: {refusal}"
        );
    }
}

#[tokio::test]
async fn what_is_behind_no_link_is_not_found() {
    let stage = linked().await;
    let consumer = stage.root(OTHER_ACCOUNT);
    stage.drop_table("orders").await;
    for (sql, name) in [
        ("SELECT 1 FROM sales_link.orders", "sales_link.orders"),
        ("SELECT 1 FROM sales_link.nothing", "sales_link.nothing"),
        ("SELECT 1 FROM mirror.orders_link", "mirror.orders_link"),
        ("SELECT 1 FROM mirror.nothing", "mirror.nothing"),
    ] {
        let expected =
            format!("TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.{name}' does not exist");
        assert_eq!(ask(&consumer, sql).await.unwrap_err(), expected);
    }
    let refusal = ask(&consumer, "SELECT 1 FROM sales.orders")
        .await
        .unwrap_err();
    assert_eq!(
        refusal,
        "SCHEMA_NOT_FOUND: line 1:15: Schema 'sales' does not exist"
    );
}
