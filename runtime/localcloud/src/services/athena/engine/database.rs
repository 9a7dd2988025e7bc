//! The database in memory that one query runs in.

use rusqlite::config::DbConfig;
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, params_from_iter};

use super::catalog::Found;
use super::files::Row;
use super::statement::{Statement, name, predicate};
use super::{Answer, Column, Failure, functions, place, tokens};

/// A query is stopped after so many times a thousand steps of SQLite's machine: some seconds.
const MOST_STEPS: u32 = 500_000;
/// The most rows of an answer.
const MOST_ROWS: usize = 1_000_000;
/// Where a table's rows are before its filters have looked at them.
const UNFILTERED: &str = "#all";

pub(super) struct Database(Connection);

impl Database {
    pub(super) fn new() -> Result<Self, Failure> {
        let connection = Connection::open_in_memory().map_err(internal)?;
        for (option, on) in [
            (DbConfig::SQLITE_DBCONFIG_DQS_DML, false),
            (DbConfig::SQLITE_DBCONFIG_DQS_DDL, false),
            (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        ] {
            connection.set_db_config(option, on).map_err(internal)?;
        }
        functions::add(&connection).map_err(internal)?;
        Ok(Self(connection))
    }

    /// Loads the part of a table that may be seen.
    pub(super) fn load(&self, as_name: &str, table: &Found, rows: &[Row]) -> Result<(), Failure> {
        let declared = |visible: &dyn Fn(&str) -> bool| {
            let columns = table.columns.iter().filter(|(column, _)| visible(column));
            let columns =
                columns.map(|(column, kind)| format!("{} {}", name(column), sqlite(kind)));
            columns.collect::<Vec<_>>().join(", ")
        };
        let all = declared(&|_| true);
        let visible = declared(&|column| table.visible.iter().any(|one| one == column));
        if visible.is_empty() {
            return Err(Failure::denied(
                "Insufficient permissions to execute the query. No column of the table may be seen",
            ));
        }
        let (unfiltered, loaded) = (name(UNFILTERED), name(as_name));
        let connection = &self.0;
        let work = || -> rusqlite::Result<()> {
            connection.execute_batch(&format!(
                "BEGIN; CREATE TABLE {unfiltered} ({all}); CREATE TABLE {loaded} ({visible});"
            ))?;
            let places = vec!["?"; table.columns.len()].join(", ");
            let mut insert =
                connection.prepare(&format!("INSERT INTO {unfiltered} VALUES ({places})"))?;
            for row in rows {
                let values = row.iter().zip(&table.columns);
                let values = values.map(|(value, (_, kind))| stored(value.as_deref(), kind));
                insert.execute(params_from_iter(values))?;
            }
            Ok(())
        };
        work().map_err(internal)?;
        let seen: Vec<String> = table
            .columns
            .iter()
            .filter(|(column, _)| table.visible.contains(column))
            .map(|(column, _)| name(column))
            .collect();
        let mut rows = Vec::new();
        for filter in &table.row_filters {
            let tokens = tokens::read(filter)?;
            rows.push(format!("({})", predicate(filter, &tokens)));
        }
        let rows = match rows.is_empty() {
            true => String::new(),
            false => format!(" WHERE {}", rows.join(" OR ")),
        };
        let keep = format!(
            "INSERT INTO {loaded} SELECT {} FROM {unfiltered}{rows}; DROP TABLE {unfiltered}; COMMIT;",
            seen.join(", ")
        );
        connection.execute_batch(&keep).map_err(|error| {
            Failure::user(format!(
                "GENERIC_USER_ERROR: a data cells filter of the table cannot be evaluated: {error}"
            ))
        })
    }

    /// Runs the statement over what is loaded.
    pub(super) fn select(self, sql: &str, statement: &Statement) -> Result<Answer, Failure> {
        let connection = self.0;
        connection
            .execute_batch("PRAGMA query_only = ON")
            .map_err(internal)?;
        let mut steps = 0_u32;
        let bounded = move || {
            steps = steps.saturating_add(1);
            steps > MOST_STEPS
        };
        connection
            .progress_handler(1_000, Some(bounded))
            .map_err(internal)?;
        let explained = |error: rusqlite::Error| explain(sql, &error);
        let mut prepared = connection.prepare(&statement.sql).map_err(explained)?;
        if !prepared.readonly() {
            return Err(Failure::user("only queries are run"));
        }
        let declared: Vec<(String, Option<String>)> = prepared
            .columns()
            .iter()
            .map(|column| {
                let kind = column.decl_type().map(|kind| glue(kind).to_owned());
                (column.name().to_lowercase(), kind)
            })
            .collect();
        let mut kinds: Vec<Option<String>> =
            declared.iter().map(|(_, kind)| kind.clone()).collect();
        let mut rows = Vec::new();
        let mut cursor = prepared.query([]).map_err(explained)?;
        while let Some(row) = cursor.next().map_err(explained)? {
            let mut values = Vec::with_capacity(kinds.len());
            for (at, kind) in kinds.iter_mut().enumerate() {
                let value = row.get_ref(at).map_err(explained)?;
                values.push(shown(value, kind));
            }
            rows.push(values);
            if rows.len() > MOST_ROWS {
                return Err(Failure::user(format!(
                    "the embedded Athena answers {MOST_ROWS} rows at most: add a LIMIT"
                )));
            }
        }
        let columns = declared.into_iter().zip(kinds);
        Ok(Answer {
            columns: columns
                .map(|((name, _), kind)| Column {
                    name: column_name(&name),
                    kind: kind.unwrap_or_else(|| "varchar".to_owned()),
                })
                .collect(),
            rows,
            scanned: 0,
        })
    }
}

/// Athena calls an expression without a name `_col0`; SQLite calls it by its text.
fn column_name(name: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || c == '_';
    match name.chars().all(plain) {
        true => name.to_owned(),
        false => "_col".to_owned(),
    }
}

fn internal(error: rusqlite::Error) -> Failure {
    Failure {
        message: format!("GENERIC_INTERNAL_ERROR: {error}"),
        category: 1,
        kind: 0,
    }
}

/// SQLite's error in Athena's words.
fn explain(sql: &str, error: &rusqlite::Error) -> Failure {
    let text = error.to_string();
    let named = |before: &str| {
        let (_, rest) = text.split_once(before)?;
        let name = rest.split([' ', ';', ')']).next()?;
        let bare = name.rsplit('.').next()?.to_owned();
        let at = tokens::read(sql)
            .ok()?
            .into_iter()
            .find(|token| token.text.eq_ignore_ascii_case(&bare))
            .map_or(0, |token| token.at);
        Some((name.to_owned(), place(sql, at)))
    };
    if let Some((name, at)) = named("no such column: ") {
        return Failure::denied(format!(
            "COLUMN_NOT_FOUND: {at}: Column '{name}' cannot be resolved or requester is not authorized \
             to access requested resources"
        ));
    }
    if let Some((name, at)) = named("no such function: ") {
        return Failure::user(format!(
            "FUNCTION_NOT_FOUND: {at}: Function '{name}' not registered"
        ));
    }
    if text.contains("interrupted") {
        return Failure::user("EXCEEDED_TIME_LIMIT: the query took too many steps");
    }
    let text = text.split(" in SELECT").next().unwrap_or_default();
    Failure::user(format!("SYNTAX_ERROR: {text}"))
}

/// The declared type of a column: SQLite sorts it by its words, and the rest is read back.
fn sqlite(kind: &str) -> String {
    let base = kind.split(['(', '<']).next().unwrap_or_default();
    match base {
        "tinyint" | "smallint" | "int" | "integer" | "bigint" | "boolean" => {
            format!("INTEGER_{base}")
        }
        "float" | "double" | "decimal" => format!("REAL_{base}"),
        "date" | "timestamp" => format!("TEXT_{base}"),
        _ => "TEXT_varchar".to_owned(),
    }
}

/// Athena's name of a declared type.
fn glue(declared: &str) -> &str {
    match declared.split_once('_') {
        Some((_, "int")) => "integer",
        Some((_, kind)) => kind,
        None => "varchar",
    }
}

/// A value as it is stored: what does not read as its type is nothing.
fn stored(value: Option<&str>, kind: &str) -> Value {
    let Some(text) = value else {
        return Value::Null;
    };
    match kind.split(['(', '<']).next().unwrap_or_default() {
        "tinyint" | "smallint" | "int" | "integer" | "bigint" => {
            text.trim().parse().map_or(Value::Null, Value::Integer)
        }
        "float" | "double" | "decimal" => text.trim().parse().map_or(Value::Null, Value::Real),
        "boolean" => match text.trim().to_lowercase().as_str() {
            "true" => Value::Integer(1),
            "false" => Value::Integer(0),
            _ => Value::Null,
        },
        _ => Value::Text(text.to_owned()),
    }
}

/// A value as Athena writes it. A column of unknown type takes that of its first value.
fn shown(value: ValueRef<'_>, kind: &mut Option<String>) -> Option<String> {
    let mut typed = |name: &str| kind.get_or_insert_with(|| name.to_owned()).clone();
    match value {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(match typed("bigint").as_str() {
            "boolean" => (number != 0).to_string(),
            "double" | "float" => format!("{number}.0"),
            _ => number.to_string(),
        }),
        ValueRef::Real(number) => {
            typed("double");
            Some(format!("{number:?}"))
        }
        ValueRef::Text(text) => {
            typed("varchar");
            Some(String::from_utf8_lossy(text).into_owned())
        }
        ValueRef::Blob(bytes) => {
            typed("varbinary");
            Some(hex::encode(bytes))
        }
    }
}
