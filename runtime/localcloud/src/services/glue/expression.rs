//! The `Expression` of `GetTables`: a regular expression for the whole name, in which a star may also
//! stand for any text, as in Hive (`sales*`).

use regex_lite::Regex;

use super::error;
use crate::error::ServiceError;

#[derive(Debug)]
pub(super) struct Expression {
    forms: Vec<Regex>,
    prefix: String,
}

impl Expression {
    pub(super) fn new(text: &str) -> Result<Self, ServiceError> {
        // Names are in lower case. The pattern is left as it is: `\D` is not `\d`.
        let whole = |pattern: &str| Regex::new(&format!("(?i)^(?:{pattern})$"));
        let starred = text
            .split('*')
            .map(regex_lite::escape)
            .collect::<Vec<_>>()
            .join(".*");
        let forms: Vec<Regex> = [whole(text), whole(&starred)]
            .into_iter()
            .flatten()
            .collect();
        // The starred form always compiles; only the expression's own may not.
        if forms.len() < 2 && !text.contains('*') {
            return Err(error::invalid(format!("Expression {text} is not valid.")));
        }
        let prefix = literal_prefix(text);
        Ok(Self { forms, prefix })
    }

    /// What every name that it takes starts with, in lower case: tables are found by it.
    pub(super) fn prefix(&self) -> &str {
        &self.prefix
    }

    pub(super) fn takes(&self, name: &str) -> bool {
        self.forms.iter().any(|form| form.is_match(name))
    }
}

/// The plain text at the start. Where there are alternatives, there is none.
fn literal_prefix(text: &str) -> String {
    let plain = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-' | ' ');
    if text.contains('|') {
        return String::new();
    }
    let end = text.find(|letter| !plain(letter)).unwrap_or(text.len());
    let mut prefix = text[..end].to_owned();
    // The letter before one of these may be missing.
    if text[end..].starts_with(['?', '*', '{']) {
        prefix.pop();
    }
    prefix.to_lowercase()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::Expression;

    #[test]
    fn names_match_as_regular_expression_or_with_stars() {
        for (expression, name, expected) in [
            ("orders", "orders", true),
            ("orders", "orders_2026", false),
            ("Orders.*", "orders_2026", true),
            ("orders*", "orders_2026", true),
            ("*_2026", "orders_2026", true),
            ("orders|stock", "stock", true),
            ("o[a-z]+_\\d+", "orders_2026", true),
            ("O[A-Z]+_\\d+", "orders_2026", true),
            ("orders\\D2026", "orders_2026", true),
            ("orders_\\D+", "orders_2026", false),
        ] {
            let takes = Expression::new(expression).unwrap().takes(name);
            assert_eq!(takes, expected, "{expression} on {name}");
        }
        assert!(Expression::new("(").is_err());
    }

    #[test]
    fn names_are_found_by_what_they_must_start_with() {
        for (expression, prefix) in [
            ("orders", "orders"),
            ("Orders_20.*", "orders_20"),
            ("orders*", "order"),
            ("orders?x", "order"),
            ("orders|stock", ""),
            ("*_2026", ""),
            ("[os].*", ""),
        ] {
            assert_eq!(Expression::new(expression).unwrap().prefix(), prefix);
        }
    }
}
