//! Files, and how their values are read and written.

use crate::setup::ACCOUNT;
use crate::shelf::{CSV, JSON, SIMPLE, ask, create, execution, put, rows, shelf, start};

#[tokio::test]
async fn csv_has_quotes_commas_newlines_and_a_header() {
    let stage = shelf().await;
    let root = stage.root(ACCOUNT);
    let columns = [("id", "bigint"), ("said", "string")];
    create(
        &stage,
        "notes",
        &columns,
        &[],
        CSV,
        &[("skip.header.line.count", "1")],
    )
    .await;
    let file = "id,said\n1,\"a, b\"\n2,\"two\nlines\"\n3,\"she said \"\"no\"\"\"\n4,\n";
    put(&stage, "sales/notes/a.csv", file).await;
    put(&stage, "sales/notes/_SUCCESS", "not a row").await;
    let sql = "SELECT * FROM notes ORDER BY id";
    let seen = ask(&root, sql).await.unwrap();
    assert_eq!(seen.columns, ["id bigint", "said varchar"]);
    let expected = ["1|a, b", "2|two\nlines", "3|she said \"no\"", "4|"];
    assert_eq!(seen.rows, expected);

    let id = start(&root, sql).await.unwrap();
    let execution = execution(&root, &id).await;
    let output = execution.result_configuration().unwrap().output_location();
    assert_eq!(output.unwrap(), format!("s3://answers-{ACCOUNT}/{id}.csv"));
    let get = aws_sdk_s3::Client::new(&root).get_object();
    let get = get
        .bucket(format!("answers-{ACCOUNT}"))
        .key(format!("{id}.csv"));
    let bytes = get.send().await.unwrap().body.collect().await.unwrap();
    assert_eq!(
        String::from_utf8(bytes.to_vec()).unwrap(),
        "\"id\",\"said\"\n\"1\",\"a, b\"\n\"2\",\"two\nlines\"\n\"3\",\"she said \"\"no\"\"\"\n\"4\",\"\"\n"
    );
}

#[tokio::test]
async fn simple_text_has_its_own_separator_and_missing_values() {
    let stage = shelf().await;
    let root = stage.root(ACCOUNT);
    let columns = [("a", "int"), ("b", "string"), ("c", "boolean")];
    create(
        &stage,
        "plain",
        &columns,
        &[],
        SIMPLE,
        &[("field.delim", "\t")],
    )
    .await;
    put(
        &stage,
        "sales/plain/a.tsv",
        "1\t\\N\ttrue\n\t\"x\"\tfalse\n",
    )
    .await;
    let seen = ask(&root, "SELECT * FROM plain").await.unwrap();
    assert_eq!(seen.columns, ["a integer", "b varchar", "c boolean"]);
    assert_eq!(seen.rows, ["1|-|true", "-|\"x\"|false"]);
}

#[tokio::test]
async fn partition_keys_are_columns_from_the_paths() {
    let stage = shelf().await;
    let root = stage.root(ACCOUNT);
    let seen = ask(&root, "SELECT * FROM orders ORDER BY id")
        .await
        .unwrap();
    assert_eq!(
        seen.columns,
        ["id integer", "region varchar", "amount double", "day date"]
    );
    let expected = [
        "1|EU|10.5|2026-01-30",
        "2|eu|-|2026-01-30",
        "3|US|7.0|2026-01-31",
    ];
    assert_eq!(seen.rows, expected);
    let nowhere = "sales/orders/day=__HIVE_DEFAULT_PARTITION__/c.json";
    put(&stage, nowhere, r#"{"id": 4, "day": "not this"}"#).await;
    put(&stage, "sales/orders/stray.json", r#"{"id": 5}"#).await;
    let sql = "SELECT id, day FROM orders WHERE id > 3";
    assert_eq!(
        rows(&root, sql).await,
        ["4|-"],
        "a stray file is in no partition"
    );
    let sql = "SELECT day, count(*) FROM orders WHERE day IS NOT NULL GROUP BY day ORDER BY day";
    assert_eq!(rows(&root, sql).await, ["2026-01-30|2", "2026-01-31|1"]);
}

#[tokio::test]
async fn a_table_without_rows_has_columns() {
    let stage = shelf().await;
    let root = stage.root(ACCOUNT);
    create(
        &stage,
        "empty",
        &[("a", "date"), ("b", "string")],
        &[],
        JSON,
        &[],
    )
    .await;
    let seen = ask(&root, "SELECT *, a IS NULL, count(*) OVER () FROM empty")
        .await
        .unwrap();
    assert_eq!(seen.rows, [""; 0]);
    assert_eq!(
        seen.columns[..3],
        ["a date", "b varchar", "_col2 boolean"].map(str::to_owned)
    );
}

#[tokio::test]
async fn a_hundred_thousand_rows_are_soon_read() {
    let stage = shelf().await;
    let root = stage.root(ACCOUNT);
    create(
        &stage,
        "many",
        &[("n", "int"), ("even", "boolean")],
        &[],
        CSV,
        &[],
    )
    .await;
    let lines: Vec<String> = (0..100_000)
        .map(|n| format!("{n},{}", n % 2 == 0))
        .collect();
    put(&stage, "sales/many/a.csv", &lines.join("\n")).await;
    let since = std::time::Instant::now();
    let sql = "SELECT even, count(*), sum(n) FROM many GROUP BY even ORDER BY even";
    let expected = ["false|50000|2500000000", "true|50000|2499950000"];
    assert_eq!(rows(&root, sql).await, expected);
    assert!(since.elapsed().as_secs() < 30, "took {:?}", since.elapsed());
}
