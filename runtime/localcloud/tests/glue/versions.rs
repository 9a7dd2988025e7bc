//! The versions of tables.

use aws_sdk_glue::Client;
use aws_sdk_glue::error::ProvideErrorMetadata as _;
use aws_sdk_glue::operation::update_table::builders::UpdateTableFluentBuilder;

use crate::stage::{catalog, create_table, table};

fn update(client: &Client, description: &str) -> UpdateTableFluentBuilder {
    let input = table("orders").description(description).build().unwrap();
    let update = client.update_table().database_name("sales");
    update.table_input(input)
}

async fn versions(client: &Client) -> Vec<String> {
    let list = client.get_table_versions().database_name("sales");
    let list = list.table_name("orders").send().await.unwrap();
    let versions = list.table_versions().iter();
    versions
        .map(|version| version.version_id().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_version_id_is_a_fence() {
    let (client, _) = catalog().await;
    create_table(&client, "orders").await;
    let first = update(&client, "mine").version_id("0");
    let second = update(&client, "theirs").version_id("0");
    first.send().await.unwrap();
    let error = second.send().await.unwrap_err().into_service_error();
    assert!(error.is_concurrent_modification_exception());
    assert_eq!(
        error.message(),
        Some("Update table failed due to concurrent modifications.")
    );
    let get = client.get_table().database_name("sales").name("orders");
    let got = get.send().await.unwrap();
    assert_eq!(got.table().unwrap().description(), Some("mine"));
}

#[tokio::test]
async fn versions_are_paged_read_and_deleted() {
    let (client, _) = catalog().await;
    create_table(&client, "orders").await;
    for number in 1..12 {
        let update = update(&client, &format!("version {number}"));
        // What is not archived is no version later.
        update.skip_archive(number == 4).send().await.unwrap();
    }
    assert_eq!(
        versions(&client).await,
        ["11", "10", "9", "8", "7", "6", "5", "4", "2", "1", "0"]
    );
    let page = || {
        let list = client.get_table_versions().database_name("sales");
        list.table_name("orders").max_results(2)
    };
    let first = page().send().await.unwrap();
    let second = page().next_token(first.next_token().unwrap());
    let second = second.send().await.unwrap();
    let ids: Vec<_> = second
        .table_versions()
        .iter()
        .map(|version| version.version_id().unwrap())
        .collect();
    assert_eq!(ids, ["9", "8"]);

    let get = |version: &str| {
        let get = client.get_table_version().database_name("sales");
        get.table_name("orders").version_id(version)
    };
    let got = get("2").send().await.unwrap();
    let old = got.table_version().unwrap().table().unwrap();
    assert_eq!(old.description(), Some("version 2"));
    let missing = get("3").send().await.unwrap_err().into_service_error();
    assert!(missing.is_entity_not_found_exception());
    let odd = get("three").send().await.unwrap_err().into_service_error();
    assert!(odd.is_invalid_input_exception());

    let delete = |version: &str| {
        let delete = client.delete_table_version().database_name("sales");
        delete.table_name("orders").version_id(version)
    };
    delete("2").send().await.unwrap();
    let again = delete("2").send().await.unwrap_err().into_service_error();
    assert!(again.is_entity_not_found_exception());
    let current = delete("11").send().await.unwrap_err();
    assert!(current.into_service_error().is_invalid_input_exception());

    let batch = client.batch_delete_table_version().database_name("sales");
    let batch = batch.table_name("orders");
    let batch = batch.version_ids("1").version_ids("2").send().await;
    let batch = batch.unwrap();
    let failed: Vec<_> = batch.errors().iter().map(|e| e.version_id()).collect();
    assert_eq!(failed, [Some("2")]);
    assert_eq!(
        versions(&client).await,
        ["11", "10", "9", "8", "7", "6", "5", "4", "0"]
    );
}

#[tokio::test]
async fn many_tables_are_deleted_at_once() {
    let (client, _) = catalog().await;
    for name in ["orders", "stock"] {
        create_table(&client, name).await;
    }
    let batch = client.batch_delete_table().database_name("sales");
    let batch = batch.tables_to_delete("Orders").tables_to_delete("nope");
    let done = batch.send().await.unwrap();
    let failed: Vec<_> = done.errors().iter().map(|e| e.table_name()).collect();
    assert_eq!(failed, [Some("nope")]);
    let detail = done.errors()[0].error_detail().unwrap();
    assert_eq!(detail.error_code(), Some("EntityNotFoundException"));
    let left = client.get_tables().database_name("sales").send().await;
    assert_eq!(left.unwrap().table_list().len(), 1);
}
