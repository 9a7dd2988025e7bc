//! What a statement may say, and what it means.

use crate::setup::ACCOUNT;
use crate::shelf::{ask, rows, shelf};

#[tokio::test]
async fn expressions_have_names_and_types() {
    let stage = shelf().await;
    let root = stage.root(ACCOUNT);
    let sql = "SELECT id, count(*), id > 1, max(amount) AS \"Most\", cast('7' AS bigint) seven, \
               current_date, date '2026-01-01' FROM orders GROUP BY id ORDER BY id LIMIT 1";
    let seen = ask(&root, sql).await.unwrap();
    let columns = [
        "id integer",
        "_col1 bigint",
        "_col2 boolean",
        "most double",
        "seven bigint",
        "_col5 date",
        "_col6 date",
    ];
    assert_eq!(seen.columns, columns);
    assert_eq!(seen.rows, ["1|1|false|10.5|7|2026-01-31|2026-01-01"]);
}

#[tokio::test]
async fn what_trino_does_otherwise_than_sqlite() {
    let stage = shelf().await;
    let root = stage.root(ACCOUNT);
    for (sql, expected) in [
        ("SELECT id FROM orders ORDER BY amount", vec!["3", "1", "2"]),
        (
            "SELECT id FROM orders ORDER BY amount DESC",
            vec!["1", "3", "2"],
        ),
        (
            "SELECT id FROM orders ORDER BY amount NULLS FIRST, id",
            vec!["2", "3", "1"],
        ),
        (
            "SELECT id FROM orders ORDER BY id OFFSET 1 LIMIT 1",
            vec!["2"],
        ),
        ("SELECT id FROM orders ORDER BY id OFFSET 2 ROWS", vec!["3"]),
        (
            "SELECT id FROM orders ORDER BY id FETCH FIRST 1 ROWS ONLY",
            vec!["1"],
        ),
        ("SELECT id FROM orders WHERE region LIKE 'E%'", vec!["1"]),
        (
            "SELECT try_cast(region AS integer) FROM orders WHERE id = 1",
            vec!["-"],
        ),
        ("SELECT greatest(1, 3, 2), least(4, 2)", vec!["3|2"]),
        ("SELECT regexp_like('order 7', '[0-9]+$')", vec!["true"]),
        (
            "SELECT split_part('a-b-c', '-', 2), split_part('a', '-', 2)",
            vec!["b|-"],
        ),
        ("SELECT now()", vec!["2026-01-31 12:00:00.000 UTC"]),
        (
            "SELECT count_if(amount > 8), approx_distinct(lower(region)) FROM orders",
            vec!["1|2"],
        ),
        (
            "WITH w AS (SELECT day, max(id) FROM orders GROUP BY day) SELECT w._col1 FROM w ORDER BY 1",
            vec!["2", "3"],
        ),
        (
            "SELECT DISTINCT o.day FROM orders o JOIN orders p ON o.id = p.id + 2",
            vec!["2026-01-31"],
        ),
    ] {
        assert_eq!(rows(&root, sql).await, expected, "{sql}");
    }
    let failed = ask(&root, "SELECT cast(region AS integer) FROM orders").await;
    let cast = "INVALID_CAST_ARGUMENT: Cannot cast 'EU' to INTEGER";
    assert_eq!(failed.unwrap_err(), cast);
}

#[tokio::test]
async fn what_is_not_one_query_is_not_started() {
    let stage = shelf().await;
    let root = stage.root(ACCOUNT);
    let athena = aws_sdk_athena::Client::new(&root);
    for sql in [
        "INSERT INTO orders VALUES (1)",
        "DROP TABLE orders",
        "SELECT 1; SELECT 2",
        "PRAGMA table_info(orders)",
        "ATTACH 'x' AS y",
        "SELECT 'open",
        "SELECT id FROM orders LIMIT 1 OFFSET 1",
    ] {
        let start = athena.start_query_execution().query_string(sql);
        let error = start.send().await.unwrap_err().into_service_error();
        assert!(error.is_invalid_request_exception(), "{sql}: {error:?}");
    }
    assert_eq!(
        ask(&root, "DROP TABLE orders").await.unwrap_err(),
        "line 1:1: mismatched input 'DROP'. Expecting: a query (the embedded Athena runs SELECT, WITH, \
         SHOW and DESCRIBE)"
    );
}

#[tokio::test]
async fn functions_that_athena_does_not_have_are_refused() {
    let stage = shelf().await;
    let root = stage.root(ACCOUNT);
    for (call, name) in [
        ("zeroblob(1000000000)", "zeroblob"),
        ("randomblob(10)", "randomblob"),
        ("random()", "random"),
        ("datetime('now')", "datetime"),
        ("julianday('now')", "julianday"),
        ("sqlite_version()", "sqlite_version"),
        ("no_such(1)", "no_such"),
    ] {
        let refusal = ask(&root, &format!("SELECT {call}")).await.unwrap_err();
        let expected = format!("FUNCTION_NOT_FOUND: line 1:8: Function '{name}' not registered");
        assert_eq!(refusal, expected);
    }
    let long = "WITH RECURSIVE r AS (SELECT 'xxxxxxxx' AS x UNION ALL SELECT x || x FROM r) \
                SELECT length(x) FROM r";
    let refusal = ask(&root, long).await.unwrap_err();
    assert!(refusal.starts_with("EXCEEDED_MEMORY_LIMIT"), "{refusal}");
}

#[tokio::test]
async fn the_catalog_is_shown() {
    let stage = shelf().await;
    let root = stage.root(ACCOUNT);
    for (sql, first) in [("SHOW TABLES", "orders"), ("SHOW DATABASES", "sales")] {
        let athena = aws_sdk_athena::Client::new(&root);
        let id = crate::shelf::start(&root, sql).await.unwrap();
        let got = athena
            .get_query_results()
            .query_execution_id(id)
            .send()
            .await
            .unwrap();
        let row = got.result_set().unwrap().rows().first().unwrap();
        assert_eq!(
            row.data().first().unwrap().var_char_value(),
            Some(first),
            "{sql}"
        );
    }
}
