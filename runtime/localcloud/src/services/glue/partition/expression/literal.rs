//! Values of partition keys, in an order of their type's.

use std::cmp::Ordering;

use jiff::civil::{Date, DateTime};

use super::error;
use crate::error::ServiceError;

/// What kind of values a key has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Integer,
    Decimal,
    Date,
    Timestamp,
    /// A type that expressions cannot speak of.
    Other,
}

/// A value. Only those of one kind are compared with each other.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Literal {
    Text(String),
    Number(Number),
    Date(Date),
    Timestamp(DateTime),
}

impl Kind {
    /// Of a Glue type, in lower case.
    pub(super) fn of(name: &str) -> Self {
        let base = name.split('(').next().unwrap_or_default().trim();
        match base {
            "string" | "varchar" | "char" => Self::Text,
            "int" | "integer" | "bigint" | "long" | "tinyint" | "smallint" => Self::Integer,
            "decimal" => Self::Decimal,
            "date" => Self::Date,
            "timestamp" => Self::Timestamp,
            _ => Self::Other,
        }
    }

    /// A value of this kind; none if the text is not one.
    pub(super) fn read(self, text: &str) -> Option<Literal> {
        match self {
            Self::Text => Some(Literal::Text(text.to_owned())),
            Self::Integer => Number::read(text)
                .filter(|number| number.fraction.is_empty())
                .map(Literal::Number),
            Self::Decimal => Number::read(text).map(Literal::Number),
            Self::Date => text.parse().ok().map(Literal::Date),
            Self::Timestamp => text.parse().ok().map(Literal::Timestamp),
            Self::Other => None,
        }
    }

    /// A partition's value.
    ///
    /// # Errors
    /// `InvalidStateException` if it is not of this kind.
    pub(super) fn stored(self, text: &str) -> Result<Literal, ServiceError> {
        let what = match self {
            Self::Integer => "an integer",
            Self::Decimal => "a decimal",
            Self::Date => "a date",
            _ => "a timestamp",
        };
        self.read(text).ok_or_else(|| {
            error::invalid_state(format!("For input string: \"{text}\" is not {what}."))
        })
    }
}

/// A decimal number of any length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Number {
    negative: bool,
    /// Without zeros in front.
    whole: String,
    /// Without zeros at the end.
    fraction: String,
}

impl Number {
    fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.len() + fraction.len() == 0 || !all_digits(whole) || !all_digits(fraction) {
            return None;
        }
        let whole = whole.trim_start_matches('0').to_owned();
        let fraction = fraction.trim_end_matches('0').to_owned();
        let zero = whole.is_empty() && fraction.is_empty();
        Some(Self {
            negative: negative && !zero,
            whole,
            fraction,
        })
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        let sizes = (self.whole.len().cmp(&other.whole.len()))
            .then_with(|| self.whole.cmp(&other.whole))
            .then_with(|| self.fraction.cmp(&other.fraction));
        match (self.negative, other.negative) {
            (false, false) => sizes,
            (true, true) => sizes.reverse(),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
