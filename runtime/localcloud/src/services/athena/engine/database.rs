//! The database in memory that one query runs in.

use rusqlite::{Connection, ErrorCode, params_from_iter};

use super::catalog::Found;
use super::files::Row;
use super::select_list::{Item, UNNAMED};
use super::statement::{Statement, name, predicate};
use super::values::{glue, shown, sqlite, stored};
use super::{Answer, Column, Failure, functions, guard, place, tokens};

/// The most rows of an answer.
const MOST_ROWS: usize = 1_000_000;
/// The most bytes of an answer's values.
const MOST_BYTES: usize = 256 << 20;
/// Where a table's rows are before its filters have looked at them.
const UNFILTERED: &str = "#all";

pub(super) struct Database(Connection);

impl Database {
    pub(super) fn new() -> Result<Self, Failure> {
        let connection = Connection::open_in_memory().map_err(internal)?;
        guard::bound(&connection).map_err(internal)?;
        functions::add(&connection).map_err(internal)?;
        Ok(Self(connection))
    }

    /// Loads the part of a table that may be seen.
    pub(super) fn load(
        &self,
        as_name: &str,
        table: &Found,
        rows: &[Row],
        now_ms: i64,
    ) -> Result<(), Failure> {
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
        work().map_err(|error| match error.sqlite_error_code() {
            Some(ErrorCode::TooBig) => {
                Failure::user("HIVE_BAD_DATA: a value of the table's files is too long")
            }
            _ => internal(error),
        })?;
        let seen: Vec<String> = table
            .columns
            .iter()
            .filter(|(column, _)| table.visible.contains(column))
            .map(|(column, _)| name(column))
            .collect();
        let mut rows = Vec::new();
        for filter in &table.row_filters {
            let tokens = tokens::read(filter)?;
            rows.push(format!("({})", predicate(filter, &tokens, now_ms)?));
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
        guard::read_only(&connection).map_err(internal)?;
        let explained = |error: rusqlite::Error| explain(sql, &error);
        let mut prepared = connection.prepare(&statement.sql).map_err(explained)?;
        if !prepared.readonly() {
            return Err(Failure::user("only queries are run"));
        }
        let columns = prepared.columns();
        let told = kinds(&statement.items, columns.len());
        let mut kinds: Vec<Option<String>> = columns
            .iter()
            .zip(told)
            .map(|(column, told)| told.or_else(|| Some(glue(column.decl_type()?).to_owned())))
            .collect();
        let names: Vec<String> = columns
            .iter()
            .enumerate()
            .map(|(at, column)| match column.name() {
                UNNAMED => format!("_col{at}"),
                name => name.to_lowercase(),
            })
            .collect();
        drop(columns);
        let (mut rows, mut bytes) = (Vec::new(), 0_usize);
        let mut cursor = prepared.query([]).map_err(explained)?;
        while let Some(row) = cursor.next().map_err(explained)? {
            let mut values = Vec::with_capacity(kinds.len());
            for (at, kind) in kinds.iter_mut().enumerate() {
                let value = row.get_ref(at).map_err(explained)?;
                values.push(shown(value, kind));
            }
            bytes += values.iter().flatten().map(String::len).sum::<usize>();
            rows.push(values);
            if rows.len() > MOST_ROWS || bytes > MOST_BYTES {
                return Err(Failure::user(format!(
                    "the embedded Athena answers {MOST_ROWS} rows and {MOST_BYTES} bytes at most: add a LIMIT"
                )));
            }
        }
        Ok(Answer {
            columns: names
                .into_iter()
                .zip(kinds)
                .map(|(name, kind)| Column {
                    name,
                    kind: kind.unwrap_or_else(|| "varchar".to_owned()),
                })
                .collect(),
            rows,
            scanned: 0,
        })
    }
}

/// The types that the items of a SELECT tell of themselves, column by column. Of two `*` it is not known
/// which columns belong to which, and nothing is told.
fn kinds(items: &[Item], columns: usize) -> Vec<Option<String>> {
    let stars = items.iter().filter(|item| item.is_star).count();
    let mut kinds = vec![None; columns];
    if stars > 1 || (stars == 0 && items.len() != columns) {
        return kinds;
    }
    let before = items.iter().take_while(|item| !item.is_star);
    for (kind, item) in kinds.iter_mut().zip(before) {
        kind.clone_from(&item.kind);
    }
    let behind = items.iter().rev().take_while(|item| !item.is_star);
    for (kind, item) in kinds.iter_mut().rev().zip(behind) {
        kind.clone_from(&item.kind);
    }
    kinds
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
    // A function that fails says itself what Athena says.
    if text.starts_with("INVALID_") {
        return Failure::user(text);
    }
    let refused = named("not authorized to use function: ");
    if let Some((name, at)) = named("no such function: ").or(refused) {
        return Failure::user(format!(
            "FUNCTION_NOT_FOUND: {at}: Function '{name}' not registered"
        ));
    }
    if text.contains("interrupted") {
        return Failure::user("EXCEEDED_TIME_LIMIT: the query took too many steps");
    }
    if text.contains("too big") {
        return Failure::user("EXCEEDED_MEMORY_LIMIT: a value of the query is too long");
    }
    let text = text.split(" in SELECT").next().unwrap_or_default();
    Failure::user(format!("SYNTAX_ERROR: {text}"))
}
