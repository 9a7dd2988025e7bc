//! The catalog as Athena shows it, named queries, and the partitions that queries read.

use aws_sdk_athena::error::ProvideErrorMetadata as _;
use aws_sdk_glue::types::{PartitionInput, StorageDescriptor};

use crate::setup::ACCOUNT;
use crate::shelf::{put, rows, shelf, start};

#[tokio::test]
async fn the_catalog_is_shown() {
    let stage = shelf().await;
    let athena = aws_sdk_athena::Client::new(&stage.root(ACCOUNT));
    let catalogs = athena.list_data_catalogs().send().await.unwrap();
    let catalogs = catalogs.data_catalogs_summary();
    assert_eq!(catalogs[0].catalog_name(), Some("AwsDataCatalog"));
    let databases = athena.list_databases().catalog_name("AwsDataCatalog");
    let databases = databases.send().await.unwrap();
    assert_eq!(databases.database_list()[0].name(), "sales");

    let get = |database: &str, table: &str| {
        let get = athena.get_table_metadata().catalog_name("awsdatacatalog");
        get.database_name(database).table_name(table).send()
    };
    let got = get("sales", "orders").await.unwrap();
    let table = got.table_metadata().unwrap();
    assert_eq!(table.columns()[2].r#type(), Some("double"));
    assert_eq!(table.partition_keys()[0].name(), "day");
    let parameters = table.parameters().unwrap();
    assert_eq!(parameters["location"], "s3://lake/sales/orders/");
    let error = get("sales", "nope").await.unwrap_err().into_service_error();
    assert!(error.is_metadata_exception());
    assert_eq!(error.message(), Some("Table nope not found."));

    let list = athena.list_table_metadata().catalog_name("AwsDataCatalog");
    let list = list.database_name("sales").expression("ord*").send().await;
    assert_eq!(list.unwrap().table_metadata_list().len(), 1);
    let other = athena.list_databases().catalog_name("mysql").send().await;
    assert!(
        other
            .unwrap_err()
            .into_service_error()
            .is_invalid_request_exception()
    );
}

#[tokio::test]
async fn queries_are_kept_under_names() {
    let stage = shelf().await;
    let athena = aws_sdk_athena::Client::new(&stage.root(ACCOUNT));
    let create = || {
        let create = athena.create_named_query().name("all").database("sales");
        let create = create.query_string("SELECT * FROM orders");
        create.client_request_token("0123456789abcdef0123456789abcdef")
    };
    let made = create().send().await.unwrap();
    let id = made.named_query_id().unwrap();
    let again = create().send().await.unwrap();
    assert_eq!(again.named_query_id(), Some(id));
    let listed = athena.list_named_queries().send().await.unwrap();
    assert_eq!(listed.named_query_ids(), [id]);
    let update = athena.update_named_query().named_query_id(id).name("some");
    let update = update.query_string("SELECT 1");
    update.send().await.unwrap();
    let batch = athena.batch_get_named_query().named_query_ids(id);
    let batch = batch.named_query_ids("nope").send().await.unwrap();
    assert_eq!(batch.named_queries()[0].name(), "some");
    assert_eq!(batch.unprocessed_named_query_ids().len(), 1);
    let delete = || athena.delete_named_query().named_query_id(id).send();
    delete().await.unwrap();
    assert!(delete().await.is_err());
}

#[tokio::test]
async fn executions_are_listed_by_work_group_the_latest_first() {
    let stage = shelf().await;
    let root = stage.root(ACCOUNT);
    let athena = aws_sdk_athena::Client::new(&root);
    let first = start(&root, "SELECT 1").await.unwrap();
    stage.clock.advance(std::time::Duration::from_secs(1));
    let second = start(&root, "SELECT 2").await.unwrap();
    let listed = athena.list_query_executions().send().await.unwrap();
    assert_eq!(listed.query_execution_ids(), [second, first]);
}

#[tokio::test]
async fn the_partitions_of_the_catalog_are_what_is_read() {
    let stage = shelf().await;
    let root = stage.root(ACCOUNT);
    let all = "SELECT id, day FROM orders ORDER BY id";
    assert_eq!(rows(&root, all).await.len(), 3, "as the folders say");

    put(&stage, "elsewhere/c.json", r#"{"id": 9, "region": "EU"}"#).await;
    let storage = StorageDescriptor::builder().location("s3://lake/elsewhere/");
    let partition = PartitionInput::builder()
        .values("2026-02-01")
        .storage_descriptor(storage.build());
    let create = stage.glue().create_partition().database_name("sales");
    let create = create.table_name("orders");
    create
        .partition_input(partition.build())
        .send()
        .await
        .unwrap();
    assert_eq!(rows(&root, all).await, ["9|2026-02-01"]);
}
