//! `SHOW DATABASES`, `SHOW TABLES`, `SHOW COLUMNS` and `DESCRIBE`.

use super::catalog;
use super::statement::Named;
use super::tokens::Token;
use super::{Answer, Asker, Column, Failure};
use crate::error::ServiceError;
use crate::services::glue::facts;
use crate::services::lakeformation::access::{self, Reader};

/// A statement about the catalog.
pub(super) enum Show {
    Databases,
    /// Of this database, or of the query's.
    Tables(Option<String>),
    /// Of a table.
    Columns {
        database: Option<String>,
        table: String,
        /// With their types.
        described: bool,
    },
}

impl Show {
    pub(super) fn parse(tokens: &[Token]) -> Option<Self> {
        let tokens: Vec<&Token> = tokens
            .iter()
            .filter(|token| !token.is_symbol(";"))
            .collect();
        let word = |at: usize, word: &str| tokens.get(at).is_some_and(|token| token.is_word(word));
        let name = |at: usize| {
            let token = tokens.get(at).filter(|token| token.is_name())?;
            Some(token.text.to_lowercase())
        };
        let dotted = |at: usize| {
            let first = name(at)?;
            match (tokens.get(at + 1), name(at + 2)) {
                (None, _) => Some((None, first)),
                (Some(dot), Some(second)) if dot.is_symbol(".") => Some((Some(first), second)),
                _ => None,
            }
        };
        let in_word = |at: usize| word(at, "in") || word(at, "from");
        if word(0, "show") && (word(1, "databases") || word(1, "schemas")) {
            return Some(Self::Databases);
        }
        if word(0, "show") && word(1, "tables") {
            return Some(Self::Tables(name(3).filter(|_| in_word(2))));
        }
        let (described, at) = if word(0, "describe") || word(0, "desc") {
            (true, 1)
        } else if word(0, "show") && word(1, "columns") && in_word(2) {
            (false, 3)
        } else {
            return None;
        };
        let (database, table) = dotted(at)?;
        Some(Self::Columns {
            database,
            table,
            described,
        })
    }

    pub(super) fn run(&self, asker: &Asker<'_>) -> Result<Result<Answer, Failure>, ServiceError> {
        let one = |name: &str, rows: Vec<String>| Answer {
            columns: vec![text_column(name)],
            rows: rows.into_iter().map(|row| vec![Some(row)]).collect(),
            scanned: 0,
        };
        match self {
            Self::Databases => {
                let names = facts::databases(asker.tx, asker.scope)?;
                Ok(Ok(one("database_name", names)))
            }
            Self::Tables(database) => {
                let database = database.as_deref().unwrap_or(asker.database).to_lowercase();
                if facts::database(asker.tx, asker.scope, &database)?.is_none() {
                    return Ok(Err(Failure::user(format!(
                        "SCHEMA_NOT_FOUND: Schema '{database}' does not exist"
                    ))));
                }
                let mut names = Vec::new();
                for table in facts::tables(asker.tx, asker.scope, &database)? {
                    if is_seen(asker, &database, &table.name)? {
                        names.push(table.name);
                    }
                }
                Ok(Ok(one("tab_name", names)))
            }
            Self::Columns {
                database,
                table,
                described,
            } => {
                let named = Named {
                    catalog: None,
                    database: database.clone(),
                    table: table.clone(),
                    loaded_as: String::new(),
                    at: 0,
                };
                let found = match catalog::table("", &named, asker)? {
                    Ok(found) => found,
                    Err(failure) => return Ok(Err(failure)),
                };
                let visible = found
                    .columns
                    .iter()
                    .filter(|(name, _)| found.visible.contains(name));
                let rows = visible.map(|(name, kind)| match described {
                    true => format!("{name:<20}\t{kind:<20}\t"),
                    false => name.clone(),
                });
                let rows = rows.collect();
                Ok(Ok(one(if *described { "col_name" } else { "field" }, rows)))
            }
        }
    }
}

fn text_column(name: &str) -> Column {
    Column {
        name: name.to_owned(),
        kind: "string".to_owned(),
    }
}

fn is_seen(asker: &Asker<'_>, database: &str, table: &str) -> Result<bool, ServiceError> {
    let reader = Reader {
        account: &asker.scope.account,
        region: &asker.scope.region,
        principal: asker.principal,
    };
    let account = &asker.scope.account;
    let readable = access::readable(asker.tx, &reader, account, database, table, asker.now_ms)?;
    Ok(readable.is_ok())
}
