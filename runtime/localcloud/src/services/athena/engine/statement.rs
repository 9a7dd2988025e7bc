//! Athena's SQL (Trino's), translated into SQLite's, with the tables that it names.
//!
//! Only what tells tables from other names is parsed: a table stands behind FROM, JOIN, or a comma in a
//! FROM clause. Names are written in backticks, for SQLite takes a name in double quotes that it does not
//! know for a text. What SQLite lacks is rewritten: literals of dates and timestamps, types of CAST,
//! `count_if`, `approx_distinct`, `arbitrary`.

use std::collections::BTreeSet;

use super::tokens::{Kind, Token};
use super::{Failure, place};

/// A statement that SQLite runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Statement {
    pub(super) sql: String,
    pub(super) tables: Vec<Named>,
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

/// What an open bracket belongs to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Frame {
    /// The next name is a table.
    expects_table: bool,
    /// A comma is followed by a table.
    in_from: bool,
    /// FROM is part of a function's arguments: `extract(year FROM d)`.
    keeps_from: bool,
    /// AS is followed by a type.
    is_cast: bool,
    /// What the closing bracket is written as.
    closes_as: Option<&'static str>,
}

/// Words that end a FROM clause.
const AFTER_FROM: [&str; 10] = [
    "where",
    "group",
    "order",
    "having",
    "limit",
    "union",
    "intersect",
    "except",
    "window",
    "offset",
];
/// Words that can stand behind a table and are no alias of it.
const NO_ALIAS: [&str; 20] = [
    "where",
    "group",
    "order",
    "having",
    "limit",
    "union",
    "intersect",
    "except",
    "window",
    "offset",
    "on",
    "using",
    "join",
    "inner",
    "left",
    "right",
    "full",
    "cross",
    "natural",
    "fetch",
];

pub(super) fn translate(sql: &str, tokens: &[Token]) -> Result<Statement, Failure> {
    let tokens = match tokens.split_last() {
        Some((last, others)) if last.is_symbol(";") => others,
        _ => tokens,
    };
    let first = tokens
        .first()
        .ok_or_else(|| Failure::user("the statement is empty"))?;
    if !first.is_word("select") && !first.is_word("with") {
        return Err(Failure::user(format!(
            "{}: mismatched input '{}'. Expecting: a query (the embedded Athena runs SELECT, WITH, SHOW and \
             DESCRIBE)",
            place(sql, first.at),
            first.text
        )));
    }
    if let Some(second) = tokens.iter().find(|token| token.is_symbol(";")) {
        return Err(Failure::user(format!(
            "{}: only one sql statement is allowed",
            place(sql, second.at)
        )));
    }
    Translator {
        sql,
        tokens,
        with: common_tables(tokens),
        out: Statement::default(),
        frames: vec![Frame::default()],
        at: 0,
    }
    .run()
}

/// The names of `WITH name AS (…)`.
fn common_tables(tokens: &[Token]) -> BTreeSet<String> {
    if !tokens.first().is_some_and(|first| first.is_word("with")) {
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

struct Translator<'a> {
    sql: &'a str,
    tokens: &'a [Token],
    with: BTreeSet<String>,
    out: Statement,
    frames: Vec<Frame>,
    at: usize,
}

impl Translator<'_> {
    fn run(mut self) -> Result<Statement, Failure> {
        while let Some(token) = self.tokens.get(self.at) {
            let frame = self.frame();
            if frame.expects_table && token.is_name() && !token.is_word("lateral") {
                self.table()?;
                continue;
            }
            match token.kind {
                Kind::Symbol => self.symbol(token)?,
                Kind::Word => self.word(token),
                Kind::Quoted => self.write(&name(&token.text)),
                Kind::Text | Kind::Number => self.write(token.raw(self.sql)),
            }
            self.at += 1;
        }
        Ok(self.out)
    }

    fn frame(&self) -> Frame {
        self.frames.last().copied().unwrap_or_default()
    }

    fn change(&mut self, change: impl FnOnce(&mut Frame)) {
        if let Some(frame) = self.frames.last_mut() {
            change(frame);
        }
    }

    fn write(&mut self, text: &str) {
        self.out.sql.push_str(text);
        self.out.sql.push(' ');
    }

    fn next(&self, ahead: usize) -> Option<&Token> {
        self.tokens.get(self.at + ahead)
    }

    fn symbol(&mut self, token: &Token) -> Result<(), Failure> {
        match token.text.as_str() {
            "(" => {
                let before = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
                let function = before.filter(|before| before.kind == Kind::Word);
                let called = |names: &[&str]| {
                    function.is_some_and(|word| names.iter().any(|name| word.is_word(name)))
                };
                // A subquery, or a bracket around joins: a table may follow.
                let expects_table = self.frame().expects_table
                    && !self.next(1).is_some_and(|next| next.is_word("select"));
                self.change(|frame| frame.expects_table = false);
                let counts = called(&["count_if"]);
                self.frames.push(Frame {
                    expects_table,
                    in_from: expects_table,
                    keeps_from: called(&["extract", "trim", "substring", "position"]),
                    is_cast: called(&["cast", "try_cast"]),
                    closes_as: counts.then_some(", 0))"),
                });
                match (counts, called(&["approx_distinct"])) {
                    (true, _) => self.write("(nullif("),
                    (_, true) => self.write("(DISTINCT"),
                    _ => self.write("("),
                }
            }
            ")" => {
                let closed = self.frames.pop().unwrap_or_default();
                if self.frames.is_empty() {
                    return Err(Failure::user(format!(
                        "{}: mismatched input ')'",
                        place(self.sql, token.at)
                    )));
                }
                self.write(closed.closes_as.unwrap_or(")"));
            }
            "," => {
                let in_from = self.frame().in_from;
                self.change(|frame| frame.expects_table = in_from);
                self.write(",");
            }
            other => self.write(other),
        }
        Ok(())
    }

    fn word(&mut self, token: &Token) {
        let lower = token.text.to_lowercase();
        let frame = self.frame();
        match lower.as_str() {
            "from" if !frame.keeps_from => {
                self.change(|frame| {
                    frame.expects_table = true;
                    frame.in_from = true;
                });
                self.write("FROM");
            }
            "join" => {
                self.change(|frame| frame.expects_table = true);
                self.write("JOIN");
            }
            "date" | "timestamp" if self.next(1).is_some_and(|next| next.kind == Kind::Text) => {}
            "as" if frame.is_cast => {
                self.write("AS");
                if let Some(kind) = self.next(1) {
                    let kind = cast_type(&kind.text);
                    self.write(kind);
                    self.at += 1;
                }
            }
            "try_cast" => self.write("CAST"),
            "count_if" | "approx_distinct"
                if self.next(1).is_some_and(|next| next.is_symbol("(")) =>
            {
                self.write("count");
            }
            "arbitrary" => self.write("min"),
            "strpos" => self.write("instr"),
            _ => {
                if AFTER_FROM.contains(&lower.as_str()) {
                    self.change(|frame| {
                        frame.expects_table = false;
                        frame.in_from = false;
                    });
                }
                self.write(&token.text);
            }
        }
    }

    /// `catalog.database.table`, `database.table` or `table`, and the alias behind it.
    fn table(&mut self) -> Result<(), Failure> {
        let start = self.at;
        let at = self.tokens[start].at;
        let mut parts = vec![self.tokens[start].text.clone()];
        self.at += 1;
        while self.next(0).is_some_and(|dot| dot.is_symbol("."))
            && let Some(part) = self.next(1).filter(|part| part.is_name())
        {
            parts.push(part.text.clone());
            self.at += 2;
        }
        self.change(|frame| frame.expects_table = false);
        if self.next(0).is_some_and(|next| next.is_symbol("(")) {
            return Err(Failure::user(format!(
                "{}: the embedded Athena has no table functions: '{}'",
                place(self.sql, at),
                parts.join(".")
            )));
        }
        let mut parts = parts.into_iter().rev();
        let table = parts.next().unwrap_or_default().to_lowercase();
        let database = parts.next().map(|name| name.to_lowercase());
        let catalog = parts.next();
        if database.is_none() && self.with.contains(&table) {
            self.write(&name(&table));
            return Ok(());
        }
        let known = self.out.tables.iter().find(|known| {
            known.table == table && known.database == database && known.catalog == catalog
        });
        let loaded_as = match known {
            Some(known) => known.loaded_as.clone(),
            None => {
                let loaded_as = format!("#{}", self.out.tables.len());
                self.out.tables.push(Named {
                    catalog,
                    database,
                    table: table.clone(),
                    loaded_as: loaded_as.clone(),
                    at,
                });
                loaded_as
            }
        };
        self.write(&name(&loaded_as));
        let alias = self.next(0).is_some_and(|next| {
            next.kind == Kind::Quoted
                || (next.kind == Kind::Word
                    && !NO_ALIAS.contains(&next.text.to_lowercase().as_str()))
        });
        if !alias {
            self.write(&format!("AS {}", name(&table)));
        }
        Ok(())
    }
}

/// SQLite's type for a CAST: dates are texts, whose order is that of the dates.
fn cast_type(kind: &str) -> &'static str {
    match kind.to_lowercase().as_str() {
        "tinyint" | "smallint" | "int" | "integer" | "bigint" | "boolean" => "INTEGER",
        "float" | "real" | "double" | "decimal" => "REAL",
        _ => "TEXT",
    }
}

/// A name as SQLite reads it, and only as a name.
pub(super) fn name(text: &str) -> String {
    format!("`{}`", text.replace('`', "``"))
}

/// A row filter's expression, in SQLite's words.
pub(super) fn predicate(expression: &str, tokens: &[Token]) -> String {
    let written = |token: &Token| match token.kind {
        Kind::Quoted => name(&token.text),
        _ => token.raw(expression).to_owned(),
    };
    let typed = |at: usize| {
        (tokens[at].is_word("date") || tokens[at].is_word("timestamp"))
            && tokens
                .get(at + 1)
                .is_some_and(|next| next.kind == Kind::Text)
    };
    let words: Vec<String> = (0..tokens.len())
        .filter(|at| !typed(*at))
        .map(|at| written(&tokens[at]))
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;
    use crate::services::athena::engine::tokens;

    fn translated(sql: &str) -> (String, Vec<String>) {
        let statement = translate(sql, &tokens::read(sql).unwrap()).unwrap();
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
                "SELECT count_if(x > 1), try_cast(y AS date) FROM d.t AS z;",
                "SELECT count (nullif( x > 1 , 0)) , CAST ( y AS TEXT ) FROM `#0` AS z",
            ),
            (
                "SELECT approx_distinct(x) FROM t",
                "SELECT count (DISTINCT x ) FROM `#0` AS `t`",
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
            "",
        ] {
            let tokens = tokens::read(sql).unwrap();
            assert!(translate(sql, &tokens).is_err(), "{sql}");
        }
    }
}
