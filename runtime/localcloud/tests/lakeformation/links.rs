//! Resource links, and what of another account's catalog is there for whom.

use aws_sdk_glue::error::ProvideErrorMetadata as _;
use aws_sdk_glue::types::{DatabaseIdentifier, DatabaseInput, TableIdentifier, TableInput};
use aws_sdk_lakeformation::Client;
use aws_sdk_lakeformation::types::{DatabaseResource, Permission, Resource, TableResource};

use crate::setup::{ACCOUNT, OTHER_ACCOUNT};
use crate::stage::{READER, Stage, all_rows, columns, grant, orders, reads, stage};

const SELECT: &[Permission] = &[Permission::Select];

/// `orders` is shared, and the consumer has a link `mirror.orders_link` to it.
async fn linked() -> (Stage, aws_sdk_glue::Client) {
    let stage = stage().await;
    grant(&stage.lake, OTHER_ACCOUNT, orders(), SELECT, SELECT)
        .await
        .unwrap();
    stage.accept().await;
    let glue = aws_sdk_glue::Client::new(&stage.root(OTHER_ACCOUNT));
    let mirror = DatabaseInput::builder().name("mirror").build().unwrap();
    let create = glue.create_database().database_input(mirror);
    create.send().await.unwrap();
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
    (stage, glue)
}

#[tokio::test]
async fn a_link_shows_itself_and_reads_its_target() {
    let (stage, glue) = linked().await;
    let get = glue.get_table().database_name("mirror").name("orders_link");
    let got = get.send().await.unwrap().table.unwrap();
    assert_eq!(got.name(), "orders_link");
    let target = got.target_table().unwrap();
    assert_eq!(target.catalog_id(), Some(ACCOUNT));
    assert_eq!(target.name(), Some("orders"));
    let root = stage.root(OTHER_ACCOUNT);
    let through = reads(&root, OTHER_ACCOUNT, "mirror", "orders_link").await;
    assert_eq!(through, all_rows(&["id", "region", "amount", "day"]));
}

#[tokio::test]
async fn the_link_needs_describe_and_the_target_select() {
    let (stage, _) = linked().await;
    let consumer = Client::new(&stage.root(OTHER_ACCOUNT));
    let reader = stage.role(READER).await;
    let read = || reads(&reader, OTHER_ACCOUNT, "mirror", "orders_link");
    assert_eq!(
        read().await.unwrap_err(),
        "Insufficient Lake Formation permission(s): Required Describe on orders_link"
    );
    let link = TableResource::builder().database_name("mirror");
    let link = link.name("orders_link").build().unwrap();
    let link = || Resource::builder().table(link.clone()).build();
    let error = grant(&consumer, READER, link(), SELECT, &[]).await;
    assert_eq!(error.unwrap_err().0, "InvalidInputException");
    grant(&consumer, READER, link(), &[Permission::Describe], &[])
        .await
        .unwrap();
    assert!(
        read()
            .await
            .unwrap_err()
            .contains("Required Select on orders")
    );
    grant(&consumer, READER, columns(&["id"]), SELECT, &[])
        .await
        .unwrap();
    assert_eq!(read().await, all_rows(&["id"]));
}

#[tokio::test]
async fn a_link_can_be_deleted_when_its_target_is_gone() {
    let (stage, glue) = linked().await;
    stage.drop_table("orders").await;
    let read = reads(
        &stage.root(OTHER_ACCOUNT),
        OTHER_ACCOUNT,
        "mirror",
        "orders_link",
    )
    .await;
    assert!(read.is_err());
    let delete = glue.delete_table().database_name("mirror");
    delete.name("orders_link").send().await.unwrap();
}

#[tokio::test]
async fn a_link_to_a_database_opens_what_is_shared_of_it() {
    let (stage, glue) = linked().await;
    stage.create_table("stock").await;
    let target = DatabaseIdentifier::builder().catalog_id(ACCOUNT);
    let target = target.database_name("sales").build();
    let link = DatabaseInput::builder()
        .name("sales_link")
        .target_database(target);
    let create = glue.create_database();
    create
        .database_input(link.build().unwrap())
        .send()
        .await
        .unwrap();
    let got = glue.get_database().name("sales_link").send().await.unwrap();
    let database = got.database().unwrap();
    assert_eq!(
        database.target_database().unwrap().database_name(),
        Some("sales")
    );
    let tables = glue.get_tables().database_name("sales_link").send().await;
    let tables = tables.unwrap();
    let names: Vec<&str> = tables.table_list().iter().map(|t| t.name()).collect();
    assert_eq!(names, ["orders"]);
    let root = stage.root(OTHER_ACCOUNT);
    let read = reads(&root, OTHER_ACCOUNT, "sales_link", "orders").await;
    assert!(read.is_ok(), "{read:?}");
    let tables = DatabaseResource::builder()
        .name("sales_link")
        .build()
        .unwrap();
    let link = Resource::builder().database(tables).build();
    let list = Client::new(&root).list_permissions().resource(link).send();
    assert!(list.await.is_err());
}

#[tokio::test]
async fn a_foreign_catalog_shows_what_is_shared() {
    let (stage, glue) = linked().await;
    stage.create_table("stock").await;
    let get = |name: &str| {
        let get = glue.get_table().catalog_id(ACCOUNT);
        get.database_name("sales").name(name).send()
    };
    let got = get("orders").await.unwrap().table.unwrap();
    assert_eq!(got.catalog_id(), Some(ACCOUNT));
    let error = get("stock").await.unwrap_err().into_service_error();
    assert_eq!(error.code(), Some("AccessDeniedException"));
    let tables = glue.get_tables().catalog_id(ACCOUNT).database_name("sales");
    assert_eq!(tables.send().await.unwrap().table_list().len(), 1);
    let database = glue.get_database().catalog_id(ACCOUNT).name("sales");
    database.send().await.unwrap();

    let reader = aws_sdk_glue::Client::new(&stage.role(READER).await);
    let get = reader.get_table().catalog_id(ACCOUNT);
    let get = get.database_name("sales").name("orders");
    let error = get.clone().send().await.unwrap_err().into_service_error();
    assert!(error.is_entity_not_found_exception(), "{error:?}");
    let consumer = Client::new(&stage.root(OTHER_ACCOUNT));
    grant(&consumer, READER, columns(&["id"]), SELECT, &[])
        .await
        .unwrap();
    get.send().await.unwrap();
}

#[tokio::test]
async fn a_link_must_say_what_it_stands_for() {
    let stage = stage().await;
    let target = TableIdentifier::builder()
        .catalog_id("mine")
        .name("x")
        .build();
    let link = TableInput::builder()
        .name("link")
        .target_table(target)
        .build();
    let create = stage.glue().create_table().database_name("sales");
    let error = create.table_input(link.unwrap()).send().await.unwrap_err();
    assert!(error.into_service_error().is_invalid_input_exception());
}
