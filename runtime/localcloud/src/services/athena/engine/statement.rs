//! Athena's SQL (Trino's), translated into SQLite's, with the tables that it names.
//!
//! Only what tells tables from other names is parsed: a table stands behind FROM, JOIN, or a comma in a
//! FROM clause. Names are written in backticks, for SQLite takes a name in double quotes that it does not
//! know for a text. What SQLite lacks or does otherwise is rewritten by the `translator`.

use std::collections::BTreeSet;

use super::select_list::Item;
use super::tokens::Token;
use super::translator::Translator;
use super::{Failure, place};

/// A statement that SQLite runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Statement {
    pub(super) sql: String,
    pub(super) tables: Vec<Named>,
    /// What it selects.
    pub(super) items: Vec<Item>,
}

/// A table that a statement names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) catalog: Option<String>,
    /// None for the database of the query's context.
    pub(super) database: Option<String>,
    pub(super) table: String,
    /// The name under which it is loaded.
    pub(super) loaded_as: String,
    /// Where it stands.
    pub(super) at: usize,
}

/// Translates a query. `now_ms` is what `now()` and `current_date` are.
pub(super) fn translate(sql: &str, tokens: &[Token], now_ms: i64) -> Result<Statement, Failure> {
    let tokens = match tokens.split_last() {
        Some((last, others)) if last.is_symbol(";") => others,
        _ => tokens,
    };
    let first = tokens
        .first()
        .ok_or_else(|| Failure::user("the statement is empty"))?;
    if !first.is_word("select") && !first.is_word("with") && !first.is_symbol("(") {
        return Err(Failure::user(format!(
            "{}: mismatched input '{}'. Expecting: a query (the embedded Athena runs SELECT, WITH, SHOW and \
             DESCRIBE)",
            place(sql, first.at),
            first.text
        )));
    }
    if let Some(second) = tokens.iter().find(|token| token.is_symbol(";")) {
        return Err(Failure::user(format!(
            "{}: Only one sql statement is allowed",
            place(sql, second.at)
        )));
    }
    Translator::new(sql, tokens, common_tables(tokens), now_ms).run()
}

/// A row filter's expression, in SQLite's words.
///
/// # Errors
/// It reads from a table, or is no expression.
pub(super) fn predicate(
    expression: &str,
    tokens: &[Token],
    now_ms: i64,
) -> Result<String, Failure> {
    let refused = |token: &Token| token.is_word("select") || token.is_symbol(";");
    if tokens.iter().any(refused) {
        return Err(Failure::user(format!(
            "GENERIC_USER_ERROR: a row filter is one predicate on the table: {expression}"
        )));
    }
    let translated = Translator::new(expression, tokens, BTreeSet::new(), now_ms).run()?;
    Ok(translated.sql)
}

/// The names of `WITH name AS (…)`.
fn common_tables(tokens: &[Token]) -> BTreeSet<String> {
    if !tokens.iter().any(|token| token.is_word("with")) {
        return BTreeSet::new();
    }
    tokens
        .windows(4)
        .filter(|four| {
            four[0].is_name()
                && four[1].is_word("as")
                && four[2].is_symbol("(")
                && (four[3].is_word("select") || four[3].is_word("with"))
        })
        .map(|four| four[0].text.to_lowercase())
        .collect()
}

/// A name as SQLite reads it, and only as a name.
pub(super) fn name(text: &str) -> String {
    format!("`{}`", text.replace('`', "``"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    /// 2026-01-31T12:00:00Z.
    const NOW_MS: i64 = 1_769_860_800_000;
    use crate::services::athena::engine::tokens;

    fn translated(sql: &str) -> (String, Vec<String>) {
        let statement = translate(sql, &tokens::read(sql).unwrap(), NOW_MS).unwrap();
        let names = statement.tables.iter().map(|named| {
            let database = named.database.as_deref().unwrap_or("-");
            format!("{database}.{}", named.table)
        });
        (statement.sql.trim_end().to_owned(), names.collect())
    }

    #[test]
    fn tables_are_found_wherever_they_stand() {
        for (sql, tables) in [
            ("SELECT a FROM t", vec!["-.t"]),
            ("SELECT a FROM \"d\".\"T\" x, u", vec!["d.t", "-.u"]),
            (
                "SELECT 1 FROM a JOIN b ON a.x = b.x, c WHERE y IN (1, 2)",
                vec!["-.a", "-.b", "-.c"],
            ),
            (
                "SELECT (SELECT max(x) FROM u), f FROM t",
                vec!["-.u", "-.t"],
            ),
            ("SELECT * FROM (SELECT * FROM t) s", vec!["-.t"]),
            ("WITH w AS (SELECT * FROM t) SELECT * FROM w", vec!["-.t"]),
            ("SELECT extract(year FROM d) FROM t", vec!["-.t"]),
            ("SELECT t.x FROM t LEFT JOIN t AS z ON 1 = 1", vec!["-.t"]),
        ] {
            assert_eq!(translated(sql).1, tables, "{sql}");
        }
    }

    #[test]
    fn what_sqlite_lacks_is_rewritten() {
        for (sql, expected) in [
            (
                "SELECT \"a\" FROM t WHERE d >= DATE '2026-01-01'",
                "SELECT `a` FROM `#0` AS `t` WHERE d >= '2026-01-01'",
            ),
            (
                "SELECT count_if(x > 1) n, try_cast(y AS decimal(10, 2)) AS y FROM d.t AS z;",
                "SELECT count (nullif( x > 1 , 0)) n , _try_cast ( y , 'decimal ( 10 , 2 )' ) AS y FROM \
                 `#0` AS z",
            ),
            (
                "SELECT approx_distinct(x) FROM t",
                "SELECT count (DISTINCT x ) AS `#` FROM `#0` AS `t`",
            ),
            (
                "SELECT a FROM (SELECT max(a), 1 b FROM t) ORDER BY a, b DESC NULLS FIRST OFFSET 2 LIMIT 1",
                "SELECT a FROM ( SELECT max ( a ) AS `_col0` , 1 b FROM `#0` AS `t` ) ORDER BY a NULLS \
                 LAST , b DESC NULLS FIRST LIMIT 1 OFFSET 2",
            ),
            (
                "SELECT current_date AS d, now() AS t",
                "SELECT '2026-01-31' AS d , '2026-01-31 12:00:00.000 UTC' AS t",
            ),
        ] {
            assert_eq!(translated(sql).0, expected);
        }
    }

    #[test]
    fn one_query_and_nothing_else() {
        for sql in [
            "INSERT INTO t VALUES (1)",
            "DROP TABLE t",
            "PRAGMA table_info(t)",
            "ATTACH 'x' AS y",
            "SELECT 1; SELECT 2",
            "SELECT * FROM pragma_table_info('t')",
            "SELECT 1)",
            "SELECT a FROM t LIMIT 1 OFFSET 2",
            "",
        ] {
            let tokens = tokens::read(sql).unwrap();
            assert!(translate(sql, &tokens, NOW_MS).is_err(), "{sql}");
        }
    }
}
