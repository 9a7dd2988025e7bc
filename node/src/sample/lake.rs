//! What a data team does outside datamesh: it puts files into the data lake and describes them in Glue.

use std::collections::BTreeMap;
use std::time::Duration;

use datamesh_aws::glue::{Column, CreateDatabase, CreateTable, StorageFormat};
use datamesh_aws::s3::PutObject;
use datamesh_aws::{Aws, AwsError, CallCx, ErrorClass};
use datamesh_proto::v1;

use super::script::{AssetScript, Format};

const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(200);

/// The data lake of one domain.
pub struct Lake<'a> {
    aws: &'a Aws,
    cx: CallCx,
}

impl<'a> Lake<'a> {
    /// The lake in the account and region of a domain.
    pub fn of(domain: &v1::Domain, aws: &'a Aws) -> Self {
        Self {
            aws,
            cx: CallCx::in_account(&domain.aws_account_id).region(&domain.region),
        }
    }

    /// Puts the file at `location` (`s3://bucket/prefix/`) and describes it with a Glue table. Both may be
    /// there already: the file is replaced, the table stays.
    ///
    /// # Errors
    /// What AWS answers, when it goes on answering it.
    pub async fn offer(
        &self,
        asset: &AssetScript,
        location: &str,
        file_name: &str,
        content: &[u8],
    ) -> Result<(), AwsError> {
        self.put(asset.format, location, file_name, content).await?;
        self.describe(asset, location).await
    }

    async fn put(
        &self,
        format: Format,
        location: &str,
        file_name: &str,
        content: &[u8],
    ) -> Result<(), AwsError> {
        let path = location.strip_prefix("s3://").unwrap_or(location);
        let (bucket, prefix) = path.split_once('/').unwrap_or((path, ""));
        let content_type = match format {
            Format::Csv => "text/csv",
            Format::Json => "application/x-ndjson",
        };
        patiently(async || {
            let object = PutObject {
                bucket: bucket.to_owned(),
                key: format!("{prefix}{file_name}"),
                body: content.to_vec(),
                content_type: Some(content_type.to_owned()),
                ..PutObject::default()
            };
            self.aws.s3(&self.cx).put_object(object).await.map(|_| ())
        })
        .await
    }

    async fn describe(&self, asset: &AssetScript, location: &str) -> Result<(), AwsError> {
        let (database, table) = asset
            .glue_table
            .split_once('.')
            .unwrap_or(("default", asset.glue_table.as_str()));
        let glue = self.aws.glue(&self.cx);
        unless_there(
            patiently(async || {
                let database = CreateDatabase {
                    name: database.to_owned(),
                    ..CreateDatabase::default()
                };
                glue.create_database(database).await
            })
            .await,
        )?;
        unless_there(
            patiently(async || {
                glue.create_table(definition(asset, database, table, location))
                    .await
            })
            .await,
        )
    }
}

fn definition(asset: &AssetScript, database: &str, table: &str, location: &str) -> CreateTable {
    let columns = asset
        .columns
        .iter()
        .map(|column| Column {
            name: column.name.clone(),
            kind: column.r#type.clone(),
            comment: Some(column.comment.clone()),
        })
        .collect();
    let parameters: &[(&str, &str)] = match asset.format {
        Format::Csv => &[("classification", "csv"), ("skip.header.line.count", "1")],
        Format::Json => &[("classification", "json")],
    };
    CreateTable {
        database: database.to_owned(),
        name: table.to_owned(),
        description: Some(asset.description.clone()),
        columns,
        location: Some(location.to_owned()),
        format: storage(asset),
        table_type: Some("EXTERNAL_TABLE".to_owned()),
        parameters: owned(parameters),
        ..CreateTable::default()
    }
}

fn storage(asset: &AssetScript) -> StorageFormat {
    let (library, parameters): (&str, &[(&str, &str)]) = match (asset.format, asset.quoted) {
        (Format::Csv, true) => (
            "org.apache.hadoop.hive.serde2.OpenCSVSerde",
            &[("separatorChar", ","), ("quoteChar", "\"")],
        ),
        (Format::Csv, false) => (
            "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
            &[("field.delim", ",")],
        ),
        (Format::Json, _) => ("org.openx.data.jsonserde.JsonSerDe", &[]),
    };
    StorageFormat {
        input_format: Some("org.apache.hadoop.mapred.TextInputFormat".to_owned()),
        output_format: Some(
            "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat".to_owned(),
        ),
        serde_library: Some(library.to_owned()),
        serde_parameters: owned(parameters),
    }
}

fn owned(parameters: &[(&str, &str)]) -> BTreeMap<String, String> {
    parameters
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn unless_there(result: Result<(), AwsError>) -> Result<(), AwsError> {
    match result {
        Err(error) if error.is_conflict() => Ok(()),
        result => result,
    }
}

/// Calls again while AWS asks for patience.
async fn patiently(call: impl AsyncFn() -> Result<(), AwsError>) -> Result<(), AwsError> {
    let mut tries = 1;
    loop {
        match call().await {
            Err(error)
                if tries < TRIES
                    && matches!(error.class, ErrorClass::Throttle | ErrorClass::Transient) =>
            {
                tokio::time::sleep(error.retry_after.unwrap_or(PAUSE * tries)).await;
                tries += 1;
            }
            result => return result,
        }
    }
}
