//! The query engine: SQLite over what Lake Formation lets through.
//!
//! For each query an empty database is made in memory. Each table that the statement names is looked up in
//! the asker's catalog, and Lake Formation says which columns and rows the asker may see; only those are
//! loaded, under a name of their own. Then the statement, translated from Athena's SQL, runs over them. So
//! what a query may not see is not there, whatever it says. A statement is one SELECT; it can neither write
//! nor reach files, and stops after a bounded number of steps.

mod casts;
mod catalog;
mod clauses;
mod clock;
mod database;
mod files;
mod functions;
mod guard;
mod select_list;
mod show;
mod statement;
mod tokens;
mod translator;
mod values;

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

    /// The bucket of the results is not there, or is another account's.
    pub(super) fn output(bucket: &str, why: &str) -> Self {
        Self::user(format!(
            "Unable to write the results to the output bucket {bucket}: {why}"
        ))
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

/// The statement with its `?` replaced by the parameters, which are literals.
pub(super) fn with_parameters(sql: &str, parameters: &[String]) -> Result<String, Failure> {
    if parameters.is_empty() {
        return Ok(sql.to_owned());
    }
    let mut given = parameters.iter();
    let mut text = String::new();
    for token in tokens::read(sql)? {
        match token.is_symbol("?") {
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

/// A statement that can be run.
pub(super) struct Parsed {
    sql: String,
    does: Does,
}

enum Does {
    Show(show::Show),
    Select(statement::Statement),
}

/// Reads a statement. `now_ms` is the moment that it sees.
///
/// # Errors
/// It is not one SELECT, SHOW or DESCRIBE.
pub(super) fn parse(sql: &str, now_ms: i64) -> Result<Parsed, Failure> {
    let tokens = tokens::read(sql)?;
    let does = match show::Show::parse(&tokens) {
        Some(show) => Does::Show(show),
        None => Does::Select(statement::translate(sql, &tokens, now_ms)?),
    };
    let sql = sql.to_owned();
    Ok(Parsed { sql, does })
}

impl Parsed {
    /// `DML` for queries, `UTILITY` for the rest.
    pub(super) fn kind(&self) -> &'static str {
        match self.does {
            Does::Show(_) => "UTILITY",
            Does::Select(_) => "DML",
        }
    }

    /// Runs it for the asker.
    ///
    /// # Errors
    /// The outer error is the store's; the inner one is what the asker is shown.
    pub(super) fn run(&self, asker: &Asker<'_>) -> Result<Result<Answer, Failure>, ServiceError> {
        match &self.does {
            Does::Show(show) => show.run(asker),
            Does::Select(statement) => select(&self.sql, statement, asker),
        }
    }
}

fn select(
    sql: &str,
    statement: &statement::Statement,
    asker: &Asker<'_>,
) -> Result<Result<Answer, Failure>, ServiceError> {
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
        if let Err(failure) = database.load(&table.loaded_as, &found, &rows, asker.now_ms) {
            return Ok(Err(failure));
        }
    }
    Ok(database
        .select(sql, statement)
        .map(|answer| Answer { scanned, ..answer }))
}
