//! Tags, and searching tables.

use aws_sdk_glue::types::{DatabaseInput, PropertyPredicate, Sort, SortCriterion};

use crate::stage::{catalog, create_database, create_table, table};

#[tokio::test]
async fn databases_and_tables_have_tags() {
    let (client, _) = catalog().await;
    let input = DatabaseInput::builder().name("stock").build().unwrap();
    let create = client.create_database().database_input(input);
    create.tags("team", "logistics").send().await.unwrap();
    create_table(&client, "orders").await;
    let arn = |resource: &str| format!("arn:aws:glue:eu-west-1:111122223333:{resource}");
    let tags = async |resource: &str| {
        let get = client.get_tags().resource_arn(arn(resource));
        let got = get.send().await.unwrap();
        let mut tags: Vec<String> = got
            .tags()
            .into_iter()
            .flatten()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        tags.sort();
        tags
    };
    assert_eq!(tags("database/stock").await, ["team=logistics"]);

    let tag = client
        .tag_resource()
        .resource_arn(arn("table/sales/orders"));
    let tag = tag.tags_to_add("team", "sales").tags_to_add("tier", "1");
    tag.send().await.unwrap();
    let untag = client
        .untag_resource()
        .resource_arn(arn("table/sales/orders"));
    untag.tags_to_remove("tier").send().await.unwrap();
    assert_eq!(tags("table/sales/orders").await, ["team=sales"]);

    let tag = client.tag_resource().resource_arn(arn("table/sales/nope"));
    let error = tag.tags_to_add("a", "b").send().await.unwrap_err();
    assert!(error.into_service_error().is_entity_not_found_exception());

    // Who comes after has none of them.
    let delete = client.delete_table().database_name("sales").name("orders");
    delete.send().await.unwrap();
    create_table(&client, "orders").await;
    assert!(tags("table/sales/orders").await.is_empty());
}

#[tokio::test]
async fn tables_are_searched_by_text_and_properties() {
    let (client, _) = catalog().await;
    create_database(&client, "stock").await;
    for (database, name, classification) in [
        ("sales", "orders", "csv"),
        ("sales", "returns", "json"),
        ("stock", "reorders", "csv"),
    ] {
        let input = table(name).parameters("classification", classification);
        let create = client.create_table().database_name(database);
        let create = create.table_input(input.build().unwrap());
        create.send().await.unwrap();
    }
    let names = async |search: aws_sdk_glue::operation::search_tables::builders::SearchTablesFluentBuilder| {
        let found = search.send().await.unwrap();
        let tables = found.table_list().iter();
        tables.map(|table| table.name().to_owned()).collect::<Vec<_>>()
    };
    let search = || client.search_tables();
    assert_eq!(
        names(search().search_text("ORDER")).await,
        ["orders", "reorders"]
    );
    assert_eq!(names(search().search_text("\"orders\"")).await, ["orders"]);
    let csv = PropertyPredicate::builder()
        .key("classification")
        .value("csv");
    let in_sales = PropertyPredicate::builder()
        .key("DatabaseName")
        .value("sales");
    let search_csv = search().filters(csv.build()).filters(in_sales.build());
    assert_eq!(names(search_csv).await, ["orders"]);
    let by_name = SortCriterion::builder()
        .field_name("name")
        .sort(Sort::Descending);
    let sorted = search().sort_criteria(by_name.build()).max_results(2);
    assert_eq!(names(sorted).await, ["returns", "reorders"]);
}
