//! Row filter expressions: every name in one must be a column of the table.
//!
//! This reads names out of the predicate and leaves its grammar to the query engine.

use super::error;
use crate::error::ServiceError;

/// Words that are not columns.
const WORDS: &[&str] = &[
    "and",
    "or",
    "not",
    "in",
    "like",
    "between",
    "is",
    "null",
    "true",
    "false",
    "case",
    "when",
    "then",
    "else",
    "end",
    "cast",
    "as",
    "escape",
    "interval",
    "date",
    "time",
    "timestamp",
    "varchar",
    "char",
    "integer",
    "int",
    "bigint",
    "smallint",
    "tinyint",
    "double",
    "real",
    "decimal",
    "boolean",
    "day",
    "month",
    "year",
    "hour",
    "minute",
    "second",
    "distinct",
    "from",
];

/// Checks a predicate against the table's columns (in lower case).
///
/// # Errors
/// `InvalidInputException` that names what is wrong.
pub(super) fn check(expression: &str, columns: &[String]) -> Result<(), ServiceError> {
    if expression.trim().is_empty() {
        return Err(error::invalid("The row filter expression is empty."));
    }
    let text: Vec<char> = expression.chars().collect();
    let mut depth = 0_i32;
    let mut at = 0;
    while let Some(&current) = text.get(at) {
        match current {
            '\'' | '"' => {
                let end = closing(&text, at)
                    .ok_or_else(|| error::invalid("A quote in the row filter is not closed."))?;
                if current == '"' {
                    let name: String = text[at + 1..end].iter().collect();
                    check_name(&name, columns)?;
                }
                at = end + 1;
                continue;
            }
            ';' => {
                return Err(error::invalid(
                    "The row filter must be one predicate: it holds a semicolon.",
                ));
            }
            '(' => depth += 1,
            ')' => depth -= 1,
            _ if current.is_alphabetic() || current == '_' => {
                let mut end = at;
                while text
                    .get(end)
                    .is_some_and(|c| c.is_alphanumeric() || *c == '_')
                {
                    end += 1;
                }
                let word: String = text[at..end].iter().collect::<String>().to_lowercase();
                let next = text[end..].iter().find(|c| !c.is_whitespace());
                let is_column = columns.contains(&word);
                if next != Some(&'(') && !is_column && !WORDS.contains(&word.as_str()) {
                    check_name(&word, columns)?;
                }
                at = end;
                continue;
            }
            _ if current.is_ascii_digit() => {
                while text
                    .get(at)
                    .is_some_and(|c| c.is_ascii_alphanumeric() || *c == '.')
                {
                    at += 1;
                }
                continue;
            }
            _ => {}
        }
        if depth < 0 {
            break;
        }
        at += 1;
    }
    if depth != 0 {
        return Err(error::invalid(
            "The parentheses of the row filter do not match.",
        ));
    }
    Ok(())
}

/// Where the quote that opens here is closed; a doubled quote stands for one.
fn closing(text: &[char], open: usize) -> Option<usize> {
    let quote = text.get(open)?;
    let mut at = open + 1;
    loop {
        if text.get(at)? == quote {
            if text.get(at + 1) != Some(quote) {
                return Some(at);
            }
            at += 1;
        }
        at += 1;
    }
}

fn check_name(name: &str, columns: &[String]) -> Result<(), ServiceError> {
    if columns.contains(&name.to_lowercase()) {
        return Ok(());
    }
    Err(error::invalid(format!(
        "Unsupported row filter expression: {name} is not a column of the table."
    )))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::check;

    #[track_caller]
    fn reads(expression: &str, problem: Option<&str>) {
        let columns = ["region".to_owned(), "amount".to_owned(), "at".to_owned()];
        let outcome = check(expression, &columns);
        match problem {
            None => assert!(outcome.is_ok(), "{expression}: {outcome:?}"),
            Some(part) => {
                let message = outcome.unwrap_err().message;
                assert!(message.contains(part), "{expression}: {message}");
            }
        }
    }

    #[test]
    fn every_name_must_be_a_column() {
        reads("region = 'EU'", None);
        reads("Region IN ('EU', 'the other''s') AND amount >= 1.5e3", None);
        reads(
            "lower(\"region\") LIKE 'e%' OR (at > DATE '2026-01-01')",
            None,
        );
        reads("country = 'EU'", Some("country is not a column"));
        reads("\"country\" = 'EU'", Some("country is not a column"));
        reads("region = EU", Some("eu is not a column"));
    }

    #[test]
    fn what_is_no_predicate_is_refused() {
        reads(" ", Some("is empty"));
        reads("region = 'EU", Some("not closed"));
        reads("(region = 'EU'", Some("do not match"));
        reads("region = 'EU') OR (1 = 1", Some("do not match"));
        reads("region = 'EU'; DROP TABLE x", Some("semicolon"));
    }
}
