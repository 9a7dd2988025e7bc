//! Functions that Athena has and SQLite does not.

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::{Connection, Result};

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
    connection.create_scalar_function("date_trunc", 2, flags, |cx| {
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
                return Err(rusqlite::Error::UserFunctionError(
                    format!("'{unit}' is not a valid unit for date_trunc").into(),
                ));
            }
        };
        const REST: &str = "0000-01-01 00:00:00";
        Ok(text.map(|text| {
            let kept = kept.min(text.len());
            let whole = text.len().min(REST.len());
            let rest = REST.get(kept..whole).unwrap_or_default();
            format!("{}{rest}", text.get(..kept).unwrap_or_default())
        }))
    })
}
