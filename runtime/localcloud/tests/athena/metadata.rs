//! The catalog as Athena shows it, named queries, and the partitions that queries read.

use aws_sdk_athena::error::ProvideErrorMetadata as _;
use aws_sdk_glue::types::{CrawlerTargets, PartitionInput, S3Target, StorageDescriptor};

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

#[tokio::test]
async fn prepared_statements_are_executed_with_values() {
    let stage = shelf().await;
    let root = stage.root(ACCOUNT);
    let athena = aws_sdk_athena::Client::new(&root);
    let create = || {
        let create = athena.create_prepared_statement().work_group("primary");
        let create = create.statement_name("dear");
        create.query_statement("SELECT id FROM orders WHERE amount > ? AND region <> ?")
    };
    create().send().await.unwrap();
    assert!(create().send().await.is_err());
    assert_eq!(
        rows(&root, "EXECUTE dear USING 5, 'a, b'").await,
        ["1", "3"]
    );
    assert_eq!(rows(&root, "execute dear using 8, 'US'").await, ["1"]);
    assert!(start(&root, "EXECUTE nope").await.is_err());
    let listed = athena.list_prepared_statements().work_group("primary");
    assert_eq!(listed.send().await.unwrap().prepared_statements().len(), 1);
    let delete = || {
        let delete = athena.delete_prepared_statement().work_group("primary");
        delete.statement_name("dear").send()
    };
    delete().await.unwrap();
    let error = delete().await.unwrap_err().into_service_error();
    assert!(error.is_resource_not_found_exception());
}

#[tokio::test]
async fn what_a_crawler_found_can_be_queried() {
    let stage = shelf().await;
    let root = stage.root(ACCOUNT);
    for (day, line) in [("30", "1,0.5"), ("31", "2,1.5")] {
        let content = format!("id,price\n{line}\n");
        put(&stage, &format!("raw/prices/day={day}/a.csv"), &content).await;
    }
    let target = S3Target::builder().path("s3://lake/raw/prices/").build();
    let targets = CrawlerTargets::builder().s3_targets(target).build();
    let glue = stage.glue();
    let create = glue.create_crawler().name("prices").role("crawls");
    let create = create.database_name("sales").targets(targets);
    create.send().await.unwrap();
    glue.start_crawler().name("prices").send().await.unwrap();
    stage.clock.advance(std::time::Duration::from_secs(10));
    let prices = "SELECT id, price, day FROM prices ORDER BY id";
    assert_eq!(rows(&root, prices).await, ["1|0.5|30", "2|1.5|31"]);
}
