//! Writes a statement anew, token by token: see `statement`.
//!
//! Rewritten are literals of dates and timestamps, what reads the clock, CAST and TRY_CAST, `count_if`,
//! `approx_distinct`, `arbitrary`, `greatest`, `least`, the order of OFFSET and LIMIT, where missing values
//! are sorted (last, whatever the direction), and the names of expressions without one.

use std::collections::{BTreeMap, BTreeSet};

use super::select_list;
use super::statement::{Named, Statement, name};
use super::tokens::{Kind, Token};
use super::{Failure, clock, place};

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
    /// Commas part what is sorted by.
    sorts: bool,
    /// What the closing bracket is written as.
    closes_as: Option<&'static str>,
}

/// Words that end a FROM clause.
const AFTER_FROM: [&str; 11] = [
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
    "fetch",
];
/// Words that end what is sorted by.
const AFTER_ORDER: [&str; 9] = [
    "limit",
    "offset",
    "fetch",
    "union",
    "intersect",
    "except",
    "rows",
    "range",
    "groups",
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

pub(super) struct Translator<'a> {
    sql: &'a str,
    tokens: &'a [Token],
    with: BTreeSet<String>,
    out: Statement,
    frames: Vec<Frame>,
    at: usize,
    now_ms: i64,
    /// The names that expressions get, by the token that follows them.
    named: BTreeMap<usize, String>,
}

impl<'a> Translator<'a> {
    pub(super) fn new(
        sql: &'a str,
        tokens: &'a [Token],
        with: BTreeSet<String>,
        now_ms: i64,
    ) -> Self {
        Self {
            sql,
            tokens,
            with,
            out: Statement::default(),
            frames: vec![Frame::default()],
            at: 0,
            now_ms,
            named: BTreeMap::new(),
        }
    }

    pub(super) fn run(mut self) -> Result<Statement, Failure> {
        while let Some(token) = self.tokens.get(self.at) {
            self.name_expression();
            let frame = self.frame();
            if frame.expects_table && token.is_name() && !token.is_word("lateral") {
                self.table()?;
                continue;
            }
            match token.kind {
                Kind::Symbol => self.symbol(token)?,
                Kind::Word => self.word(token)?,
                Kind::Quoted => self.write(&name(&token.text)),
                Kind::Text | Kind::Number => self.write(token.raw(self.sql)),
            }
            self.at += 1;
        }
        self.name_expression();
        self.sort_missing_last();
        Ok(self.out)
    }

    /// Notes what a SELECT selects, and which names its expressions get: `_col0`; what the whole query
    /// answers is named when its columns are counted.
    fn select_list(&mut self) {
        let items = select_list::read(self.tokens, self.at + 1);
        let outermost = self.frames.len() == 1;
        for (at, item) in items.iter().enumerate().filter(|(_, item)| !item.is_named) {
            let name = match outermost {
                true => select_list::UNNAMED.to_owned(),
                false => format!("_col{at}"),
            };
            self.named.insert(item.end, name);
        }
        if outermost && self.out.items.is_empty() {
            self.out.items = items;
        }
    }

    fn name_expression(&mut self) {
        if let Some(given) = self.named.remove(&self.at) {
            self.write(&format!("AS {}", name(&given)));
        }
    }

    /// Ends one of the things that are sorted by. Unlike SQLite, Athena has missing values last
    /// "regardless of the ordering direction" (Trino's SELECT).
    fn sort_missing_last(&mut self) {
        let before = |back: usize| self.at.checked_sub(back).and_then(|at| self.tokens.get(at));
        let said = before(2).is_some_and(|word| word.is_word("nulls"));
        if self.frame().sorts && !said {
            self.write("NULLS LAST");
        }
    }

    /// `OFFSET n LIMIT m`, `LIMIT m` or `FETCH FIRST m ROWS ONLY`, the other way around.
    fn limit(&mut self) -> Result<(), Failure> {
        let mut offset = None;
        if self.take("offset") {
            offset = self.number();
            let _ = self.take("rows") || self.take("row");
        }
        let mut limit = None;
        if self.take("limit") {
            limit = match self.take("all") {
                true => Some("-1".to_owned()),
                false => self.number(),
            };
        } else if self.take("fetch") {
            let _ = self.take("first") || self.take("next");
            limit = self.number().or(Some("1".to_owned()));
            let _ = self.take("rows") || self.take("row");
            self.take("only");
        }
        if let Some(next) = self.next(0).filter(|next| !next.is_symbol(")")) {
            return Err(Failure::user(format!(
                "{}: mismatched input '{}'. Expecting: the end of the query (OFFSET stands before LIMIT)",
                place(self.sql, next.at),
                next.text
            )));
        }
        self.write(&format!("LIMIT {}", limit.as_deref().unwrap_or("-1")));
        if let Some(offset) = offset {
            self.write(&format!("OFFSET {offset}"));
        }
        Ok(())
    }

    fn take(&mut self, word: &str) -> bool {
        let taken = self.next(0).is_some_and(|next| next.is_word(word));
        self.at += usize::from(taken);
        taken
    }

    fn number(&mut self) -> Option<String> {
        let number = self.next(0).filter(|next| next.kind == Kind::Number)?;
        let text = number.text.clone();
        self.at += 1;
        Some(text)
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
                    && !self
                        .next(1)
                        .is_some_and(|next| next.is_word("select") || next.is_word("with"));
                self.change(|frame| frame.expects_table = false);
                let counts = called(&["count_if"]);
                self.frames.push(Frame {
                    expects_table,
                    in_from: expects_table,
                    keeps_from: called(&["extract", "trim", "substring", "position"]),
                    is_cast: called(&["cast", "try_cast"]),
                    sorts: false,
                    closes_as: counts.then_some(", 0))"),
                });
                match (counts, called(&["approx_distinct"])) {
                    (true, _) => self.write("(nullif("),
                    (_, true) => self.write("(DISTINCT"),
                    _ => self.write("("),
                }
            }
            ")" => {
                self.sort_missing_last();
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
                self.sort_missing_last();
                let in_from = self.frame().in_from;
                self.change(|frame| frame.expects_table = in_from);
                self.write(",");
            }
            other => self.write(other),
        }
        Ok(())
    }

    fn word(&mut self, token: &Token) -> Result<(), Failure> {
        let lower = token.text.to_lowercase();
        let frame = self.frame();
        let calls = self.next(1).is_some_and(|next| next.is_symbol("("));
        let qualified = self.at > 0 && self.tokens[self.at - 1].is_symbol(".");
        if AFTER_FROM.contains(&lower.as_str()) {
            self.change(|frame| {
                frame.expects_table = false;
                frame.in_from = false;
            });
        }
        if frame.sorts && AFTER_ORDER.contains(&lower.as_str()) {
            self.sort_missing_last();
            self.change(|frame| frame.sorts = false);
        }
        match lower.as_str() {
            _ if qualified => self.write(&token.text),
            "select" => {
                self.select_list();
                self.write(&token.text);
            }
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
            "order" if self.next(1).is_some_and(|next| next.is_word("by")) => {
                self.change(|frame| frame.sorts = true);
                self.write("ORDER");
            }
            "offset" | "limit" | "fetch" => {
                self.limit()?;
                // The token behind it is still to be written.
                self.at -= 1;
            }
            "date" | "timestamp" if self.next(1).is_some_and(|next| next.kind == Kind::Text) => {}
            "current_date" => self.write(&format!("'{}'", clock::date(self.now_ms))),
            "current_timestamp" | "now" | "localtimestamp" if calls || lower != "now" => {
                if calls {
                    self.at += 2;
                }
                let zone = if lower == "localtimestamp" {
                    ""
                } else {
                    " UTC"
                };
                self.write(&format!("'{}{zone}'", clock::timestamp(self.now_ms)));
            }
            "as" if frame.is_cast => self.cast_type(),
            _ if !calls => self.write(&token.text),
            "cast" => self.write("_cast"),
            "try_cast" => self.write("_try_cast"),
            "count_if" | "approx_distinct" => self.write("count"),
            "arbitrary" | "any_value" | "least" => self.write("min"),
            "greatest" => self.write("max"),
            "strpos" => self.write("instr"),
            _ => self.write(&token.text),
        }
        Ok(())
    }

    /// The type of a CAST, up to its bracket, becomes the second argument of a function.
    fn cast_type(&mut self) {
        let mut kind = Vec::new();
        let mut depth = 0_usize;
        while let Some(token) = self.next(1) {
            match token.text.as_str() {
                "(" => depth += 1,
                ")" if depth == 0 => break,
                ")" => depth -= 1,
                _ => {}
            }
            kind.push(token.text.replace('\'', ""));
            self.at += 1;
        }
        self.write(&format!(", '{}'", kind.join(" ")));
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
