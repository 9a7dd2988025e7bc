//! Writes a statement anew, token by token: see `statement`.
//!
//! Rewritten are literals of dates and timestamps, what reads the clock, CAST and TRY_CAST, `count_if`,
//! `approx_distinct`, `arbitrary`, `greatest`, `least`, the order of OFFSET and LIMIT, where missing values
//! are sorted (last, whatever the direction), and the names of expressions without one.

use std::collections::{BTreeMap, BTreeSet};

use super::statement::{Statement, name};
use super::tokens::{Kind, Token};
use super::{Failure, clock, place};

/// What an open bracket belongs to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Frame {
    /// The next name is a table.
    pub(super) expects_table: bool,
    /// A comma is followed by a table.
    in_from: bool,
    /// FROM is part of a function's arguments: `extract(year FROM d)`.
    keeps_from: bool,
    /// AS is followed by a type.
    is_cast: bool,
    /// Commas part what is sorted by.
    pub(super) sorts: bool,
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
pub(super) struct Translator<'a> {
    pub(super) sql: &'a str,
    pub(super) tokens: &'a [Token],
    pub(super) with: BTreeSet<String>,
    pub(super) out: Statement,
    pub(super) frames: Vec<Frame>,
    pub(super) at: usize,
    pub(super) now_ms: i64,
    /// The names that expressions get, by the token that follows them.
    pub(super) named: BTreeMap<usize, String>,
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

    pub(super) fn frame(&self) -> Frame {
        self.frames.last().copied().unwrap_or_default()
    }

    pub(super) fn change(&mut self, change: impl FnOnce(&mut Frame)) {
        if let Some(frame) = self.frames.last_mut() {
            change(frame);
        }
    }

    pub(super) fn write(&mut self, text: &str) {
        self.out.sql.push_str(text);
        self.out.sql.push(' ');
    }

    pub(super) fn next(&self, ahead: usize) -> Option<&Token> {
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
}
