//! Databases and tables.

use std::time::Duration;

use aws_sdk_glue::Client;
use aws_sdk_glue::error::ProvideErrorMetadata as _;
use aws_sdk_glue::types::{Column, DatabaseInput, TableAttributes};

use crate::setup::{ACCOUNT, OTHER_ACCOUNT, REGION, START_MS, cloud, sdk};
use crate::stage::{catalog, create_database, create_table, table};

#[tokio::test]
async fn a_database_is_created_once_and_found_in_any_case() {
    let (client, _) = catalog().await;
    let input = DatabaseInput::builder().name("SALES").build().unwrap();
    let again = client.create_database().database_input(input).send().await;
    let error = again.unwrap_err().into_service_error();
    assert!(error.is_already_exists_exception());
    assert_eq!(error.message(), Some("Database already exists."));

    let got = client.get_database().name("Sales").send().await.unwrap();
    let database = got.database().unwrap();
    assert_eq!(database.name(), "sales");
    assert_eq!(database.catalog_id(), Some(ACCOUNT));
    let created = database.create_time().unwrap().to_millis().unwrap();
    assert_eq!(created, START_MS);
    assert_eq!(database.create_table_default_permissions().len(), 1);

    let error = client.get_database().name("nope").send().await.unwrap_err();
    let error = error.into_service_error();
    assert!(error.is_entity_not_found_exception());
    assert_eq!(error.message(), Some("Database nope not found."));
}

#[tokio::test]
async fn databases_are_updated_and_listed_in_pages() {
    let (client, _) = catalog().await;
    for name in ["stock", "web"] {
        create_database(&client, name).await;
    }
    let changed = DatabaseInput::builder()
        .name("stock")
        .description("new")
        .build();
    let update = client.update_database().name("stock");
    let update = update.database_input(changed.unwrap());
    update.send().await.unwrap();

    let page = client.get_databases().max_results(2).send().await.unwrap();
    let names: Vec<_> = page.database_list().iter().map(|d| d.name()).collect();
    assert_eq!(names, ["sales", "stock"]);
    assert_eq!(page.database_list()[1].description(), Some("new"));
    let next = client.get_databases().max_results(2);
    let page = next
        .next_token(page.next_token().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(page.database_list()[0].name(), "web");
    assert_eq!(page.next_token(), None);

    let error = client.get_databases().next_token("x").send().await;
    let error = error.unwrap_err().into_service_error();
    assert!(error.is_invalid_input_exception());
}

#[tokio::test]
async fn a_deleted_database_takes_its_tables_with_it() {
    let (client, _) = catalog().await;
    create_table(&client, "orders").await;
    client.delete_database().name("sales").send().await.unwrap();
    let again = client.delete_database().name("sales").send().await;
    assert!(
        again
            .unwrap_err()
            .into_service_error()
            .is_entity_not_found_exception()
    );
    create_database(&client, "sales").await;
    let tables = client
        .get_tables()
        .database_name("sales")
        .send()
        .await
        .unwrap();
    assert!(tables.table_list().is_empty());
}

#[tokio::test]
async fn a_table_is_kept_as_it_was_described() {
    let (client, _) = catalog().await;
    let input = table("Orders")
        .description("all orders")
        .parameters("classification", "parquet")
        .partition_keys(
            Column::builder()
                .name("day")
                .r#type("date")
                .build()
                .unwrap(),
        )
        .build()
        .unwrap();
    let create = || {
        let create = client.create_table().database_name("sales");
        create.table_input(input.clone()).send()
    };
    create().await.unwrap();
    let error = create().await.unwrap_err().into_service_error();
    assert!(error.is_already_exists_exception());
    assert_eq!(error.message(), Some("Table already exists."));

    let get = client.get_table().database_name("sales").name("ORDERS");
    let got = get.send().await.unwrap();
    let table = got.table().unwrap();
    assert_eq!(table.name(), "orders");
    assert_eq!(table.database_name(), Some("sales"));
    assert_eq!(table.description(), Some("all orders"));
    assert_eq!(table.version_id(), Some("0"));
    assert_eq!(table.parameters().unwrap()["classification"], "parquet");
    assert_eq!(table.partition_keys()[0].name(), "day");
    let storage = table.storage_descriptor().unwrap();
    assert_eq!(storage.columns()[1].r#type(), Some("timestamp"));
}

#[tokio::test]
async fn tables_are_found_by_expression_and_in_pages() {
    let (client, _) = catalog().await;
    for name in ["orders", "orders_old", "stock"] {
        create_table(&client, name).await;
    }
    let get = || client.get_tables().database_name("sales");
    let names = |page: aws_sdk_glue::operation::get_tables::GetTablesOutput| -> Vec<String> {
        let tables = page.table_list().iter();
        tables.map(|table| table.name().to_owned()).collect()
    };
    let page = get().expression("orders*").send().await.unwrap();
    assert_eq!(names(page), ["orders", "orders_old"]);
    let page = get().expression("orders").send().await.unwrap();
    assert_eq!(names(page), ["orders"]);
    let page = get().max_results(2).send().await.unwrap();
    let token = page.next_token().unwrap().to_owned();
    let page = get().max_results(2).next_token(token).send().await.unwrap();
    assert_eq!(names(page), ["stock"]);

    let page = get()
        .attributes_to_get(TableAttributes::Name)
        .send()
        .await
        .unwrap();
    assert!(page.table_list()[0].storage_descriptor().is_none());
    let error = get().database_name("nope").send().await.unwrap_err();
    assert!(error.into_service_error().is_entity_not_found_exception());
}

#[tokio::test]
async fn an_update_makes_a_version() {
    let (client, clock) = catalog().await;
    create_table(&client, "orders").await;
    clock.advance(Duration::from_secs(60));
    let update = || {
        let input = table("orders").description("second").build().unwrap();
        client
            .update_table()
            .database_name("sales")
            .table_input(input)
    };
    update().version_id("0").send().await.unwrap();
    let error = update().version_id("0").send().await.unwrap_err();
    assert!(
        error
            .into_service_error()
            .is_concurrent_modification_exception()
    );

    let get = client.get_table().database_name("sales").name("orders");
    let got = get.send().await.unwrap();
    let table = got.table().unwrap();
    assert_eq!(
        (table.version_id(), table.description()),
        (Some("1"), Some("second"))
    );
    let (created, updated) = (table.create_time().unwrap(), table.update_time().unwrap());
    assert_eq!(updated.secs() - created.secs(), 60);

    let versions = client.get_table_versions().database_name("sales");
    let versions = versions.table_name("orders").send().await.unwrap();
    let ids: Vec<_> = versions
        .table_versions()
        .iter()
        .map(|v| v.version_id())
        .collect();
    assert_eq!(ids, [Some("1"), Some("0")]);

    let delete = || client.delete_table().database_name("sales").name("orders");
    delete().send().await.unwrap();
    let error = delete().send().await.unwrap_err();
    assert!(error.into_service_error().is_entity_not_found_exception());
    let error = update().send().await.unwrap_err();
    assert!(error.into_service_error().is_entity_not_found_exception());
}

#[tokio::test]
async fn bad_input_is_explained() {
    let (client, _) = catalog().await;
    for (name, part) in [
        (String::new(), "greater than or equal to 1"),
        ("x".repeat(256), "less than or equal to 255"),
        ("a\nb".to_owned(), "regular expression"),
    ] {
        let create = client.create_table().database_name("sales");
        let create = create.table_input(table(&name).build().unwrap());
        let error = create.send().await.unwrap_err().into_service_error();
        assert!(error.is_invalid_input_exception());
        let message = error.message().unwrap();
        assert!(
            message.contains("'tableInput.name'") && message.contains(part),
            "{message}"
        );
    }
}

#[tokio::test]
async fn a_catalog_is_its_accounts_own() {
    let (cloud, _) = cloud();
    let client = Client::new(&sdk(&cloud, ACCOUNT, REGION));
    create_database(&client, "sales").await;
    let other = Client::new(&sdk(&cloud, OTHER_ACCOUNT, REGION));
    let get = other.get_database().name("sales");
    assert!(get.send().await.is_err());
    let get = other.get_database().name("sales").catalog_id(ACCOUNT);
    assert!(get.send().await.is_err());
    let get = client.get_database().name("sales").catalog_id(ACCOUNT);
    get.send().await.unwrap();
}
