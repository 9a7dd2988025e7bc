//! Tables with files, and questions about them.

use aws_sdk_athena::types::{QueryExecution, QueryExecutionContext, ResultConfiguration};
use aws_sdk_glue::types::{Column, DatabaseInput, SerDeInfo, StorageDescriptor, TableInput};
use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration};
use aws_types::SdkConfig;

use crate::setup::{ACCOUNT, OTHER_ACCOUNT};
use crate::stage::{Stage, fresh};

pub const CSV: &str = "org.apache.hadoop.hive.serde2.OpenCSVSerde";
pub const SIMPLE: &str = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe";
pub const JSON: &str = "org.openx.data.jsonserde.JsonSerDe";

/// The producer's `sales.orders`, two days of it, which its root alone may read; and the bucket
/// `answers` of either account.
pub async fn shelf() -> Stage {
    let stage = fresh();
    for account in [ACCOUNT, OTHER_ACCOUNT] {
        stage.settings(account, &[], "4").await;
        bucket(&stage.root(account), &format!("answers-{account}")).await;
    }
    bucket(&stage.root(ACCOUNT), "lake").await;
    let columns = [("id", "int"), ("region", "string"), ("amount", "double")];
    create(&stage, "orders", &columns, &[("day", "date")], JSON, &[]).await;
    let first = r#"{"id": 1, "region": "EU", "amount": 10.5}
        {"id": 2, "region": "eu", "amount": null}"#;
    let second = r#"{"id": 3, "region": "US", "amount": 7}"#;
    put(&stage, "sales/orders/day=2026-01-30/a.json", first).await;
    put(&stage, "sales/orders/day=2026-01-31/b.json", second).await;
    stage
}

async fn bucket(config: &SdkConfig, name: &str) {
    let europe = CreateBucketConfiguration::builder()
        .location_constraint(BucketLocationConstraint::EuWest1)
        .build();
    let create = aws_sdk_s3::Client::new(config).create_bucket().bucket(name);
    let create = create.create_bucket_configuration(europe);
    create.send().await.unwrap();
}

/// A file in the producer's lake.
pub async fn put(stage: &Stage, key: &str, content: &str) {
    let s3 = aws_sdk_s3::Client::new(&stage.root(ACCOUNT));
    let put = s3.put_object().bucket("lake").key(key);
    let content = content.as_bytes().to_vec();
    put.body(content.into()).send().await.unwrap();
}

/// A table in the producer's `sales`, with files in `s3://lake/sales/<name>/`.
pub async fn create(
    stage: &Stage,
    name: &str,
    columns: &[(&str, &str)],
    keys: &[(&str, &str)],
    serde: &str,
    parameters: &[(&str, &str)],
) {
    let glue = stage.glue();
    let sales = DatabaseInput::builder().name("sales").build().unwrap();
    let _ = glue.create_database().database_input(sales).send().await;
    let columns_of = |list: &[(&str, &str)]| {
        let column = |(name, kind): &(&str, &str)| {
            let column = Column::builder().name(*name).r#type(*kind);
            column.build().unwrap()
        };
        Some(list.iter().map(column).collect())
    };
    let texts = |list: &[(&str, &str)]| {
        let texts = list
            .iter()
            .map(|&(name, value)| (name.to_owned(), value.to_owned()));
        Some(texts.collect())
    };
    let serde = SerDeInfo::builder()
        .serialization_library(serde)
        .set_parameters(texts(parameters));
    let storage = StorageDescriptor::builder()
        .location(format!("s3://lake/sales/{name}/"))
        .set_columns(columns_of(columns))
        .serde_info(serde.build());
    let table = TableInput::builder()
        .name(name)
        .set_parameters(texts(parameters))
        .set_partition_keys(columns_of(keys))
        .storage_descriptor(storage.build());
    let create = glue.create_table().database_name("sales");
    let create = create.table_input(table.build().unwrap());
    create.send().await.unwrap();
}

/// What a query answers: its columns with their types, and its rows, with `-` for a missing value.
#[derive(Debug, PartialEq, Eq)]
pub struct Seen {
    pub columns: Vec<String>,
    pub rows: Vec<String>,
}

/// Starts a query.
pub async fn start(config: &SdkConfig, sql: &str) -> Result<String, String> {
    use aws_sdk_athena::error::ProvideErrorMetadata as _;
    let account = account(config).await;
    let output = ResultConfiguration::builder().output_location(format!("s3://answers-{account}/"));
    let start = aws_sdk_athena::Client::new(config)
        .start_query_execution()
        .query_string(sql)
        .query_execution_context(QueryExecutionContext::builder().database("sales").build())
        .result_configuration(output.build());
    match start.send().await {
        Ok(started) => Ok(started.query_execution_id().unwrap().to_owned()),
        Err(error) => {
            let error = error.into_service_error();
            assert!(error.is_invalid_request_exception(), "{error:?}");
            Err(error.message().unwrap_or_default().to_owned())
        }
    }
}

async fn account(config: &SdkConfig) -> String {
    let identity = aws_sdk_sts::Client::new(config).get_caller_identity();
    identity.send().await.unwrap().account().unwrap().to_owned()
}

pub async fn execution(config: &SdkConfig, id: &str) -> QueryExecution {
    let get = aws_sdk_athena::Client::new(config).get_query_execution();
    let got = get.query_execution_id(id).send().await.unwrap();
    got.query_execution.unwrap()
}

/// A query's state and the reason of it.
pub async fn state(config: &SdkConfig, id: &str) -> (String, String) {
    let execution = execution(config, id).await;
    let status = execution.status().unwrap();
    let reason = status.state_change_reason().unwrap_or_default();
    (
        status.state().unwrap().as_str().to_owned(),
        reason.to_owned(),
    )
}

/// Starts a query, and reads what came of it: the error says why it was not started, or failed.
pub async fn ask(config: &SdkConfig, sql: &str) -> Result<Seen, String> {
    let id = start(config, sql).await?;
    let (state, reason) = state(config, &id).await;
    if state == "FAILED" {
        return Err(reason);
    }
    let get = aws_sdk_athena::Client::new(config).get_query_results();
    let got = get.query_execution_id(id).send().await.unwrap();
    let set = got.result_set().unwrap();
    let columns = set.result_set_metadata().unwrap().column_info().iter();
    let rows = set.rows().iter().map(|row| {
        let values = row.data().iter();
        let values: Vec<&str> = values
            .map(|value| value.var_char_value().unwrap_or("-"))
            .collect();
        values.join("|")
    });
    Ok(Seen {
        columns: columns
            .map(|column| format!("{} {}", column.name(), column.r#type()))
            .collect(),
        // The first row has the names of the columns.
        rows: rows.skip(1).collect(),
    })
}

/// The rows alone.
pub async fn rows(config: &SdkConfig, sql: &str) -> Vec<String> {
    ask(config, sql)
        .await
        .unwrap_or_else(|why| panic!("{sql}: {why}"))
        .rows
}
