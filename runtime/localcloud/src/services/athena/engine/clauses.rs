//! The clauses of a statement that are read whole: what it selects, from which tables, how it sorts and
//! how much of it is answered.

use super::select_list;
use super::statement::{Named, name};
use super::tokens::Kind;
use super::translator::Translator;
use super::{Failure, place};

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

impl Translator<'_> {
    /// Notes what a SELECT selects, and which names its expressions get: `_col0`; what the whole query
    /// answers is named when its columns are counted.
    pub(super) fn select_list(&mut self) {
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

    pub(super) fn name_expression(&mut self) {
        if let Some(given) = self.named.remove(&self.at) {
            self.write(&format!("AS {}", name(&given)));
        }
    }

    /// Ends one of the things that are sorted by. Unlike SQLite, Athena has missing values last
    /// "regardless of the ordering direction" (Trino's SELECT).
    pub(super) fn sort_missing_last(&mut self) {
        let before = |back: usize| self.at.checked_sub(back).and_then(|at| self.tokens.get(at));
        let said = before(2).is_some_and(|word| word.is_word("nulls"));
        if self.frame().sorts && !said {
            self.write("NULLS LAST");
        }
    }

    /// `OFFSET n LIMIT m`, `LIMIT m` or `FETCH FIRST m ROWS ONLY`, the other way around.
    pub(super) fn limit(&mut self) -> Result<(), Failure> {
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

    /// The type of a CAST, up to its bracket, becomes the second argument of a function.
    pub(super) fn cast_type(&mut self) {
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
    pub(super) fn table(&mut self) -> Result<(), Failure> {
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
