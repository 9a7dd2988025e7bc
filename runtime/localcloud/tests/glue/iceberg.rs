//! Tables in the Iceberg format.

use aws_sdk_glue::error::ProvideErrorMetadata as _;
use aws_sdk_glue::types::{
    CreateIcebergTableInput, IcebergInput, IcebergSchema, IcebergStructField, IcebergTableUpdate,
    MetadataOperation, OpenTableFormatInput, TableInput, UpdateIcebergInput,
    UpdateIcebergTableInput, UpdateOpenTableFormatInput,
};
use aws_smithy_types::Document;
use serde_json::Value;

use crate::stage::{Stage, columns, table};

fn format(described: Option<CreateIcebergTableInput>) -> OpenTableFormatInput {
    let iceberg = IcebergInput::builder()
        .metadata_operation(MetadataOperation::Create)
        .version("2")
        .set_create_iceberg_table_input(described);
    OpenTableFormatInput::builder()
        .iceberg_input(iceberg.build().unwrap())
        .build()
}

fn schema(fields: &[(i32, &str, &str)]) -> IcebergSchema {
    let fields = fields.iter().map(|(id, name, kind)| {
        IcebergStructField::builder()
            .id(*id)
            .name(*name)
            .r#type(Document::String((*kind).to_owned()))
            .required(false)
            .build()
            .unwrap()
    });
    let schema = IcebergSchema::builder().set_fields(Some(fields.collect()));
    schema.build().unwrap()
}

async fn metadata(stage: &Stage, name: &str) -> (String, Value) {
    let table = stage.table(name).await;
    let at = table.parameters().unwrap()["metadata_location"].clone();
    let text = stage.get(&at).await;
    (at, serde_json::from_str(&text).unwrap())
}

#[tokio::test]
async fn a_table_gets_its_parameters_and_a_metadata_file() {
    let stage = Stage::new().await;
    let create = |input: TableInput| {
        let create = stage.glue.create_table().database_name("sales");
        let create = create.open_table_format_input(format(None));
        create.table_input(input).send()
    };
    create(table("events").build().unwrap()).await.unwrap();
    let made = stage.table("events").await;
    let parameters = made.parameters().unwrap();
    assert_eq!(made.table_type(), Some("EXTERNAL_TABLE"));
    assert_eq!(parameters["table_type"], "ICEBERG");
    let (at, metadata) = metadata(&stage, "events").await;
    assert!(at.starts_with("s3://lake/events/metadata/00000-"));
    assert_eq!(metadata["format-version"], 2);
    assert_eq!(metadata["location"], "s3://lake/events");
    let fields = &metadata["schemas"][0]["fields"];
    assert_eq!(fields[0]["type"], "long");
    assert_eq!(fields[1]["type"], "timestamp");
    assert_eq!(metadata["last-column-id"], 2);

    let nowhere = TableInput::builder().name("nowhere").build().unwrap();
    let error = create(nowhere).await.unwrap_err().into_service_error();
    assert!(error.is_invalid_input_exception());
}

#[tokio::test]
async fn a_bucket_that_is_not_there_refuses_the_table() {
    let stage = Stage::new().await;
    let bucket = stage.s3().delete_bucket().bucket("lake");
    bucket.send().await.unwrap();
    let create = stage.glue.create_table().database_name("sales");
    let create = create.open_table_format_input(format(None));
    let create = create.table_input(table("events").build().unwrap());
    let error = create.send().await.unwrap_err().into_service_error();
    assert!(error.is_invalid_input_exception());
    let message = error.message().unwrap();
    assert!(message.contains("bucket does not exist"), "{message}");
    assert!(stage.tables().await.is_empty());
}

#[tokio::test]
async fn updates_write_the_next_metadata() {
    let stage = Stage::new().await;
    let described = CreateIcebergTableInput::builder()
        .location("s3://lake/events/")
        .schema(schema(&[(1, "id", "long"), (2, "note", "string")]))
        .build()
        .unwrap();
    let create = stage.glue.create_table().database_name("sales");
    let create = create.name("events");
    let create = create.open_table_format_input(format(Some(described)));
    create.send().await.unwrap();
    let made = stage.table("events").await;
    assert_eq!(columns(&made), ["id bigint", "note string"]);
    let (first, _) = metadata(&stage, "events").await;

    let change = IcebergTableUpdate::builder()
        .schema(schema(&[(1, "id", "long"), (3, "price", "decimal(10,2)")]))
        .location("s3://lake/events")
        .properties("owner", "sales");
    let update = || {
        let table = UpdateIcebergTableInput::builder().updates(change.clone().build().unwrap());
        let iceberg =
            UpdateIcebergInput::builder().update_iceberg_table_input(table.build().unwrap());
        let input = UpdateOpenTableFormatInput::builder().update_iceberg_input(iceberg.build());
        let update = stage.glue.update_table().database_name("sales");
        let update = update.name("events").version_id("0");
        update.update_open_table_format_input(input.build()).send()
    };
    update().await.unwrap();
    let error = update().await.unwrap_err().into_service_error();
    assert!(error.is_concurrent_modification_exception());

    let changed = stage.table("events").await;
    assert_eq!(changed.version_id(), Some("1"));
    assert_eq!(columns(&changed), ["id bigint", "price decimal(10,2)"]);
    let parameters = changed.parameters().unwrap();
    assert_eq!(parameters["previous_metadata_location"], first);
    let (second, metadata) = metadata(&stage, "events").await;
    assert!(second.starts_with("s3://lake/events/metadata/00001-"));
    assert_eq!(metadata["current-schema-id"], 1);
    assert_eq!(metadata["properties"]["owner"], "sales");
    assert_eq!(metadata["metadata-log"][0]["metadata-file"], first);
}
