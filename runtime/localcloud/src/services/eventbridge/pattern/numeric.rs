//! `{"numeric": [">", 0, "<=", 5]}`, and how numbers compare.

use super::matcher::{Bound, Matcher};
use super::token::{Reader, Result, Token};

/// Numbers that can be compared are within plus and minus this.
const MAX_NUMBER: f64 = 5.0e9;
/// Numbers compare to six digits behind the point.
const PRECISION: f64 = 1.0e6;

/// A number as it compares; `None` if it is too large to.
pub(super) fn comparable(text: &str) -> Option<i64> {
    let value: f64 = text.parse().ok()?;
    #[allow(
        clippy::cast_possible_truncation,
        reason = "at most 1e16, and digits behind the sixth are meant to go"
    )]
    (value.abs() <= MAX_NUMBER).then_some(((MAX_NUMBER + value) * PRECISION) as i64)
}

/// The number as it compares, if filters may hold it.
pub(super) fn within_limits(text: &str) -> Result<i64> {
    comparable(text).ok_or_else(|| "Value must be between -5.0E9 and 5.0E9, inclusive".to_owned())
}

/// The operators and numbers of one filter, behind the bracket that opens them: one comparison, or
/// a range's two ends.
pub(super) fn range(reader: &mut Reader<'_>) -> Result<Matcher> {
    let first = reader.next()?;
    if first != Token::String {
        let found = shown(&first);
        return reader.error(format!("Invalid member in numeric match: {found}"));
    }
    let operator = reader.string()?;
    let value = reader.next()?;
    let name = match operator.as_str() {
        "=" => "equals",
        "<" | "<=" | ">" | ">=" => &operator,
        _ => {
            return reader.error(format!("Unrecognized numeric range operator: {operator}"));
        }
    };
    let Token::Number(text) = value else {
        return reader.error(format!("Value of {name} must be numeric"));
    };
    let next = reader.next()?;
    if !operator.starts_with('>') && next != Token::EndArray {
        return reader.error("Too many elements in numeric expression");
    }
    let high = if operator.starts_with('>') && next != Token::EndArray {
        Some(upper(reader, &next)?)
    } else {
        None
    };
    let bound = bound(reader, &text, operator.contains('='))?;
    if operator == "=" {
        return Ok(Matcher::Number(text));
    }
    if operator.starts_with('<') {
        return Ok(Matcher::Range {
            low: None,
            high: Some(bound),
        });
    }
    let high = match high {
        Some((text, inclusive)) => Some(self::bound(reader, &text, inclusive)?),
        None => None,
    };
    if high.is_some_and(|high| bound.value >= high.value) {
        return reader.error("Bottom must be less than top");
    }
    Ok(Matcher::Range {
        low: Some(bound),
        high,
    })
}

fn bound(reader: &Reader<'_>, text: &str, inclusive: bool) -> Result<Bound> {
    let value = within_limits(text).or_else(|why| reader.error(why))?;
    Ok(Bound { value, inclusive })
}

/// The upper end of a range: its number, and whether it belongs to the range.
fn upper(reader: &mut Reader<'_>, token: &Token) -> Result<(String, bool)> {
    if *token != Token::String {
        return reader.error(format!("Bad value in numeric range: {}", shown(token)));
    }
    let operator = reader.string()?;
    if operator != "<" && operator != "<=" {
        return reader.error(format!("Bad numeric range operator: {operator}"));
    }
    let Token::Number(text) = reader.next()? else {
        return reader.error(format!("Value of {operator} must be numeric"));
    };
    if reader.next()? != Token::EndArray {
        return reader.error("Too many terms in numeric range expression");
    }
    Ok((text, operator == "<="))
}

fn shown(token: &Token) -> &str {
    match token {
        Token::StartObject => "{",
        Token::EndObject => "}",
        Token::StartArray => "[",
        Token::EndArray => "]",
        Token::Field(text) | Token::Number(text) => text,
        Token::True => "true",
        Token::False => "false",
        Token::Null => "null",
        Token::String | Token::End => "",
    }
}
