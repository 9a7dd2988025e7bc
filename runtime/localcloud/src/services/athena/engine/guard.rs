//! What keeps a query from doing harm: bounds on its steps and on the length of its values, and a list of
//! the functions that it may call. What reads clocks, makes randomness or looks into the engine is not on
//! it: the time comes from the cloud's clock, in literals.

use rusqlite::config::DbConfig;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::limits::Limit;
use rusqlite::{Connection, Result};

/// A query is stopped after so many times a thousand steps of SQLite's machine: some seconds.
const MOST_STEPS: u32 = 500_000;
/// The longest value, and the longest row, in bytes.
const LONGEST: i32 = 16 << 20;

/// SQLite's own functions that Athena has too, by the names that they are translated to.
const FUNCTIONS: [&str; 51] = [
    "abs",
    "acos",
    "asin",
    "atan",
    "atan2",
    "avg",
    "ceil",
    "ceiling",
    "coalesce",
    "concat",
    "concat_ws",
    "cos",
    "count",
    "degrees",
    "dense_rank",
    "exp",
    "first_value",
    "floor",
    "group_concat",
    "ifnull",
    "iif",
    "instr",
    "lag",
    "last_value",
    "lead",
    "length",
    "like",
    "ln",
    "log10",
    "log2",
    "lower",
    "ltrim",
    "max",
    "min",
    "mod",
    "nth_value",
    "ntile",
    "nullif",
    "pi",
    "pow",
    "power",
    "radians",
    "rank",
    "replace",
    "round",
    "row_number",
    "rtrim",
    "sign",
    "sin",
    "sqrt",
    "substr",
];
const MORE_FUNCTIONS: [&str; 6] = ["substring", "sum", "tan", "trim", "trunc", "upper"];

/// Bounds a new connection, for all that it will do.
pub(super) fn bound(connection: &Connection) -> Result<()> {
    for (option, on) in [
        (DbConfig::SQLITE_DBCONFIG_DQS_DML, false),
        (DbConfig::SQLITE_DBCONFIG_DQS_DDL, false),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
    ] {
        connection.set_db_config(option, on)?;
    }
    // Athena's LIKE tells capital letters from small ones, in row filters as in queries.
    connection.execute_batch("PRAGMA case_sensitive_like = ON")?;
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, LONGEST)?;
    connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
    connection.authorizer(Some(|context: AuthContext<'_>| match context.action {
        AuthAction::Function { function_name } => known(function_name),
        _ => Authorization::Allow,
    }))?;
    let mut steps = 0_u32;
    let bounded = move || {
        steps = steps.saturating_add(1);
        steps > MOST_STEPS
    };
    connection.progress_handler(1_000, Some(bounded))
}

/// From here on the connection only reads.
pub(super) fn read_only(connection: &Connection) -> Result<()> {
    connection.execute_batch("PRAGMA query_only = ON")?;
    connection.authorizer(Some(|context: AuthContext<'_>| match context.action {
        AuthAction::Function { function_name } => known(function_name),
        AuthAction::Read { table_name, .. } if table_name.starts_with("sqlite_") => {
            Authorization::Deny
        }
        AuthAction::Select | AuthAction::Read { .. } | AuthAction::Recursive => {
            Authorization::Allow
        }
        _ => Authorization::Deny,
    }))
}

fn known(function: &str) -> Authorization {
    let listed = FUNCTIONS.iter().chain(&MORE_FUNCTIONS).copied();
    let mut all = listed.chain(super::functions::NAMES);
    match all.any(|name| name.eq_ignore_ascii_case(function)) {
        true => Authorization::Allow,
        false => Authorization::Deny,
    }
}
