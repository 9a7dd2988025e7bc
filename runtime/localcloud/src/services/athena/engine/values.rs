//! Values: how they are stored in the database of a query, and how its answer shows them.

use rusqlite::types::{Value, ValueRef};

use super::casts::base;

/// The declared type of a column: SQLite sorts it by its words, and the rest is read back.
pub(super) fn sqlite(kind: &str) -> String {
    match base(kind) {
        base @ ("tinyint" | "smallint" | "int" | "integer" | "bigint" | "boolean") => {
            format!("INTEGER_{base}")
        }
        base @ ("float" | "double" | "decimal") => format!("REAL_{base}"),
        base @ ("date" | "timestamp") => format!("TEXT_{base}"),
        _ => "TEXT_varchar".to_owned(),
    }
}

/// Athena's name of a declared type.
pub(super) fn glue(declared: &str) -> &str {
    match declared.split_once('_') {
        Some((_, "int")) => "integer",
        Some((_, kind)) => kind,
        None => "varchar",
    }
}

/// A value as it is stored: what does not read as its type is nothing.
pub(super) fn stored(value: Option<&str>, kind: &str) -> Value {
    let Some(text) = value else {
        return Value::Null;
    };
    match base(kind) {
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
pub(super) fn shown(value: ValueRef<'_>, kind: &mut Option<String>) -> Option<String> {
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
