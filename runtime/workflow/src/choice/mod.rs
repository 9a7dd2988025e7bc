//! Choice rules (States language, "Choice State"): comparisons joined by `And`, `Or` and `Not`, and
//! JSONata conditions.

mod compare;
mod parse;
mod pattern;
mod timestamp;

use serde_json::Value;

use crate::fault::{Fault, wrong_type};
use crate::flow::View;
use crate::jsonata::JsonataString;
use crate::path::Path;
use crate::scope::Random;

pub(crate) use compare::{Kind, Order};
pub(crate) use pattern::Pattern;
pub(crate) use timestamp::instant;

/// A rule.
#[derive(Debug)]
pub(crate) enum Rule {
    And(Vec<Rule>),
    Or(Vec<Rule>),
    Not(Box<Rule>),
    Test {
        variable: Path,
        test: Test,
    },
    /// JSONata's `Condition`.
    Condition(JsonataString),
    /// A `Condition` that is no expression.
    Always(bool),
}

/// What a rule asks of its variable.
#[derive(Debug)]
pub(crate) enum Test {
    IsPresent(bool),
    Is {
        kind: Type,
        expected: bool,
    },
    Compare {
        kind: Kind,
        order: Order,
        operand: Operand,
    },
    Matches(Pattern),
}

/// The types that `IsNull`, `IsString` and the like ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Type {
    Null,
    Boolean,
    Numeric,
    String,
    Timestamp,
}

/// What a variable is compared with.
#[derive(Debug)]
pub(crate) enum Operand {
    Literal(Value),
    At(Path),
}

impl Rule {
    /// Whether the rule holds. `field` names where it stands, as `Choices[0]/Condition`.
    pub(crate) fn holds(
        &self,
        field: &dyn Fn() -> String,
        view: &View<'_>,
        random: &mut dyn Random,
    ) -> Result<bool, Fault> {
        match self {
            Rule::And(rules) => {
                for rule in rules {
                    if !rule.holds(field, view, random)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Rule::Or(rules) => {
                for rule in rules {
                    if rule.holds(field, view, random)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Rule::Not(rule) => Ok(!rule.holds(field, view, random)?),
            Rule::Always(holds) => Ok(*holds),
            Rule::Test { variable, test } => test.holds(variable, view),
            Rule::Condition(condition) => {
                let field = field();
                match condition.eval(&field, view, random)? {
                    Value::Bool(holds) => Ok(holds),
                    other => Err(wrong_type(condition.text(), &field, "boolean", &other)),
                }
            }
        }
    }
}

impl Test {
    fn holds(&self, variable: &Path, view: &View<'_>) -> Result<bool, Fault> {
        let found = variable.select(view);
        if let Test::IsPresent(expected) = self {
            return Ok(found.is_ok() == *expected);
        }
        let Ok(found) = found else {
            return Err(missing(variable));
        };
        match self {
            Test::IsPresent(_) => Ok(true),
            Test::Is { kind, expected } => Ok(kind.fits(&found) == *expected),
            Test::Matches(pattern) => Ok(found.as_str().is_some_and(|text| pattern.matches(text))),
            Test::Compare {
                kind,
                order,
                operand,
            } => match operand {
                Operand::Literal(literal) => Ok(kind.compare(*order, &found, literal)),
                Operand::At(path) => match path.select(view) {
                    Ok(operand) => Ok(kind.compare(*order, &found, &operand)),
                    Err(_) => Err(missing(path)),
                },
            },
        }
    }
}

impl Type {
    fn fits(self, value: &Value) -> bool {
        match self {
            Type::Null => value.is_null(),
            Type::Boolean => value.is_boolean(),
            Type::Numeric => value.is_number(),
            Type::String => value.is_string(),
            Type::Timestamp => value.as_str().is_some_and(|text| instant(text).is_some()),
        }
    }
}

fn missing(path: &Path) -> Fault {
    Fault::runtime(format!(
        "Invalid path '{path}': The choice state's condition path references an invalid value."
    ))
}

#[cfg(test)]
mod tests;
