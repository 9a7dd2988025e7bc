//! Partitions, their indexes, and column statistics.

use aws_sdk_glue::Client;
use aws_sdk_glue::error::ProvideErrorMetadata as _;
use aws_sdk_glue::primitives::DateTime;
use aws_sdk_glue::types::{
    Column, ColumnStatistics, ColumnStatisticsData, ColumnStatisticsType, LongColumnStatisticsData,
    PartitionIndex, PartitionInput, PartitionValueList, Segment, StorageDescriptor,
};

use crate::stage::{catalog, table};

fn values(text: &str) -> Vec<String> {
    text.split('/').map(str::to_owned).collect()
}

fn partition(text: &str) -> PartitionInput {
    let storage = StorageDescriptor::builder()
        .location(format!("s3://lake/orders/{text}/"))
        .columns(Column::builder().name("id").build().unwrap());
    PartitionInput::builder()
        .set_values(Some(values(text)))
        .storage_descriptor(storage.build())
        .parameters("from", text)
        .build()
}

/// `sales.orders`, by region and day, with these partitions.
async fn orders(partitions: &[&str]) -> Client {
    let (client, _) = catalog().await;
    let key = |name: &str, kind: &str| Column::builder().name(name).r#type(kind).build();
    let input = table("orders")
        .partition_keys(key("region", "string").unwrap())
        .partition_keys(key("day", "int").unwrap());
    let create = client.create_table().database_name("sales");
    let create = create.table_input(input.build().unwrap());
    create.send().await.unwrap();
    for text in partitions {
        let create = client.create_partition().database_name("sales");
        let create = create.table_name("orders").partition_input(partition(text));
        create.send().await.unwrap();
    }
    client
}

/// The values of all partitions for which the expression holds, through pages of two.
async fn found(client: &Client, expression: Option<&str>) -> Vec<String> {
    let mut found = Vec::new();
    let mut token = None;
    loop {
        let list = client.get_partitions().database_name("sales");
        let list = list.table_name("orders").max_results(2);
        let list = list.set_expression(expression.map(str::to_owned));
        let page = list.set_next_token(token).send().await.unwrap();
        found.extend(page.partitions().iter().map(|one| one.values().join("/")));
        token = page.next_token().map(str::to_owned);
        if token.is_none() {
            return found;
        }
    }
}

#[tokio::test]
async fn a_partition_is_made_read_changed_and_deleted() {
    let client = orders(&["eu/1"]).await;
    let create = || {
        let create = client.create_partition().database_name("sales");
        create.table_name("orders")
    };
    let again = create().partition_input(partition("eu/1")).send().await;
    let error = again.unwrap_err().into_service_error();
    assert!(error.is_already_exists_exception());
    assert_eq!(error.message(), Some("Partition already exists."));
    let short = create().partition_input(partition("eu")).send().await;
    let error = short.unwrap_err().into_service_error();
    assert!(error.is_invalid_input_exception());
    assert_eq!(
        error.message(),
        Some("The number of partition keys do not match the number of partition values")
    );

    let get = |text: &str| {
        let get = client.get_partition().database_name("sales");
        let get = get.table_name("orders");
        get.set_partition_values(Some(values(text)))
    };
    let got = get("eu/1").send().await.unwrap();
    let one = got.partition().unwrap();
    assert_eq!(one.database_name(), Some("sales"));
    assert_eq!(one.parameters().unwrap()["from"], "eu/1");
    let error = get("eu/2").send().await.unwrap_err().into_service_error();
    assert!(error.is_entity_not_found_exception());
    assert_eq!(error.message(), Some("Cannot find partition."));

    let update = client.update_partition().database_name("sales");
    let update = update
        .table_name("orders")
        .set_partition_value_list(Some(values("eu/1")));
    update
        .partition_input(partition("us/7"))
        .send()
        .await
        .unwrap();
    assert_eq!(found(&client, None).await, ["us/7"]);

    let delete = || {
        let delete = client.delete_partition().database_name("sales");
        let delete = delete.table_name("orders");
        delete.set_partition_values(Some(values("us/7"))).send()
    };
    delete().await.unwrap();
    let error = delete().await.unwrap_err().into_service_error();
    assert!(error.is_entity_not_found_exception());
    assert_eq!(found(&client, None).await, [""; 0]);
}

#[tokio::test]
async fn batches_name_what_failed() {
    let client = orders(&["eu/1"]).await;
    let create = client.batch_create_partition().database_name("sales");
    let create = create.table_name("orders");
    let create = create
        .partition_input_list(partition("eu/1"))
        .partition_input_list(partition("eu/2"));
    let done = create.send().await.unwrap();
    assert_eq!(done.errors().len(), 1);
    assert_eq!(done.errors()[0].partition_values(), ["eu", "1"]);
    let detail = done.errors()[0].error_detail().unwrap();
    assert_eq!(detail.error_code(), Some("AlreadyExistsException"));

    let list = |text: &str| {
        let list = PartitionValueList::builder().set_values(Some(values(text)));
        list.build().unwrap()
    };
    let get = client.batch_get_partition().database_name("sales");
    let get = get.table_name("orders").partitions_to_get(list("eu/2"));
    let got = get.partitions_to_get(list("eu/9")).send().await.unwrap();
    assert_eq!(got.partitions().len(), 1);

    let delete = client.batch_delete_partition().database_name("sales");
    let delete = delete
        .table_name("orders")
        .partitions_to_delete(list("eu/9"));
    let done = delete
        .partitions_to_delete(list("eu/1"))
        .send()
        .await
        .unwrap();
    assert_eq!(done.errors()[0].partition_values(), ["eu", "9"]);
    assert_eq!(found(&client, None).await, ["eu/2"]);

    let many = client.batch_create_partition().database_name("sales");
    let many = many.table_name("orders");
    let many = many.set_partition_input_list(Some(vec![partition("eu/1"); 101]));
    let error = many.send().await.unwrap_err().into_service_error();
    assert!(error.is_invalid_input_exception());
}

#[tokio::test]
async fn partitions_are_found_by_expressions() {
    let client = orders(&["eu/1", "eu/2", "eu/10", "us/2", "asia/3"]).await;
    for (expression, expected) in [
        ("region = 'eu'", vec!["eu/1", "eu/10", "eu/2"]),
        ("region = 'eu' and day > 1", vec!["eu/10", "eu/2"]),
        ("day in (2, 3)", vec!["asia/3", "eu/2", "us/2"]),
        ("not region like '%u%'", vec!["asia/3"]),
        ("day between 3 and 10", vec!["asia/3", "eu/10"]),
    ] {
        assert_eq!(found(&client, Some(expression)).await, expected);
    }
    let list = || {
        let list = client.get_partitions().database_name("sales");
        list.table_name("orders")
    };
    let error = list().expression("price = 3").send().await.unwrap_err();
    let error = error.into_service_error();
    assert!(error.is_invalid_input_exception());
    assert_eq!(error.message(), Some("Invalid partition expression!"));

    let mut in_segments = Vec::new();
    for number in 0..3 {
        let segment = Segment::builder().segment_number(number).total_segments(3);
        let page = list().segment(segment.build()).send().await.unwrap();
        in_segments.extend(page.partitions().iter().map(|one| one.values().join("/")));
    }
    in_segments.sort();
    assert_eq!(in_segments, ["asia/3", "eu/1", "eu/10", "eu/2", "us/2"]);

    let bare = list().exclude_column_schema(true).send().await.unwrap();
    let storage = bare.partitions()[0].storage_descriptor().unwrap();
    assert!(storage.columns().is_empty() && storage.location().is_some());
}

#[tokio::test]
async fn a_table_has_three_indexes_at_most() {
    let client = orders(&[]).await;
    let create = |name: &str, keys: &[&str]| {
        let keys = keys.iter().map(|&key| key.to_owned()).collect();
        let index = PartitionIndex::builder()
            .index_name(name)
            .set_keys(Some(keys));
        let create = client.create_partition_index().database_name("sales");
        let create = create.table_name("orders");
        create.partition_index(index.build().unwrap()).send()
    };
    create("a", &["region"]).await.unwrap();
    let error = create("a", &["day"])
        .await
        .unwrap_err()
        .into_service_error();
    assert!(error.is_already_exists_exception());
    let error = create("b", &["price"])
        .await
        .unwrap_err()
        .into_service_error();
    assert!(error.is_invalid_input_exception());
    create("b", &["day"]).await.unwrap();
    create("c", &["region", "day"]).await.unwrap();
    let error = create("d", &["day", "region"]).await.unwrap_err();
    let error = error.into_service_error();
    assert!(error.is_resource_number_limit_exceeded_exception());

    let list = client.get_partition_indexes().database_name("sales");
    let list = list.table_name("orders").send().await.unwrap();
    let third = &list.partition_index_descriptor_list()[2];
    assert_eq!(third.index_status().as_str(), "ACTIVE");
    assert_eq!(third.keys()[1].r#type(), Some("int"));
    let delete = client.delete_partition_index().database_name("sales");
    delete
        .table_name("orders")
        .index_name("a")
        .send()
        .await
        .unwrap();
}

#[tokio::test]
async fn statistics_are_kept_by_column() {
    let client = orders(&["eu/1"]).await;
    let statistics = |column: &str| {
        let long = LongColumnStatisticsData::builder()
            .number_of_nulls(3)
            .number_of_distinct_values(7);
        let data = ColumnStatisticsData::builder()
            .r#type(ColumnStatisticsType::Long)
            .long_column_statistics_data(long.build());
        ColumnStatistics::builder()
            .column_name(column)
            .column_type("bigint")
            .analyzed_time(DateTime::from_secs(1))
            .statistics_data(data.build().unwrap())
            .build()
            .unwrap()
    };
    let update = client.update_column_statistics_for_table();
    let update = update.database_name("sales").table_name("orders");
    let update = update.column_statistics_list(statistics("id"));
    let done = update
        .column_statistics_list(statistics("nope"))
        .send()
        .await;
    assert_eq!(done.unwrap().errors().len(), 1);

    let get = client.get_column_statistics_for_table();
    let get = get.database_name("sales").table_name("orders");
    let got = get
        .column_names("id")
        .column_names("at")
        .send()
        .await
        .unwrap();
    let data = got.column_statistics_list()[0].statistics_data().unwrap();
    let long = data.long_column_statistics_data().unwrap();
    assert_eq!(long.number_of_distinct_values(), 7);
    assert_eq!(got.errors()[0].column_name(), Some("at"));

    let update = client.update_column_statistics_for_partition();
    let update = update.database_name("sales").table_name("orders");
    let update = update.set_partition_values(Some(values("eu/1")));
    let update = update.column_statistics_list(statistics("id"));
    update.send().await.unwrap();
    let delete = || {
        let delete = client.delete_column_statistics_for_partition();
        let delete = delete.database_name("sales").table_name("orders");
        let delete = delete.set_partition_values(Some(values("eu/1")));
        delete.column_name("id").send()
    };
    delete().await.unwrap();
    let error = delete().await.unwrap_err().into_service_error();
    assert!(error.is_entity_not_found_exception());
}
