//! A catalog, a lake, and what is in them.

use std::sync::Arc;

use aws_sdk_glue::Client;
use aws_sdk_glue::types::{Column, DatabaseInput, StorageDescriptor, TableInput};
use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration};
use aws_types::SdkConfig;
use datamesh_localcloud::{LocalCloud, ManualClock};

use crate::setup::{ACCOUNT, REGION, cloud, sdk};

/// An account with the database `sales` and the bucket `lake`.
pub struct Stage {
    pub cloud: LocalCloud,
    pub clock: Arc<ManualClock>,
    pub sdk: SdkConfig,
    pub glue: Client,
}

impl Stage {
    pub async fn new() -> Self {
        let (cloud, clock) = cloud();
        let sdk = sdk(&cloud, ACCOUNT, REGION);
        let glue = Client::new(&sdk);
        create_database(&glue, "sales").await;
        let stage = Self {
            cloud,
            clock,
            sdk,
            glue,
        };
        let europe = CreateBucketConfiguration::builder()
            .location_constraint(BucketLocationConstraint::EuWest1)
            .build();
        let create = stage.s3().create_bucket().bucket("lake");
        let create = create.create_bucket_configuration(europe);
        create.send().await.unwrap();
        stage
    }

    pub fn s3(&self) -> aws_sdk_s3::Client {
        aws_sdk_s3::Client::new(&self.sdk)
    }

    /// A file in the lake.
    pub async fn put(&self, key: &str, content: &str) {
        let put = self.s3().put_object().bucket("lake").key(key);
        let content = content.as_bytes().to_vec();
        put.body(content.into()).send().await.unwrap();
    }

    pub async fn get(&self, location: &str) -> String {
        let key = location.strip_prefix("s3://lake/").unwrap();
        let get = self.s3().get_object().bucket("lake").key(key);
        let got = get.send().await.unwrap();
        let bytes = got.body.collect().await.unwrap().into_bytes();
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    /// A table of `sales`.
    pub async fn table(&self, name: &str) -> aws_sdk_glue::types::Table {
        let get = self.glue.get_table().database_name("sales").name(name);
        get.send().await.unwrap().table.unwrap()
    }

    /// The names of the tables of `sales`.
    pub async fn tables(&self) -> Vec<String> {
        let tables = self.glue.get_tables().database_name("sales");
        let tables = tables.send().await.unwrap();
        let tables = tables.table_list().iter();
        tables.map(|table| table.name().to_owned()).collect()
    }
}

/// The columns of a table: `id bigint`.
pub fn columns(table: &aws_sdk_glue::types::Table) -> Vec<String> {
    let columns = table.storage_descriptor().unwrap().columns().iter();
    columns
        .map(|column| format!("{} {}", column.name(), column.r#type().unwrap()))
        .collect()
}

/// A catalog with the database `sales`.
pub async fn catalog() -> (Client, Arc<ManualClock>) {
    let (cloud, clock) = cloud();
    let client = Client::new(&sdk(&cloud, ACCOUNT, REGION));
    create_database(&client, "sales").await;
    (client, clock)
}

pub async fn create_database(client: &Client, name: &str) {
    let input = DatabaseInput::builder().name(name).build().unwrap();
    let create = client.create_database().database_input(input);
    create.send().await.unwrap();
}

pub fn table(name: &str) -> aws_sdk_glue::types::builders::TableInputBuilder {
    let column = |name: &str, kind: &str| Column::builder().name(name).r#type(kind).build();
    TableInput::builder().name(name).storage_descriptor(
        StorageDescriptor::builder()
            .location(format!("s3://lake/{name}/"))
            .columns(column("id", "bigint").unwrap())
            .columns(column("at", "timestamp").unwrap())
            .build(),
    )
}

pub async fn create_table(client: &Client, name: &str) {
    let create = client.create_table().database_name("sales");
    let create = create.table_input(table(name).build().unwrap());
    create.send().await.unwrap();
}
