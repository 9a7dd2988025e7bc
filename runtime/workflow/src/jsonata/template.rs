//! JSON in which texts may be expressions.

use serde_json::{Map, Value};

use super::error::{JsonataError, QueryError};
use super::expression::JsonataString;
use crate::budget::{Budget, Exceeded};
use crate::scope::{Random, Scope};

/// How deep a template may nest.
const MAX_DEPTH: usize = 200;

/// A compiled template: `Arguments`, `Output`, `Assign`, `Items` and so on.
#[derive(Debug, Clone, PartialEq)]
pub struct JsonataTemplate(Part);

#[derive(Debug, Clone, PartialEq)]
enum Part {
    Literal(Value),
    Expression(JsonataString),
    Array(Vec<Part>),
    Object(Vec<(String, Part)>),
}

impl JsonataTemplate {
    /// Compiles a template.
    pub fn parse(template: &Value) -> Result<Self, JsonataError> {
        part(template, 0).map(Self)
    }

    /// Whether the whole template is one expression.
    pub fn is_expression(&self) -> bool {
        matches!(self.0, Part::Expression(_))
    }

    /// The template with its expressions replaced by their values. `field` names the field it
    /// stands in; errors name the place in it, as `Output/name[0]`.
    pub fn eval(
        &self,
        field: &str,
        scope: &dyn Scope,
        random: &mut dyn Random,
    ) -> Result<Value, QueryError> {
        self.0.eval(field, scope, random, &mut Budget::default())
    }
}

fn part(template: &Value, depth: usize) -> Result<Part, JsonataError> {
    if depth > MAX_DEPTH {
        return Err(JsonataError {
            message: format!("it nests more than {MAX_DEPTH} deep"),
        });
    }
    match template {
        Value::String(text) if JsonataString::is_expression(text) => {
            JsonataString::parse(text).map(Part::Expression)
        }
        Value::Array(items) => {
            let parts = items
                .iter()
                .map(|item| part(item, depth + 1))
                .collect::<Result<Vec<_>, _>>()?;
            let fixed = parts.iter().all(|part| matches!(part, Part::Literal(_)));
            Ok(if fixed {
                Part::Literal(template.clone())
            } else {
                Part::Array(parts)
            })
        }
        Value::Object(fields) => {
            let parts = fields
                .iter()
                .map(|(name, field)| Ok((name.clone(), part(field, depth + 1)?)))
                .collect::<Result<Vec<_>, JsonataError>>()?;
            let fixed = parts
                .iter()
                .all(|(_, part)| matches!(part, Part::Literal(_)));
            Ok(if fixed {
                Part::Literal(template.clone())
            } else {
                Part::Object(parts)
            })
        }
        literal => Ok(Part::Literal(literal.clone())),
    }
}

impl Part {
    fn eval(
        &self,
        field: &str,
        scope: &dyn Scope,
        random: &mut dyn Random,
        budget: &mut Budget,
    ) -> Result<Value, QueryError> {
        match self {
            Part::Literal(value) => Ok(value.clone()),
            Part::Expression(expression) => {
                let value = expression.eval(field, scope, random)?;
                match budget.spend(&value) {
                    Ok(()) => Ok(value),
                    Err(Exceeded) => Err(expression.too_large(field)),
                }
            }
            Part::Array(items) => items
                .iter()
                .enumerate()
                .map(|(at, item)| item.eval(&format!("{field}[{at}]"), scope, random, budget))
                .collect(),
            Part::Object(fields) => {
                let mut object = Map::with_capacity(fields.len());
                for (name, part) in fields {
                    let value = part.eval(&format!("{field}/{name}"), scope, random, budget)?;
                    object.insert(name.clone(), value);
                }
                Ok(Value::Object(object))
            }
        }
    }
}
