//! The query engine: SQLite over what Lake Formation lets through.
//!
//! For each query an empty database is made in memory. Each table that the statement names is looked up in
//! the asker's catalog, and Lake Formation says which columns and rows the asker may see; only those are
//! loaded, under a name of their own. Then the statement, translated from Athena's SQL, runs over them. So
//! what a query may not see is not there, whatever it says. A statement is one SELECT; it can neither write
//! nor reach files, and stops after a bounded number of steps.

mod catalog;
mod database;
mod files;
mod functions;
mod show;
mod statement;
mod tokens;

use serde::{Deserialize, Serialize};

use crate::error::ServiceError;
use crate::store::{Scope, Tx};

/// Who asks, and from where.
#[derive(Clone, Copy)]
pub(super) struct Asker<'a> {
    pub(super) tx: &'a Tx<'a>,
    /// Account and region.
    pub(super) scope: &'a Scope,
    /// A role's ARN, or the account's root.
    pub(super) principal: &'a str,
    /// The database of names without one.
    pub(super) database: &'a str,
    pub(super) now_ms: i64,
}

/// What came of a statement.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Answer {
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Vec<Option<String>>>,
    /// Bytes of the files that were read.
    pub(super) scanned: usize,
}

/// A column of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Column {
    pub(super) name: String,
    /// As Athena names types: `varchar`, `bigint`.
    pub(super) kind: String,
}

/// Why a statement failed, as Athena's `AthenaError` has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Failure {
    pub(super) message: String,
    /// 1: system, 2: user, 3: other.
    pub(super) category: u8,
    pub(super) kind: u16,
}

impl Failure {
    /// An error of the statement.
    fn user(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            category: 2,
            kind: 1301,
        }
    }

    /// A permission that is missing.
    fn denied(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            category: 2,
            kind: 1006,
        }
    }
}

/// Where something stands in a statement: `line 1:8`.
fn place(sql: &str, at: usize) -> String {
    let before = sql.get(..at).unwrap_or(sql);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    format!("line {line}:{column}")
}

/// `DML` for queries, `UTILITY` for the rest.
pub(super) fn kind(sql: &str) -> &'static str {
    match show::Show::parse(&tokens::read(sql).unwrap_or_default()) {
        Some(_) => "UTILITY",
        None => "DML",
    }
}

/// The statement with its `?` replaced by the parameters, which are literals.
pub(super) fn with_parameters(sql: &str, parameters: &[String]) -> Result<String, Failure> {
    if parameters.is_empty() {
        return Ok(sql.to_owned());
    }
    let mut given = parameters.iter();
    let mut text = String::new();
    for token in tokens::read(sql)? {
        match token.text == "?" {
            true => {
                let parameter = given.next().ok_or_else(|| {
                    Failure::user(
                        "Incorrect number of parameters: there are more ? than parameters",
                    )
                })?;
                let literal = tokens::read(parameter)?;
                if literal.len() != 1 || !literal[0].is_literal() {
                    return Err(Failure::user(format!(
                        "the execution parameter {parameter} is no literal"
                    )));
                }
                text.push_str(parameter);
            }
            false => text.push_str(token.raw(sql)),
        }
        text.push(' ');
    }
    match given.next() {
        Some(_) => Err(Failure::user(
            "Incorrect number of parameters: there are fewer ? than parameters",
        )),
        None => Ok(text),
    }
}

/// Runs a statement for the asker.
///
/// # Errors
/// The outer error is the store's; the inner one is what the asker is shown.
pub(super) fn run(sql: &str, asker: &Asker<'_>) -> Result<Result<Answer, Failure>, ServiceError> {
    let tokens = match tokens::read(sql) {
        Ok(tokens) => tokens,
        Err(failure) => return Ok(Err(failure)),
    };
    if let Some(show) = show::Show::parse(&tokens) {
        return show.run(asker);
    }
    let statement = match statement::translate(sql, &tokens) {
        Ok(statement) => statement,
        Err(failure) => return Ok(Err(failure)),
    };
    let database = match database::Database::new() {
        Ok(database) => database,
        Err(failure) => return Ok(Err(failure)),
    };
    let mut scanned = 0;
    for table in &statement.tables {
        let found = match catalog::table(sql, table, asker)? {
            Ok(found) => found,
            Err(failure) => return Ok(Err(failure)),
        };
        let rows = match files::read(asker.tx, &found)? {
            Ok((rows, bytes)) => {
                scanned += bytes;
                rows
            }
            Err(failure) => return Ok(Err(failure)),
        };
        if let Err(failure) = database.load(&table.loaded_as, &found, &rows) {
            return Ok(Err(failure));
        }
    }
    Ok(database
        .select(sql, &statement)
        .map(|answer| Answer { scanned, ..answer }))
}
