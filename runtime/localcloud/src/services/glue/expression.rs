//! The `Expression` of `GetTables`: a regular expression for the whole name, in which a star may also
//! stand for any text, as in Hive (`sales*`).

use regex_lite::Regex;

use super::error;
use crate::error::ServiceError;

#[derive(Debug)]
pub(super) struct Expression {
    forms: Vec<Regex>,
}

impl Expression {
    pub(super) fn new(text: &str) -> Result<Self, ServiceError> {
        let whole = |pattern: &str| Regex::new(&format!("^(?:{})$", pattern.to_lowercase()));
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
        Ok(Self { forms })
    }

    pub(super) fn takes(&self, name: &str) -> bool {
        self.forms.iter().any(|form| form.is_match(name))
    }
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
        ] {
            let takes = Expression::new(expression).unwrap().takes(name);
            assert_eq!(takes, expected, "{expression} on {name}");
        }
        assert!(Expression::new("(").is_err());
    }
}
