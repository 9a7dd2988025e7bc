//! The `Expression` of `GetPartitions`: a condition over the partition keys, as it stands behind SQL's
//! WHERE.
//!
//! Values are compared as the type of their key says: `10` comes behind `9` if the key is an `int`, and
//! before it if it is a `string`. A partition without a value for a key
//! (`__HIVE_DEFAULT_PARTITION__`) is NULL there, and comparing with NULL is neither true nor false.

mod literal;
mod parse;
mod tokens;

use std::cmp::Ordering;

use regex_lite::Regex;

use self::literal::{Kind, Literal};
use super::error;
use crate::error::ServiceError;

/// How Hive writes that a partition has no value for a key.
const NOTHING: &str = "__HIVE_DEFAULT_PARTITION__";

/// An expression over the keys of one table.
#[derive(Debug)]
pub(super) struct Expression {
    condition: Condition,
    kinds: Vec<Kind>,
}

#[derive(Debug)]
enum Condition {
    And(Box<Condition>, Box<Condition>),
    Or(Box<Condition>, Box<Condition>),
    Not(Box<Condition>),
    /// The key at this place, compared with a value.
    Compare(usize, Comparison, Literal),
    Between(usize, Literal, Literal),
    In(usize, Vec<Literal>),
    Like(usize, Regex),
    IsNull(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }

    /// The same with its sides exchanged.
    fn turned(self) -> Self {
        match self {
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
            same => same,
        }
    }
}

impl Expression {
    /// Reads an expression over keys with these names and types, in lower case.
    ///
    /// # Errors
    /// `InvalidInputException` if it cannot be read, or names what is not a key, or compares a key with
    /// what its type cannot be.
    pub(super) fn new(text: &str, keys: &[(String, String)]) -> Result<Self, ServiceError> {
        let tokens = tokens::read(text).ok_or_else(invalid)?;
        let condition = parse::condition(&tokens, keys)?;
        let kinds = keys.iter().map(|(_, kind)| Kind::of(kind)).collect();
        Ok(Self { condition, kinds })
    }

    /// Whether it holds for a partition.
    ///
    /// # Errors
    /// `InvalidStateException` if a value is not of its key's type.
    pub(super) fn takes(&self, values: &[String]) -> Result<bool, ServiceError> {
        Ok(self.holds(&self.condition, values)? == Some(true))
    }

    /// None where SQL says NULL.
    fn holds(
        &self,
        condition: &Condition,
        values: &[String],
    ) -> Result<Option<bool>, ServiceError> {
        let value = |at: usize| -> Result<Option<Literal>, ServiceError> {
            match values.get(at).map(String::as_str) {
                None | Some(NOTHING) => Ok(None),
                Some(text) => self.kinds[at].stored(text).map(Some),
            }
        };
        Ok(match condition {
            Condition::And(left, right) => {
                let (left, right) = (self.holds(left, values)?, self.holds(right, values)?);
                match (left, right) {
                    (Some(false), _) | (_, Some(false)) => Some(false),
                    (Some(true), Some(true)) => Some(true),
                    _ => None,
                }
            }
            Condition::Or(left, right) => {
                let (left, right) = (self.holds(left, values)?, self.holds(right, values)?);
                match (left, right) {
                    (Some(true), _) | (_, Some(true)) => Some(true),
                    (Some(false), Some(false)) => Some(false),
                    _ => None,
                }
            }
            Condition::Not(inner) => self.holds(inner, values)?.map(|holds| !holds),
            Condition::Compare(at, comparison, wanted) => {
                value(*at)?.map(|value| comparison.holds(value.cmp(wanted)))
            }
            Condition::Between(at, from, to) => {
                value(*at)?.map(|value| value >= *from && value <= *to)
            }
            Condition::In(at, list) => value(*at)?.map(|value| list.contains(&value)),
            Condition::Like(at, pattern) => match values.get(*at).map(String::as_str) {
                None | Some(NOTHING) => None,
                Some(text) => Some(pattern.is_match(text)),
            },
            Condition::IsNull(at) => Some(value(*at)?.is_none()),
        })
    }

    /// The values that the first keys must have, as far as they are texts: partitions are found by them.
    pub(super) fn first_values(&self) -> Vec<String> {
        let mut first = Vec::new();
        while let Some(text) = equal_to(&self.condition, first.len()) {
            first.push(text.to_owned());
        }
        first
    }
}

/// The text that the key at this place must equal for the condition to hold.
fn equal_to(condition: &Condition, at: usize) -> Option<&str> {
    match condition {
        Condition::And(left, right) => equal_to(left, at).or_else(|| equal_to(right, at)),
        Condition::Compare(key, Comparison::Equal, Literal::Text(text)) if *key == at => Some(text),
        _ => None,
    }
}

fn invalid() -> ServiceError {
    error::invalid("Invalid partition expression!")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::Expression;

    fn keys() -> Vec<(String, String)> {
        [
            ("region", "string"),
            ("hour", "int"),
            ("day", "date"),
            ("price", "decimal(10,2)"),
            ("at", "timestamp"),
        ]
        .map(|(name, kind)| (name.to_owned(), kind.to_owned()))
        .into()
    }

    fn takes(expression: &str) -> bool {
        let values = ["eu", "10", "2026-01-31", "9.50", "2026-01-31 12:00:00"];
        let values = values.map(str::to_owned);
        let expression = Expression::new(expression, &keys()).unwrap();
        expression.takes(&values).unwrap()
    }

    #[test]
    fn values_are_compared_by_their_type() {
        for (expression, expected) in [
            ("region = 'eu'", true),
            ("region = \"eu\"", true),
            ("REGION='EU'", false),
            ("region <> 'us'", true),
            ("region != 'eu'", false),
            ("hour > 9", true),
            ("9 < hour", true),
            ("hour = '10'", true),
            ("hour >= 10 AND hour <= 10", true),
            ("hour between 11 and 20", false),
            ("hour not between 11 and 20", true),
            ("hour in (1, 10)", true),
            ("hour NOT IN (1, 10)", false),
            ("(hour = 1 or hour = 10) and not region = 'us'", true),
            ("hour = 1 or hour = 10 and region = 'us'", false),
            ("day > '2026-01-05'", true),
            ("day = date '2026-01-31'", true),
            ("price = 9.5", true),
            ("price < 10", true),
            ("price > -3", true),
            ("at >= timestamp '2026-01-31 11:59:59.5'", true),
            ("at < '2026-01-31'", false),
            ("region like 'e_'", true),
            ("region like '%x'", false),
            ("region not like '%x'", true),
            ("region is null", false),
            ("region is not null", true),
            ("`region` = 'eu'", true),
        ] {
            assert_eq!(takes(expression), expected, "{expression}");
        }
    }

    #[test]
    fn what_is_missing_is_null() {
        let keys = [("hour".to_owned(), "int".to_owned())];
        let nothing = ["__HIVE_DEFAULT_PARTITION__".to_owned()];
        for (expression, expected) in [
            ("hour is null", true),
            ("hour = 1", false),
            ("not hour = 1", false),
            ("hour <> 1", false),
            ("hour is null or hour = 1", true),
        ] {
            let expression = Expression::new(expression, &keys).unwrap();
            assert_eq!(expression.takes(&nothing).unwrap(), expected);
        }
        let hour = Expression::new("hour >= 0", &keys).unwrap();
        let error = hour.takes(&["null".to_owned()]).unwrap_err();
        assert_eq!(error.code, "InvalidStateException");
        assert_eq!(
            error.message,
            "For input string: \"null\" is not an integer."
        );
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for expression in [
            "nope = 1",
            "region =",
            "region = 'eu",
            "region = 'eu' and",
            "(region = 'eu'",
            "hour = 'ten'",
            "day = '2026-13-01'",
            "region in ()",
            "region ~ 'eu'",
            "'a' = 'a'",
        ] {
            let refused = Expression::new(expression, &keys()).unwrap_err();
            assert_eq!(refused.code, "InvalidInputException", "{expression}");
        }
        let odd = [("share".to_owned(), "double".to_owned())];
        assert!(Expression::new("share = 1", &odd).is_err());
    }

    #[test]
    fn the_first_texts_are_known() {
        for (expression, first) in [
            ("region = 'eu' and hour > 3", vec!["eu"]),
            ("hour > 3 and region = 'eu'", vec!["eu"]),
            ("region = 'eu' or hour > 3", vec![]),
            ("hour = 3", vec![]),
        ] {
            let expression = Expression::new(expression, &keys()).unwrap();
            assert_eq!(expression.first_values(), first);
        }
    }
}
