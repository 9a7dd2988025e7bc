//! CAST and TRY_CAST, as Athena does them: what does not read as the type fails, or is nothing.

use jiff::civil::{Date, DateTime};
use rusqlite::types::{Value, ValueRef};

/// A type's name without its arguments: `decimal(10,2)` is a `decimal`.
pub(super) fn base(kind: &str) -> &str {
    kind.split(['(', '<', ' ']).next().unwrap_or_default()
}

/// The value as this type.
///
/// # Errors
/// `INVALID_CAST_ARGUMENT`, in Athena's words.
pub(super) fn cast(value: ValueRef<'_>, kind: &str) -> Result<Value, String> {
    let kind = kind.to_lowercase();
    let base = base(&kind);
    if let ValueRef::Null = value {
        return Ok(Value::Null);
    }
    let text = written(value);
    let refused = || match base {
        "date" | "timestamp" => {
            format!("INVALID_CAST_ARGUMENT: Value cannot be cast to {base}: {text}")
        }
        _ => format!(
            "INVALID_CAST_ARGUMENT: Cannot cast '{text}' to {}",
            base.to_uppercase()
        ),
    };
    let cast = match base {
        "tinyint" => integer(value, i8::MIN.into(), i8::MAX.into()).map(Value::Integer),
        "smallint" => integer(value, i16::MIN.into(), i16::MAX.into()).map(Value::Integer),
        "int" | "integer" => integer(value, i32::MIN.into(), i32::MAX.into()).map(Value::Integer),
        "bigint" => integer(value, i64::MIN, i64::MAX).map(Value::Integer),
        "float" | "real" | "double" | "decimal" => text.trim().parse().ok().map(Value::Real),
        "boolean" => boolean(value, &text).map(Value::Integer),
        "date" => date(&text).map(|date| Value::Text(date.to_string())),
        "timestamp" => timestamp(&text).map(Value::Text),
        _ => Some(Value::Text(text.clone())),
    };
    cast.ok_or_else(refused)
}

fn written(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => String::new(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => format!("{number:?}"),
        ValueRef::Text(text) | ValueRef::Blob(text) => String::from_utf8_lossy(text).into_owned(),
    }
}

fn integer(value: ValueRef<'_>, least: i64, most: i64) -> Option<i64> {
    let number = match value {
        ValueRef::Integer(number) => number,
        // A number with a fraction is rounded; what is too large is caught by the text's reading.
        ValueRef::Real(number) => format!("{:.0}", number.round()).parse().ok()?,
        ValueRef::Text(text) => std::str::from_utf8(text).ok()?.parse().ok()?,
        ValueRef::Null | ValueRef::Blob(_) => return None,
    };
    (least..=most).contains(&number).then_some(number)
}

fn boolean(value: ValueRef<'_>, text: &str) -> Option<i64> {
    match value {
        ValueRef::Integer(number) => Some(i64::from(number != 0)),
        ValueRef::Real(number) => Some(i64::from(number != 0.0)),
        _ => match text.to_lowercase().as_str() {
            "true" | "t" | "1" => Some(1),
            "false" | "f" | "0" => Some(0),
            _ => None,
        },
    }
}

/// Of a date, or of a timestamp.
fn date(text: &str) -> Option<Date> {
    let text = text.trim();
    match text.len() {
        10 => text.parse().ok(),
        _ => moment(text).map(DateTime::date),
    }
}

fn timestamp(text: &str) -> Option<String> {
    Some(
        moment(text.trim())?
            .strftime("%Y-%m-%d %H:%M:%S.%3f")
            .to_string(),
    )
}

fn moment(text: &str) -> Option<DateTime> {
    let text = text.strip_suffix(" UTC").unwrap_or(text);
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn what_reads_as_the_type_becomes_it_and_the_rest_is_refused() {
        let text = |text: &'static str| ValueRef::Text(text.as_bytes());
        for (value, kind, expected) in [
            (text("12"), "integer", Ok(Value::Integer(12))),
            (ValueRef::Real(2.5), "bigint", Ok(Value::Integer(3))),
            (ValueRef::Null, "date", Ok(Value::Null)),
            (text("TRUE"), "boolean", Ok(Value::Integer(1))),
            (text("1.50"), "decimal(10,2)", Ok(Value::Real(1.5))),
            (
                text("2026-01-31"),
                "timestamp",
                Ok(Value::Text("2026-01-31 00:00:00.000".to_owned())),
            ),
            (
                text("2026-01-31 10:00:00.5"),
                "date",
                Ok(Value::Text("2026-01-31".to_owned())),
            ),
            (
                text("x"),
                "int",
                Err("INVALID_CAST_ARGUMENT: Cannot cast 'x' to INT"),
            ),
            (
                ValueRef::Integer(300),
                "tinyint",
                Err("INVALID_CAST_ARGUMENT: Cannot cast '300' to TINYINT"),
            ),
            (
                text("31.1."),
                "date",
                Err("INVALID_CAST_ARGUMENT: Value cannot be cast to date: 31.1."),
            ),
        ] {
            assert_eq!(cast(value, kind), expected.map_err(str::to_owned), "{kind}");
        }
    }
}
