//! Tables.

use std::collections::BTreeMap;

use aws_sdk_glue::types::{
    self, IcebergInput, MetadataOperation, OpenTableFormatInput, SerDeInfo, StorageDescriptor,
    TableIdentifier, TableInput,
};

use super::Glue;
use super::database::absent;
use crate::classify::Failure;
use crate::error::AwsError;
use crate::ops::{Page, PageRequest, millis};

/// A column.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Column {
    /// The name.
    pub name: String,
    /// A Hive type: `string`, `decimal(10,2)`, `array<int>`.
    pub kind: String,
    /// For people.
    pub comment: Option<String>,
}

/// How the files are written, in Hive's words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StorageFormat {
    /// The class that reads: `org.apache.hadoop.mapred.TextInputFormat`.
    pub input_format: Option<String>,
    /// The class that writes.
    pub output_format: Option<String>,
    /// The class that makes rows of bytes.
    pub serde_library: Option<String>,
    /// Its parameters: `separatorChar`, `field.delim`.
    pub serde_parameters: BTreeMap<String, String>,
}

/// What `CreateTable` takes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CreateTable {
    /// The database.
    pub database: String,
    /// Lower case; unique in the database.
    pub name: String,
    /// For people.
    pub description: Option<String>,
    /// The columns that are in the files.
    pub columns: Vec<Column>,
    /// The columns that are in the paths.
    pub partition_keys: Vec<Column>,
    /// `s3://bucket/prefix/`.
    pub location: Option<String>,
    /// How the files are written.
    pub format: StorageFormat,
    /// `EXTERNAL_TABLE` for files that Glue does not own.
    pub table_type: Option<String>,
    /// Free properties: `classification`.
    pub parameters: BTreeMap<String, String>,
    /// Makes it an Iceberg table of this format version, with its metadata
    /// written by Glue.
    pub iceberg_version: Option<String>,
}

/// A table's full name: what a resource link leads to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableName {
    /// The account whose catalogue it is in.
    pub catalog: String,
    /// The database.
    pub database: String,
    /// The table.
    pub name: String,
}

/// What makes a resource link: `CreateTable` with a `TargetTable`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateResourceLink {
    /// The database that holds the link.
    pub database: String,
    /// The link's name, unique in the database.
    pub name: String,
    /// The table that it leads to. It need not be there, nor be readable.
    pub target: TableName,
    /// Free properties.
    pub parameters: BTreeMap<String, String>,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The database.
    pub database: String,
    /// The name.
    pub name: String,
    /// For people.
    pub description: Option<String>,
    /// The columns that are in the files.
    pub columns: Vec<Column>,
    /// The columns that are in the paths.
    pub partition_keys: Vec<Column>,
    /// Where the files are.
    pub location: Option<String>,
    /// How they are written.
    pub format: StorageFormat,
    /// `EXTERNAL_TABLE` and others.
    pub table_type: Option<String>,
    /// Free properties.
    pub parameters: BTreeMap<String, String>,
    /// The account whose catalogue it is in.
    pub catalog_id: Option<String>,
    /// The table's version.
    pub version_id: Option<String>,
    /// For a resource link: what it leads to.
    pub link_to: Option<TableName>,
    /// Whether Lake Formation governs its location.
    pub registered_with_lake_formation: bool,
    /// Milliseconds since the Unix epoch.
    pub created_at_ms: Option<i64>,
    /// Milliseconds since the Unix epoch.
    pub updated_at_ms: Option<i64>,
}

fn column_inputs(columns: Vec<Column>) -> Result<Vec<types::Column>, Failure> {
    columns
        .into_iter()
        .map(|column| {
            let column = types::Column::builder()
                .name(column.name)
                .r#type(column.kind)
                .set_comment(column.comment)
                .build()?;
            Ok(column)
        })
        .collect()
}

fn columns(columns: Option<Vec<types::Column>>) -> Vec<Column> {
    columns
        .unwrap_or_default()
        .into_iter()
        .map(|column| Column {
            name: column.name,
            kind: column.r#type.unwrap_or_default(),
            comment: column.comment,
        })
        .collect()
}

fn table(table: types::Table) -> Table {
    let storage = table
        .storage_descriptor
        .unwrap_or_else(|| StorageDescriptor::builder().build());
    let serde = storage
        .serde_info
        .unwrap_or_else(|| SerDeInfo::builder().build());
    Table {
        database: table.database_name.unwrap_or_default(),
        name: table.name,
        description: table.description,
        columns: columns(storage.columns),
        partition_keys: columns(table.partition_keys),
        location: storage.location,
        format: StorageFormat {
            input_format: storage.input_format,
            output_format: storage.output_format,
            serde_library: serde.serialization_library,
            serde_parameters: serde.parameters.unwrap_or_default().into_iter().collect(),
        },
        table_type: table.table_type,
        parameters: table.parameters.unwrap_or_default().into_iter().collect(),
        catalog_id: table.catalog_id,
        version_id: table.version_id,
        link_to: table.target_table.map(|target| TableName {
            catalog: target.catalog_id.unwrap_or_default(),
            database: target.database_name.unwrap_or_default(),
            name: target.name.unwrap_or_default(),
        }),
        registered_with_lake_formation: table.is_registered_with_lake_formation,
        created_at_ms: millis(table.create_time),
        updated_at_ms: millis(table.update_time),
    }
}

impl Glue<'_> {
    /// `CreateTable`. Conflict when there is one of that name.
    pub async fn create_table(&self, input: CreateTable) -> Result<(), AwsError> {
        self.0
            .call("CreateTable", |glue| async move {
                let serde = SerDeInfo::builder()
                    .set_serialization_library(input.format.serde_library)
                    .set_parameters(Some(input.format.serde_parameters.into_iter().collect()))
                    .build();
                let storage = StorageDescriptor::builder()
                    .set_columns(Some(column_inputs(input.columns)?))
                    .set_location(input.location)
                    .set_input_format(input.format.input_format)
                    .set_output_format(input.format.output_format)
                    .serde_info(serde)
                    .build();
                let table = TableInput::builder()
                    .name(input.name)
                    .set_description(input.description)
                    .storage_descriptor(storage)
                    .set_partition_keys(Some(column_inputs(input.partition_keys)?))
                    .set_table_type(input.table_type)
                    .set_parameters(Some(input.parameters.into_iter().collect()))
                    .build()?;
                let iceberg = match input.iceberg_version {
                    None => None,
                    Some(version) => Some(
                        IcebergInput::builder()
                            .metadata_operation(MetadataOperation::Create)
                            .version(version)
                            .build()?,
                    ),
                };
                let open_format = iceberg
                    .map(|input| OpenTableFormatInput::builder().iceberg_input(input).build());
                glue.create_table()
                    .database_name(input.database)
                    .table_input(table)
                    .set_open_table_format_input(open_format)
                    .send()
                    .await?;
                Ok(())
            })
            .await
    }

    /// `CreateTable` of a resource link. Conflict when there is a table of that name.
    pub async fn create_resource_link(&self, link: CreateResourceLink) -> Result<(), AwsError> {
        self.0
            .call("CreateTable", |glue| async move {
                let target = TableIdentifier::builder()
                    .catalog_id(link.target.catalog)
                    .database_name(link.target.database)
                    .name(link.target.name)
                    .build();
                let table = TableInput::builder()
                    .name(link.name)
                    .target_table(target)
                    .set_parameters(Some(link.parameters.into_iter().collect()))
                    .build()?;
                glue.create_table()
                    .database_name(link.database)
                    .table_input(table)
                    .send()
                    .await?;
                Ok(())
            })
            .await
    }

    /// `GetTable`, in the account's own catalogue.
    pub async fn get_table(&self, database: &str, name: &str) -> Result<Table, AwsError> {
        self.get_table_of(None, database, name).await
    }

    /// `GetTable`, in the catalogue of the account `catalog`, which must have shared it. Glue does
    /// not tell what is not there from what may not be seen.
    pub async fn get_table_of(
        &self,
        catalog: Option<&str>,
        database: &str,
        name: &str,
    ) -> Result<Table, AwsError> {
        self.0
            .call("GetTable", |glue| async move {
                let out = glue
                    .get_table()
                    .set_catalog_id(catalog.map(str::to_owned))
                    .database_name(database)
                    .name(name)
                    .send()
                    .await?;
                out.table.map(table).ok_or_else(absent)
            })
            .await
    }

    /// `GetTables`: those of a database that the caller may see, in the account's own catalogue if
    /// `catalog` is unset.
    pub async fn get_tables(
        &self,
        catalog: Option<&str>,
        database: &str,
        page: PageRequest,
    ) -> Result<Page<Table>, AwsError> {
        self.0
            .call("GetTables", |glue| async move {
                let out = glue
                    .get_tables()
                    .set_catalog_id(catalog.map(str::to_owned))
                    .database_name(database)
                    .set_max_results(page.max_results)
                    .set_next_token(page.next_token)
                    .send()
                    .await?;
                let tables = out.table_list.unwrap_or_default().into_iter();
                Ok(Page {
                    items: tables.map(table).collect(),
                    next_token: out.next_token,
                })
            })
            .await
    }

    /// `DeleteTable`. The files stay; of a resource link, so does what it leads to.
    pub async fn delete_table(&self, database: &str, name: &str) -> Result<(), AwsError> {
        self.0
            .call("DeleteTable", |glue| async move {
                glue.delete_table()
                    .database_name(database)
                    .name(name)
                    .send()
                    .await?;
                Ok(())
            })
            .await
    }
}
