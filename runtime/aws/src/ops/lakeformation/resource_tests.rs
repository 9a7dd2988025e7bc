#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;

fn kinds() -> Vec<ResourceKind> {
    let text = str::to_owned;
    vec![
        ResourceKind::Catalog,
        ResourceKind::Database {
            name: text("sales"),
        },
        ResourceKind::Table {
            database: text("sales"),
            name: text("orders"),
        },
        ResourceKind::AllTables {
            database: text("sales"),
        },
        ResourceKind::Columns {
            database: text("sales"),
            table: text("orders"),
            columns: vec![text("id"), text("total")],
        },
        ResourceKind::ColumnsExcept {
            database: text("sales"),
            table: text("orders"),
            excluded: vec![text("email")],
        },
        ResourceKind::ColumnsExcept {
            database: text("sales"),
            table: text("orders"),
            excluded: vec![],
        },
        ResourceKind::DataCellsFilter {
            database: text("sales"),
            table: text("orders"),
            name: text("italy"),
        },
        ResourceKind::DataLocation {
            arn: text("arn:aws:s3:::lake/sales"),
        },
        ResourceKind::LfTag {
            key: text("tier"),
            values: vec![text("gold")],
        },
        ResourceKind::LfTagPolicy {
            of: TagExpressionOf::Table,
            expression: [(text("tier"), vec![text("gold"), text("silver")])].into(),
            expression_name: None,
        },
        ResourceKind::LfTagPolicy {
            of: TagExpressionOf::Database,
            expression: BTreeMap::new(),
            expression_name: Some(text("public")),
        },
        ResourceKind::LfTagExpression {
            name: text("public"),
        },
    ]
}

#[test]
fn what_is_sent_is_what_a_list_shows() {
    for kind in kinds() {
        for resource in [kind.clone().here(), kind.of("111122223333")] {
            let sent = resource.clone().into_sdk().unwrap();
            assert_eq!(Resource::from_sdk(Some(sent)), resource);
        }
    }
}

#[test]
fn all_tables_are_known_by_each_of_their_names() {
    let all = ResourceKind::AllTables {
        database: "sales".to_owned(),
    };
    for (name, wildcard) in [
        (None, true),
        (Some("ALL_TABLES"), true),
        (Some("ALL_TABLES"), false),
    ] {
        let table = TableResource::builder()
            .database_name("sales")
            .set_name(name.map(str::to_owned))
            .set_table_wildcard(wildcard.then(|| TableWildcard::builder().build()))
            .build()
            .unwrap();
        assert_eq!(of_table(table), all.clone().here(), "{name:?} {wildcard}");
    }
}

#[test]
fn what_is_not_known_is_told_and_cannot_be_sent() {
    let empty = types::Resource::builder().build();
    assert_eq!(Resource::from_sdk(Some(empty)).kind, ResourceKind::Unknown);
    let failure = ResourceKind::Unknown.here().into_sdk().unwrap_err();
    assert_eq!(failure.code, crate::codes::INVALID_REQUEST);
}
