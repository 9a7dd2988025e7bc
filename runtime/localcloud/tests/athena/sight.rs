//! Who sees what of a table.

use aws_sdk_lakeformation::types::{DataCellsFilter, Permission, RowFilter};

use crate::setup::ACCOUNT;
use crate::shelf::{ask, rows, shelf};
use crate::stage::{ANALYST, Stage, all_but, columns, filter, orders};

const SELECT: &[Permission] = &[Permission::Select];

async fn create_filter(stage: &Stage, name: &str, predicate: &str) {
    let rows = RowFilter::builder().filter_expression(predicate).build();
    let data = DataCellsFilter::builder()
        .table_catalog_id(ACCOUNT)
        .database_name("sales")
        .table_name("orders")
        .name(name)
        .row_filter(rows)
        .set_column_names(Some(vec!["id".to_owned(), "day".to_owned()]));
    let create = stage.lake.create_data_cells_filter();
    create
        .table_data(data.build().unwrap())
        .send()
        .await
        .unwrap();
}

#[tokio::test]
async fn without_a_grant_and_after_its_revocation_nothing_is_seen() {
    let stage = shelf().await;
    let analyst = stage.role(ANALYST).await;
    let refusal = ask(&analyst, "SELECT * FROM orders").await.unwrap_err();
    assert!(
        refusal.contains("Insufficient permissions to execute the query"),
        "{refusal}"
    );
    assert!(refusal.contains("Required Select on orders"), "{refusal}");
    stage.grant(ANALYST, orders(), SELECT).await;
    assert_eq!(rows(&analyst, "SELECT count(*) FROM orders").await, ["3"]);
    stage.revoke(ANALYST, orders(), SELECT).await;
    assert_eq!(
        ask(&analyst, "SELECT * FROM orders").await.unwrap_err(),
        refusal
    );
}

#[tokio::test]
async fn a_column_that_is_left_out_is_not_there() {
    let stage = shelf().await;
    let analyst = stage.role(ANALYST).await;
    stage
        .grant(ANALYST, all_but(&["amount", "region"]), SELECT)
        .await;
    let seen = ask(&analyst, "SELECT * FROM orders WHERE id = 1")
        .await
        .unwrap();
    assert_eq!(seen.columns, ["id integer", "day date"]);
    assert_eq!(seen.rows, ["1|2026-01-30"]);
    for sql in [
        "SELECT amount FROM orders",
        "SELECT id FROM orders WHERE amount > 1",
        "SELECT o.amount FROM sales.orders o",
        "SELECT id FROM orders ORDER BY \"amount\"",
    ] {
        let refusal = ask(&analyst, sql).await.unwrap_err();
        assert!(
            refusal.starts_with("COLUMN_NOT_FOUND: line 1:"),
            "{sql}: {refusal}"
        );
        let rest =
            "cannot be resolved or requester is not authorized to access requested resources";
        assert!(refusal.ends_with(rest), "{sql}: {refusal}");
    }
    stage.grant(ANALYST, columns(&["region"]), SELECT).await;
    assert_eq!(
        rows(&analyst, "SELECT region FROM orders WHERE id = 3").await,
        ["US"]
    );
}

#[tokio::test]
async fn a_row_filter_is_applied_before_what_the_query_says() {
    let stage = shelf().await;
    let analyst = stage.role(ANALYST).await;
    // The filter's own column is not among those that are seen, and letters are told apart.
    create_filter(&stage, "europe", "region LIKE 'E%'").await;
    stage.grant(ANALYST, filter("europe"), SELECT).await;
    assert_eq!(
        rows(&analyst, "SELECT id FROM orders WHERE 1 = 1 OR id > 0").await,
        ["1"]
    );
    assert_eq!(rows(&analyst, "SELECT count(*) FROM orders").await, ["1"]);
    create_filter(&stage, "today", "day >= DATE '2026-01-31'").await;
    stage.grant(ANALYST, filter("today"), SELECT).await;
    assert_eq!(
        rows(&analyst, "SELECT id FROM orders ORDER BY id").await,
        ["1", "3"]
    );
}

#[tokio::test]
async fn the_session_of_a_deleted_role_sees_nothing() {
    let stage = shelf().await;
    let trust = "%7B%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%22%2A%22%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D";
    let iam = async |request: &str| {
        let (status, answer) = crate::raw::form(&stage.cloud, "iam", request).await;
        assert_eq!(status, 200, "{answer}");
    };
    let create = format!("Action=CreateRole&RoleName=analyst&AssumeRolePolicyDocument={trust}");
    iam(&create).await;
    let analyst = stage.role(ANALYST).await;
    stage.grant(ANALYST, orders(), SELECT).await;
    assert_eq!(rows(&analyst, "SELECT count(*) FROM orders").await, ["3"]);
    iam("Action=DeleteRole&RoleName=analyst").await;
    let start = aws_sdk_athena::Client::new(&analyst).start_query_execution();
    assert!(start.query_string("SELECT 1").send().await.is_err());
}
