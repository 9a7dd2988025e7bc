//! Functions that Athena has and SQLite does not.

use regex_lite::Regex;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Error, Result};

use super::casts;

/// Their names.
pub(super) const NAMES: [&str; 11] = [
    "_cast",
    "_try_cast",
    "date_trunc",
    "day",
    "hour",
    "minute",
    "month",
    "regexp_like",
    "second",
    "split_part",
    "year",
];

/// Adds them to a database.
pub(super) fn add(connection: &Connection) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    for (name, start, length) in [
        ("year", 0, 4),
        ("month", 5, 2),
        ("day", 8, 2),
        ("hour", 11, 2),
        ("minute", 14, 2),
        ("second", 17, 2),
    ] {
        let part = move |cx: &Context<'_>| -> Result<Option<i64>> {
            let text: Option<String> = cx.get(0)?;
            Ok(text.and_then(|text| text.get(start..start + length)?.parse().ok()))
        };
        connection.create_scalar_function(name, 1, flags, part)?;
    }
    connection.create_scalar_function("_cast", 2, flags, |cx| {
        let kind: String = cx.get(1)?;
        casts::cast(cx.get_raw(0), &kind).map_err(refused)
    })?;
    connection.create_scalar_function("_try_cast", 2, flags, |cx| {
        let kind: String = cx.get(1)?;
        Ok(casts::cast(cx.get_raw(0), &kind).unwrap_or(Value::Null))
    })?;
    connection.create_scalar_function("date_trunc", 2, flags, date_trunc)?;
    connection.create_scalar_function("regexp_like", 2, flags, regexp_like)?;
    connection.create_scalar_function("split_part", 3, flags, split_part)
}

/// An error of the statement, with Athena's code in front.
fn refused(message: impl Into<String>) -> Error {
    Error::UserFunctionError(message.into().into())
}

fn date_trunc(cx: &Context<'_>) -> Result<Option<String>> {
    const REST: &str = "0000-01-01 00:00:00";
    let unit: String = cx.get(0)?;
    let text: Option<String> = cx.get(1)?;
    let kept = match unit.to_lowercase().as_str() {
        "year" => 4,
        "month" => 7,
        "day" => 10,
        "hour" => 13,
        "minute" => 16,
        "second" => 19,
        _ => {
            return Err(refused(format!(
                "INVALID_FUNCTION_ARGUMENT: '{unit}' is not a valid unit for date_trunc (year, month, \
                 day, hour, minute, second)"
            )));
        }
    };
    Ok(text.map(|text| {
        let kept = kept.min(text.len());
        let whole = text.len().min(REST.len());
        let rest = REST.get(kept..whole).unwrap_or_default();
        format!("{}{rest}", text.get(..kept).unwrap_or_default())
    }))
}

fn regexp_like(cx: &Context<'_>) -> Result<Option<bool>> {
    // A pattern that is the same for all rows is read once.
    let pattern = cx.get_or_create_aux(1, |value| match value {
        ValueRef::Null => Ok(None),
        value => {
            let text = value.as_str().map_err(|error| error.to_string())?;
            let read = Regex::new(text).map(Some);
            read.map_err(|error| format!("INVALID_FUNCTION_ARGUMENT: {error}"))
        }
    })?;
    let text: Option<String> = cx.get(0)?;
    let pattern: &Option<Regex> = &pattern;
    Ok(text
        .zip(pattern.as_ref())
        .map(|(text, pattern)| pattern.is_match(&text)))
}

/// The part of this number, from one; nothing behind the last.
fn split_part(cx: &Context<'_>) -> Result<Option<String>> {
    let (text, delimiter): (Option<String>, Option<String>) = (cx.get(0)?, cx.get(1)?);
    let number: Option<i64> = cx.get(2)?;
    let (Some(text), Some(delimiter), Some(number)) = (text, delimiter, number) else {
        return Ok(None);
    };
    let at = usize::try_from(number)
        .ok()
        .and_then(|number| number.checked_sub(1))
        .ok_or_else(|| {
            refused("INVALID_FUNCTION_ARGUMENT: Index must be greater than zero in split_part")
        })?;
    Ok(text.split(&delimiter).nth(at).map(str::to_owned))
}
