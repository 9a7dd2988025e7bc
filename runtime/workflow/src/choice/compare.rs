//! Comparing two values of one type. Values of another type never compare.

use std::cmp::Ordering;

use serde_json::{Number, Value};

use super::timestamp::instant;

/// What a comparison takes its values for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    String,
    Numeric,
    Boolean,
    Timestamp,
}

/// How the variable must stand to the operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Equals,
    LessThan,
    GreaterThan,
    LessThanEquals,
    GreaterThanEquals,
}

impl Kind {
    pub(super) fn compare(self, order: Order, variable: &Value, operand: &Value) -> bool {
        self.ordering(variable, operand)
            .is_some_and(|ordering| order.allows(ordering))
    }

    fn ordering(self, variable: &Value, operand: &Value) -> Option<Ordering> {
        match (self, variable, operand) {
            (Kind::String, Value::String(a), Value::String(b)) => {
                Some(a.encode_utf16().cmp(b.encode_utf16()))
            }
            (Kind::Numeric, Value::Number(a), Value::Number(b)) => numbers(a, b),
            (Kind::Boolean, Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
            (Kind::Timestamp, Value::String(a), Value::String(b)) => {
                Some(instant(a)?.cmp(&instant(b)?))
            }
            _ => None,
        }
    }
}

impl Order {
    fn allows(self, ordering: Ordering) -> bool {
        match self {
            Order::Equals => ordering.is_eq(),
            Order::LessThan => ordering.is_lt(),
            Order::GreaterThan => ordering.is_gt(),
            Order::LessThanEquals => ordering.is_le(),
            Order::GreaterThanEquals => ordering.is_ge(),
        }
    }
}

fn numbers(a: &Number, b: &Number) -> Option<Ordering> {
    match (a.as_i64(), b.as_i64()) {
        (Some(a), Some(b)) => Some(a.cmp(&b)),
        _ => a.as_f64()?.partial_cmp(&b.as_f64()?),
    }
}
