//! Functions at the end of a path: `.length()`, `.min()` and the like.

use std::fmt;

use serde_json::Value;

use super::failure::NotFound;
use super::step::Step;
use super::walk::Walk;
use crate::printed;

/// A function with its arguments.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Function {
    name: Name,
    arguments: Vec<Argument>,
}

/// An argument: a path from where the whole path started, or a JSON value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Argument {
    Path(Vec<Step>),
    Literal(Value),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Name {
    Length,
    Min,
    Max,
    Avg,
    Sum,
    StdDev,
    Concat,
    Keys,
    Append,
    First,
    Last,
    Index,
}

impl Function {
    /// The function of this name, if there is one.
    pub(super) fn named(name: &str, arguments: Vec<Argument>) -> Option<Self> {
        let name = match name {
            "length" | "size" => Name::Length,
            "min" => Name::Min,
            "max" => Name::Max,
            "avg" => Name::Avg,
            "sum" => Name::Sum,
            "stddev" => Name::StdDev,
            "concat" => Name::Concat,
            "keys" => Name::Keys,
            "append" => Name::Append,
            "first" => Name::First,
            "last" => Name::Last,
            "index" => Name::Index,
            _ => return None,
        };
        Some(Self { name, arguments })
    }

    /// What the function gives for `value`.
    pub(super) fn apply(&self, value: &Value, walk: &mut Walk<'_, '_>) -> Result<Value, NotFound> {
        let arguments = self.arguments(walk)?;
        walk.visit_many(value.as_array().map_or(0, Vec::len))?;
        match self.name {
            Name::Length => Ok(length(arguments.first().unwrap_or(value))),
            Name::Keys => Ok(match value {
                Value::Object(fields) => fields.keys().cloned().map(Value::String).collect(),
                _ => Value::Null,
            }),
            Name::Concat => {
                let parts = elements(value)
                    .iter()
                    .chain(arguments.iter().flat_map(elements_or_self));
                let text: String = parts
                    .filter(|part| part.is_string())
                    .map(printed::plain)
                    .collect();
                Ok(Value::String(text))
            }
            Name::Append => {
                let mut items = elements(value).to_vec();
                items.extend(arguments);
                Ok(Value::Array(items))
            }
            Name::First => at(value, 0),
            Name::Last => at(value, -1),
            Name::Index => {
                let index = arguments.first().and_then(Value::as_i64);
                index.map_or_else(|| Err(problem("index() takes a number")), |i| at(value, i))
            }
            Name::Min | Name::Max | Name::Avg | Name::Sum | Name::StdDev => {
                let numbers: Vec<f64> = elements(value)
                    .iter()
                    .chain(arguments.iter().flat_map(elements_or_self))
                    .filter_map(Value::as_f64)
                    .collect();
                self.aggregate(&numbers)
            }
        }
    }

    fn arguments(&self, walk: &mut Walk<'_, '_>) -> Result<Vec<Value>, NotFound> {
        self.arguments
            .iter()
            .map(|argument| match argument {
                Argument::Literal(value) => Ok(value.clone()),
                Argument::Path(steps) => {
                    let root = walk.root();
                    walk.nested(steps, root).map(|found| found.into_owned())
                }
            })
            .collect()
    }

    fn aggregate(&self, numbers: &[f64]) -> Result<Value, NotFound> {
        if numbers.is_empty() {
            return Err(problem(
                "Aggregation function attempted to calculate value using empty array",
            ));
        }
        let sum: f64 = numbers.iter().sum();
        let count = numbers.len() as f64;
        Ok(Value::from(match self.name {
            Name::Min => numbers.iter().copied().fold(f64::INFINITY, f64::min),
            Name::Max => numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            Name::Avg => sum / count,
            Name::StdDev => {
                let squares: f64 = numbers.iter().map(|n| n * n).sum();
                (squares / count - sum * sum / count / count)
                    .max(0.0)
                    .sqrt()
            }
            _ => sum,
        }))
    }
}

fn length(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.len().into(),
        Value::Object(fields) => fields.len().into(),
        _ => Value::Null,
    }
}

fn elements(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn elements_or_self(value: &Value) -> &[Value] {
    match value {
        Value::Array(items) => items,
        other => std::slice::from_ref(other),
    }
}

/// The item at an index, from the end when it is negative.
fn at(value: &Value, index: i64) -> Result<Value, NotFound> {
    let items = elements(value);
    super::query::position(index, items.len())
        .and_then(|position| items.get(position))
        .cloned()
        .ok_or_else(|| {
            problem("Aggregation function attempted to calculate value using empty array")
        })
}

fn problem(text: &str) -> NotFound {
    NotFound::Function {
        problem: text.to_owned(),
    }
}

impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.name {
            Name::Length => "length",
            Name::Min => "min",
            Name::Max => "max",
            Name::Avg => "avg",
            Name::Sum => "sum",
            Name::StdDev => "stddev",
            Name::Concat => "concat",
            Name::Keys => "keys",
            Name::Append => "append",
            Name::First => "first",
            Name::Last => "last",
            Name::Index => "index",
        })?;
        f.write_str("()")
    }
}
