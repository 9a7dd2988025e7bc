//! Filters, `[?(…)]`, and how their comparisons treat values of different types.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::Value;

use super::failure::NotFound;
use super::regex::Regex;
use super::step::Step;
use super::walk::Walk;
use crate::printed;

/// A condition on a value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Filter {
    And(Vec<Filter>),
    Or(Vec<Filter>),
    Not(Box<Filter>),
    /// A path that finds something, or a literal that is true.
    Holds(Operand),
    Compare(Operand, Operator, Operand),
    /// `=~`
    Matches(Operand, Regex),
}

/// One side of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Operand {
    /// `@…`: a path from the value at hand.
    Item(Vec<Step>),
    /// `$…`: a path from the value the whole path started at.
    Root(Vec<Step>),
    Literal(Value),
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    /// `===`: of the same type, too.
    Same,
    NotSame,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    NotIn,
    Contains,
    AllOf,
    AnyOf,
    NoneOf,
    SubsetOf,
    Size,
    Empty,
}

impl Filter {
    /// Whether the condition holds for `item`; `walk` counts what is visited.
    pub(super) fn accepts(&self, item: &Value, walk: &mut Walk<'_, '_>) -> Result<bool, NotFound> {
        match self {
            Filter::And(parts) => {
                for part in parts {
                    if !part.accepts(item, walk)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Filter::Or(parts) => {
                for part in parts {
                    if part.accepts(item, walk)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Filter::Not(part) => Ok(!part.accepts(item, walk)?),
            Filter::Holds(operand @ Operand::Literal(_)) => Ok(matches!(
                operand.value(item, walk)?.as_deref(),
                Some(Value::Bool(true))
            )),
            Filter::Holds(operand) => Ok(operand.value(item, walk)?.is_some()),
            Filter::Compare(left, operator, right) => {
                let left = left.value(item, walk)?;
                let right = right.value(item, walk)?;
                walk.visit_many(
                    elements(left.as_deref()).saturating_mul(elements(right.as_deref())),
                )?;
                Ok(operator.holds(left.as_deref(), right.as_deref()))
            }
            Filter::Matches(operand, regex) => {
                Ok(operand
                    .value(item, walk)?
                    .is_some_and(|value| match &*value {
                        Value::String(text) => regex.matches(text),
                        Value::Number(_) | Value::Bool(_) => regex.matches(&printed::plain(&value)),
                        _ => false,
                    }))
            }
        }
    }
}

/// How many values a comparison with this value may look at.
fn elements(value: Option<&Value>) -> usize {
    match value {
        Some(Value::Array(items)) => items.len().max(1),
        _ => 1,
    }
}

impl Operand {
    /// The operand's value; none when its path finds nothing.
    fn value<'v, 'a: 'v>(
        &'v self,
        item: &'v Value,
        walk: &mut Walk<'_, 'a>,
    ) -> Result<Option<Cow<'v, Value>>, NotFound> {
        let (steps, start) = match self {
            Operand::Literal(value) => return Ok(Some(Cow::Borrowed(value))),
            Operand::Item(steps) => (steps, item),
            Operand::Root(steps) => (steps, walk.root()),
        };
        match walk.nested(steps, start) {
            Ok(found) => Ok(Some(found)),
            Err(limit @ NotFound::TooMany { .. }) => Err(limit),
            Err(_) => Ok(None),
        }
    }
}

impl Operator {
    /// Whether the comparison holds; none stands for a path that found nothing.
    fn holds(self, left: Option<&Value>, right: Option<&Value>) -> bool {
        let (Some(left), Some(right)) = (left, right) else {
            return matches!(self, Self::NotEqual | Self::NotSame | Self::NotIn);
        };
        match self {
            Self::Equal => equal(left, right),
            Self::NotEqual => !equal(left, right),
            Self::Same => same_type(left, right) && equal(left, right),
            Self::NotSame => !(same_type(left, right) && equal(left, right)),
            Self::Less => order(left, right).is_some_and(Ordering::is_lt),
            Self::LessOrEqual => order(left, right).is_some_and(Ordering::is_le),
            Self::Greater => order(left, right).is_some_and(Ordering::is_gt),
            Self::GreaterOrEqual => order(left, right).is_some_and(Ordering::is_ge),
            Self::In => within(left, right),
            Self::NotIn => !within(left, right),
            Self::Contains => match (left, right) {
                (Value::String(text), Value::String(part)) => text.contains(part.as_str()),
                _ => within(right, left),
            },
            Self::AllOf => lists(left, right, |left, right| {
                right.iter().all(|v| has(left, v))
            }),
            Self::AnyOf => lists(left, right, |left, right| {
                right.iter().any(|v| has(left, v))
            }),
            Self::NoneOf => lists(left, right, |left, right| {
                !right.iter().any(|v| has(left, v))
            }),
            Self::SubsetOf => lists(left, right, |left, right| {
                left.iter().all(|v| has(right, v))
            }),
            Self::Size => {
                let size = match left {
                    Value::String(text) => text.encode_utf16().count(),
                    Value::Array(items) => items.len(),
                    Value::Object(fields) => fields.len(),
                    _ => return false,
                };
                right.as_u64() == u64::try_from(size).ok()
            }
            Self::Empty => {
                let empty = match left {
                    Value::String(text) => text.is_empty(),
                    Value::Array(items) => items.is_empty(),
                    Value::Object(fields) => fields.is_empty(),
                    _ => return false,
                };
                right.as_bool() == Some(empty)
            }
        }
    }
}

fn has(list: &[Value], value: &Value) -> bool {
    list.iter().any(|item| equal(item, value))
}

fn within(value: &Value, list: &Value) -> bool {
    list.as_array().is_some_and(|list| has(list, value))
}

fn lists(left: &Value, right: &Value, test: impl Fn(&[Value], &[Value]) -> bool) -> bool {
    match (left, right) {
        (Value::Array(left), Value::Array(right)) => test(left, right),
        _ => false,
    }
}

fn same_type(left: &Value, right: &Value) -> bool {
    std::mem::discriminant(left) == std::mem::discriminant(right)
}

/// Equality as filters have it: a number equals a text that reads as that number.
fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            left == right || left.as_f64() == right.as_f64()
        }
        (Value::Number(number), Value::String(text)) => {
            text.trim().parse::<f64>().ok() == number.as_f64()
        }
        (Value::String(text), Value::Number(number)) => *text == printed::number(number),
        _ => left == right,
    }
}

fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => match (left.as_i64(), right.as_i64()) {
            (Some(left), Some(right)) => Some(left.cmp(&right)),
            _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
        },
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        _ => None,
    }
}
