//! Reads the text of a filter.

use serde_json::Value;

use super::failure::PathError;
use super::filter::{Filter, Operand, Operator};
use super::parse::{Cursor, MAX_NESTING, inner_steps};
use super::regex::Regex;

/// Reads `(…)` after `[?`.
pub(super) fn filter(cursor: &mut Cursor<'_>) -> Result<Filter, PathError> {
    if cursor.peek() != Some('(') {
        return Err(cursor.error("a filter stands in parentheses: [?(…)]"));
    }
    enclosed(cursor)
}

fn enclosed(cursor: &mut Cursor<'_>) -> Result<Filter, PathError> {
    if cursor.nesting >= MAX_NESTING {
        return Err(cursor.error(format!("filters nest at most {MAX_NESTING} deep")));
    }
    cursor.nesting += 1;
    cursor.expect('(')?;
    let filter = any(cursor)?;
    cursor.skip_blanks();
    cursor.expect(')')?;
    cursor.nesting -= 1;
    Ok(filter)
}

fn any(cursor: &mut Cursor<'_>) -> Result<Filter, PathError> {
    let mut parts = vec![all(cursor)?];
    while took_twice(cursor, '|') {
        parts.push(all(cursor)?);
    }
    Ok(single(parts, Filter::Or))
}

fn all(cursor: &mut Cursor<'_>) -> Result<Filter, PathError> {
    let mut parts = vec![one(cursor)?];
    while took_twice(cursor, '&') {
        parts.push(one(cursor)?);
    }
    Ok(single(parts, Filter::And))
}

fn single(mut parts: Vec<Filter>, combine: impl Fn(Vec<Filter>) -> Filter) -> Filter {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            combine(parts)
        }
        None => combine(parts),
    }
}

fn took_twice(cursor: &mut Cursor<'_>, c: char) -> bool {
    cursor.skip_blanks();
    let found = cursor.peek() == Some(c) && cursor.peek_after(1) == Some(c);
    if found {
        cursor.at += 2;
    }
    found
}

fn one(cursor: &mut Cursor<'_>) -> Result<Filter, PathError> {
    let mut negations = 0_usize;
    cursor.skip_blanks();
    while cursor.take('!') {
        negations += 1;
        cursor.skip_blanks();
    }
    let filter = if cursor.peek() == Some('(') {
        enclosed(cursor)?
    } else {
        comparison(cursor)?
    };
    Ok(if negations % 2 == 1 {
        Filter::Not(Box::new(filter))
    } else {
        filter
    })
}

fn comparison(cursor: &mut Cursor<'_>) -> Result<Filter, PathError> {
    if cursor.peek() == Some('/') {
        let regex = regex(cursor)?;
        cursor.skip_blanks();
        return match operator_text(cursor).as_str() {
            "=~" => Ok(Filter::Matches(operand(cursor)?, regex)),
            _ => Err(cursor.error("'=~' is expected after a regular expression")),
        };
    }
    let left = operand(cursor)?;
    cursor.skip_blanks();
    if matches!(cursor.peek(), None | Some(')' | '&' | '|')) {
        return Ok(Filter::Holds(left));
    }
    let at = cursor.at;
    let text = operator_text(cursor);
    if text == "=~" {
        cursor.skip_blanks();
        return Ok(Filter::Matches(left, regex(cursor)?));
    }
    let Some(operator) = operator(&text) else {
        cursor.at = at;
        return Err(cursor.error(format!("'{text}' is no comparison")));
    };
    let right = operand(cursor)?;
    Ok(Filter::Compare(left, operator, right))
}

fn operator_text(cursor: &mut Cursor<'_>) -> String {
    let start = cursor.at;
    let is_symbol = cursor.peek().is_some_and(|c| "<>=~!".contains(c));
    while cursor.peek().is_some_and(|c| {
        if is_symbol {
            "<>=~!".contains(c)
        } else {
            c.is_ascii_alphabetic()
        }
    }) {
        cursor.at += 1;
    }
    cursor.slice(start, cursor.at)
}

fn operator(text: &str) -> Option<Operator> {
    Some(match text.to_ascii_lowercase().as_str() {
        "==" => Operator::Equal,
        "!=" => Operator::NotEqual,
        "===" => Operator::Same,
        "!==" => Operator::NotSame,
        "<" => Operator::Less,
        "<=" => Operator::LessOrEqual,
        ">" => Operator::Greater,
        ">=" => Operator::GreaterOrEqual,
        "in" => Operator::In,
        "nin" => Operator::NotIn,
        "contains" => Operator::Contains,
        "all" => Operator::AllOf,
        "anyof" => Operator::AnyOf,
        "noneof" => Operator::NoneOf,
        "subsetof" => Operator::SubsetOf,
        "size" => Operator::Size,
        "empty" => Operator::Empty,
        _ => return None,
    })
}

fn operand(cursor: &mut Cursor<'_>) -> Result<Operand, PathError> {
    cursor.skip_blanks();
    match cursor.peek() {
        Some('@') => path(cursor).map(Operand::Item),
        Some('$') => path(cursor).map(Operand::Root),
        Some(quote @ ('\'' | '"')) => cursor
            .quoted(quote)
            .map(|text| Operand::Literal(Value::String(text))),
        Some('[' | '{') => json(cursor).map(Operand::Literal),
        Some(c) if c.is_ascii_alphanumeric() || c == '-' => word(cursor),
        _ => Err(cursor.error("a path, a text, a number, true, false or null is expected")),
    }
}

fn word(cursor: &mut Cursor<'_>) -> Result<Operand, PathError> {
    let start = cursor.at;
    while cursor
        .peek()
        .is_some_and(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    {
        cursor.at += 1;
    }
    let text = cursor.slice(start, cursor.at);
    match serde_json::from_str(&text) {
        Ok(value) => Ok(Operand::Literal(value)),
        Err(_) => {
            cursor.at = start;
            Err(cursor.error(format!("'{text}' is no value")))
        }
    }
}

/// A JSON array or object, in which texts may stand in single quotes.
fn json(cursor: &mut Cursor<'_>) -> Result<Value, PathError> {
    let start = cursor.at;
    let mut text = String::new();
    let mut open = 0_usize;
    while let Some(c) = cursor.peek() {
        match c {
            '\'' | '"' => {
                let quoted = cursor.quoted(c)?;
                text.push_str(&Value::String(quoted).to_string());
            }
            c => {
                match c {
                    '[' | '{' => open += 1,
                    ']' | '}' => open = open.saturating_sub(1),
                    _ => {}
                }
                text.push(c);
                cursor.at += 1;
                if open == 0 {
                    break;
                }
            }
        }
    }
    serde_json::from_str(&text).map_err(|_| {
        cursor.at = start;
        cursor.error("the JSON value can't be read")
    })
}

/// The path that begins here, up to a blank, a comparison or the end of the filter.
fn path(cursor: &mut Cursor<'_>) -> Result<Vec<super::step::Step>, PathError> {
    cursor.at += 1;
    let start = cursor.at;
    let mut open = 0_usize;
    while let Some(c) = cursor.peek() {
        match c {
            '\'' | '"' if open > 0 => {
                cursor.quoted(c)?;
                continue;
            }
            '[' | '(' => open += 1,
            ')' if open == 0 => break,
            ']' | ')' => open = open.saturating_sub(1),
            c if open == 0 && (c.is_whitespace() || "<>=~!&|,".contains(c)) => break,
            _ => {}
        }
        cursor.at += 1;
    }
    inner_steps(&cursor.slice(start, cursor.at), cursor.nesting)
}

fn regex(cursor: &mut Cursor<'_>) -> Result<Regex, PathError> {
    cursor.expect('/')?;
    let mut pattern = String::new();
    loop {
        let Some(c) = cursor.peek() else {
            return Err(cursor.error("the regular expression has no end"));
        };
        cursor.at += 1;
        match (c, cursor.peek()) {
            ('/', _) => break,
            ('\\', Some('/')) => {
                pattern.push('/');
                cursor.at += 1;
            }
            ('\\', Some(escaped)) => {
                pattern.push('\\');
                pattern.push(escaped);
                cursor.at += 1;
            }
            (c, _) => pattern.push(c),
        }
    }
    let start = cursor.at;
    while cursor.peek().is_some_and(|c| c.is_ascii_alphabetic()) {
        cursor.at += 1;
    }
    let flags = cursor.slice(start, cursor.at);
    Regex::compile(&pattern, &flags).map_err(|problem| cursor.error(problem))
}
