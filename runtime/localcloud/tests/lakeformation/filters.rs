//! Data cells filters.

use aws_sdk_lakeformation::operation::create_data_cells_filter::CreateDataCellsFilterError;
use aws_sdk_lakeformation::types::{
    AllRowsWildcard, ColumnWildcard, DataCellsFilter, Permission, RowFilter, TableResource,
};

use crate::setup::ACCOUNT;
use crate::stage::{
    ANALYST, Refused, Stage, all_rows, columns, filter, orders, refused, shown, some_rows, stage,
};

const SELECT: &[Permission] = &[Permission::Select];

fn data(name: &str, rows: &str, columns: &[&str]) -> DataCellsFilter {
    DataCellsFilter::builder()
        .table_catalog_id(ACCOUNT)
        .database_name("sales")
        .table_name("orders")
        .name(name)
        .row_filter(RowFilter::builder().filter_expression(rows).build())
        .set_column_names(Some(columns.iter().map(|&c| c.to_owned()).collect()))
        .build()
        .unwrap()
}

/// A filter on the producer's `orders`.
pub async fn create(stage: &Stage, name: &str, rows: &str, columns: &[&str]) {
    try_create(stage, data(name, rows, columns)).await.unwrap();
}

async fn try_create(stage: &Stage, data: DataCellsFilter) -> Result<(), Refused> {
    let create = stage.lake.create_data_cells_filter().table_data(data);
    let outcome = create.send().await;
    outcome.map(|_| ()).map_err(|error| {
        let error: CreateDataCellsFilterError = error.into_service_error();
        refused(&error)
    })
}

#[tokio::test]
async fn filters_cut_columns_and_rows_and_add_up() {
    let stage = stage().await;
    let analyst = stage.role(ANALYST).await;
    create(&stage, "eu", "region = 'EU'", &["id", "region"]).await;
    create(&stage, "us", "region = 'US'", &["id", "region"]).await;
    stage.grant(ANALYST, filter("eu"), SELECT).await;
    assert_eq!(
        stage.reads(&analyst).await,
        some_rows(&["id", "region"], "(region = 'EU')")
    );
    stage.grant(ANALYST, filter("us"), SELECT).await;
    assert_eq!(
        stage.reads(&analyst).await,
        some_rows(&["id", "region"], "(region = 'EU') OR (region = 'US')")
    );
    stage
        .grant(ANALYST, columns(&["id", "region"]), SELECT)
        .await;
    assert_eq!(stage.reads(&analyst).await, all_rows(&["id", "region"]));
    stage
        .revoke(ANALYST, columns(&["id", "region"]), SELECT)
        .await;
    stage.revoke(ANALYST, filter("eu"), SELECT).await;
    assert_eq!(
        stage.reads(&analyst).await,
        some_rows(&["id", "region"], "(region = 'US')")
    );
}

#[tokio::test]
async fn a_filter_is_checked_against_the_table() {
    let stage = stage().await;
    for (data, part) in [
        (
            data("f", "country = 'DE'", &["id"]),
            "country is not a column",
        ),
        (data("f", "region = 'DE'", &["nope"]), "Column nope"),
        (data("f", "region = 'DE'", &[]), "ColumnNames"),
    ] {
        let (code, message) = try_create(&stage, data).await.unwrap_err();
        assert_eq!(code, "InvalidInputException");
        assert!(message.contains(part), "{message}");
    }
    create(&stage, "f", "region = 'DE'", &["id"]).await;
    let again = try_create(&stage, data("f", "region = 'DE'", &["id"])).await;
    assert_eq!(again.unwrap_err().0, "AlreadyExistsException");
}

#[tokio::test]
async fn an_update_needs_the_version_that_it_names() {
    let stage = stage().await;
    create(&stage, "f", "region = 'DE'", &["id"]).await;
    let get = || async {
        let get = stage.lake.get_data_cells_filter().table_catalog_id(ACCOUNT);
        let get = get.database_name("sales").table_name("orders").name("f");
        get.send().await.unwrap().data_cells_filter.unwrap()
    };
    let first = get().await;
    let update = |version: &str| {
        let mut changed = data("f", "region = 'FR'", &[]);
        changed.column_names = None;
        changed.column_wildcard = Some(ColumnWildcard::builder().build());
        changed.version_id = Some(version.to_owned());
        stage.lake.update_data_cells_filter().table_data(changed)
    };
    let version = first.version_id().unwrap();
    update(version).send().await.unwrap();
    let second = get().await;
    assert!(second.column_wildcard().is_some());
    assert_ne!(second.version_id(), Some(version));
    let error = update(version).send().await.unwrap_err();
    assert!(
        error
            .into_service_error()
            .is_concurrent_modification_exception()
    );
}

#[tokio::test]
async fn all_rows_are_a_filter_too_and_filters_are_listed_in_pages() {
    let stage = stage().await;
    let mut whole = data("a", "true", &["id"]);
    let rows = RowFilter::builder().all_rows_wildcard(AllRowsWildcard::builder().build());
    whole.row_filter = Some(rows.build());
    try_create(&stage, whole).await.unwrap();
    create(&stage, "b", "region = 'DE'", &["id"]).await;
    stage.grant(ANALYST, filter("a"), SELECT).await;
    let read = stage.reads(&stage.role(ANALYST).await).await;
    assert_eq!(read, all_rows(&["id"]));
    let table = TableResource::builder().catalog_id(ACCOUNT);
    let table = table.database_name("sales").name("orders").build().unwrap();
    let list = stage.lake.list_data_cells_filter().table(table);
    let pages = list.into_paginator().page_size(1).send();
    let pages = pages.collect::<Result<Vec<_>, _>>().await.unwrap();
    let names: Vec<&str> = pages
        .iter()
        .flat_map(|page| page.data_cells_filters())
        .map(DataCellsFilter::name)
        .collect();
    assert_eq!((pages.len(), names), (2, vec!["a", "b"]));
}

#[tokio::test]
async fn a_deleted_filter_and_a_dropped_table_leave_nothing() {
    let stage = stage().await;
    let analyst = stage.role(ANALYST).await;
    create(&stage, "eu", "region = 'EU'", &["id"]).await;
    stage.grant(ANALYST, filter("eu"), SELECT).await;
    let list = stage.lake.list_permissions().resource(orders());
    let related = list.include_related("TRUE").send().await.unwrap();
    assert_eq!(related.principal_resource_permissions().len(), 1);
    let delete = stage.lake.delete_data_cells_filter();
    let delete = delete.table_catalog_id(ACCOUNT).database_name("sales");
    let delete = delete.table_name("orders").name("eu");
    delete.clone().send().await.unwrap();
    assert!(stage.reads(&analyst).await.is_err());
    let error = delete.send().await.unwrap_err();
    assert!(error.into_service_error().is_entity_not_found_exception());

    create(&stage, "eu", "region = 'EU'", &["id"]).await;
    assert!(shown(&stage.lake, filter("eu")).await.is_empty());
    stage.drop_table("orders").await;
    stage.create_table("orders").await;
    create(&stage, "eu", "region = 'EU'", &["id"]).await;
}
