//! `{"numeric": [">", 0, "<=", 5]}`.

use super::compile::{Result, fail};
use super::document::Document;
use super::matcher::{Bound, Matcher};

/// Numbers in filters are within plus and minus this.
pub(super) const MAX_NUMBER: f64 = 5.0e9;

/// The number, if filters may hold it.
pub(super) fn within_limits(text: &str) -> Result<f64> {
    match text.parse::<f64>() {
        Ok(value) if value.abs() <= MAX_NUMBER => Ok(value),
        _ => fail("Value must be between -5.0E9 and 5.0E9, inclusive"),
    }
}

/// The operators and numbers of one filter: one comparison, or a range's two ends.
pub(super) fn range(items: &[Document]) -> Result<Matcher> {
    let Some(Document::String(operator)) = items.first() else {
        let found = items.first().map_or("]".to_owned(), shown);
        return fail(format!("Invalid member in numeric match: {found}"));
    };
    let name = match operator.as_str() {
        "=" => "equals",
        "<" | "<=" | ">" | ">=" => operator,
        _ => return fail(format!("Unrecognized numeric range operator: {operator}")),
    };
    let Some(Document::Number(text)) = items.get(1) else {
        return fail(format!("Value of {name} must be numeric"));
    };
    let bound = Bound {
        value: within_limits(text)?,
        inclusive: operator.contains('='),
    };
    let rest = &items[2..];
    if !operator.starts_with('>') && !rest.is_empty() {
        return fail("Too many elements in numeric expression");
    }
    match operator.as_str() {
        "=" => Ok(Matcher::Number(text.clone())),
        "<" | "<=" => Ok(Matcher::Range {
            low: None,
            high: Some(bound),
        }),
        _ => Ok(Matcher::Range {
            low: Some(bound),
            high: upper(bound, rest)?,
        }),
    }
}

fn upper(low: Bound, rest: &[Document]) -> Result<Option<Bound>> {
    let operator = match rest.first() {
        None => return Ok(None),
        Some(Document::String(operator)) => operator,
        Some(other) => return fail(format!("Bad value in numeric range: {}", shown(other))),
    };
    if operator != "<" && operator != "<=" {
        return fail(format!("Bad numeric range operator: {operator}"));
    }
    let Some(Document::Number(text)) = rest.get(1) else {
        return fail(format!("Value of {operator} must be numeric"));
    };
    if rest.len() > 2 {
        return fail("Too many terms in numeric range expression");
    }
    let high = Bound {
        value: within_limits(text)?,
        inclusive: operator == "<=",
    };
    if low.value >= high.value {
        return fail("Bottom must be less than top");
    }
    Ok(Some(high))
}

fn shown(value: &Document) -> String {
    match value {
        Document::Object(_) => "{".to_owned(),
        Document::Array(_) => "[".to_owned(),
        Document::String(text) | Document::Number(text) => text.clone(),
        Document::Bool(value) => value.to_string(),
        Document::Null => "null".to_owned(),
    }
}
