use datamesh_aws::glue::{Column, CreateDatabase, CreateTable, StorageFormat};

use crate::setup::{HOME, World};

fn orders() -> CreateTable {
    let column = |name: &str, kind: &str| Column {
        name: name.into(),
        kind: kind.into(),
        comment: None,
    };
    CreateTable {
        database: "sales".into(),
        name: "orders".into(),
        description: Some("every order".into()),
        columns: vec![column("id", "string"), column("amount", "decimal(10,2)")],
        partition_keys: vec![column("day", "date")],
        location: Some("s3://lake/raw/orders/".into()),
        format: StorageFormat {
            input_format: Some("org.apache.hadoop.mapred.TextInputFormat".into()),
            output_format: Some(
                "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat".into(),
            ),
            serde_library: Some("org.apache.hadoop.hive.serde2.OpenCSVSerde".into()),
            serde_parameters: [("separatorChar".to_owned(), ",".to_owned())].into(),
        },
        table_type: Some("EXTERNAL_TABLE".into()),
        parameters: [("classification".to_owned(), "csv".to_owned())].into(),
        iceberg_version: None,
    }
}

#[tokio::test]
async fn a_table_comes_back_as_it_was_made() {
    let world = World::new();
    let glue = world.aws.glue(&world.home);
    let database = CreateDatabase {
        name: "sales".into(),
        location: Some("s3://lake/".into()),
        ..CreateDatabase::default()
    };
    glue.create_database(database.clone()).await.unwrap();
    let found = glue.get_database("sales").await.unwrap();
    assert_eq!(found.location.as_deref(), Some("s3://lake/"));
    assert_eq!(found.catalog_id.as_deref(), Some(HOME));
    assert!(
        glue.create_database(database)
            .await
            .unwrap_err()
            .is_conflict()
    );

    glue.create_table(orders()).await.unwrap();
    assert!(glue.create_table(orders()).await.unwrap_err().is_conflict());
    let table = glue.get_table("sales", "orders").await.unwrap();
    let made = orders();
    assert_eq!(table.columns, made.columns);
    assert_eq!(table.partition_keys, made.partition_keys);
    assert_eq!(table.format, made.format);
    assert_eq!(table.location, made.location);
    assert_eq!(table.parameters["classification"], "csv");

    glue.delete_table("sales", "orders").await.unwrap();
    assert!(
        glue.get_table("sales", "orders")
            .await
            .unwrap_err()
            .is_not_found()
    );
    glue.delete_database("sales").await.unwrap();
    assert!(glue.get_database("sales").await.unwrap_err().is_not_found());
}
