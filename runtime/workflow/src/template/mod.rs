//! Payload templates: JSON in which a field whose key ends in `.$` holds a path or an intrinsic
//! function (`Parameters`, `ResultSelector`, `ItemSelector` and `Assign` in JSONPath).

use serde_json::{Map, Value};
use thiserror::Error;

use crate::budget::Budget;
use crate::evaluation::EvalError;
use crate::intrinsic::{Intrinsic, IntrinsicError};
use crate::path::{Path, PathError, Root};
use crate::printed;
use crate::scope::{Random, Scope};

/// How deep a template may nest.
const MAX_DEPTH: usize = 200;

/// A compiled payload template.
#[derive(Debug, Clone, PartialEq)]
pub struct Template(Part);

/// A field of a template that can't be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the value of the field '{field}' must be a JSONPath or an intrinsic function: {reason}")]
pub struct TemplateError {
    /// The field's key, with its `.$`.
    pub field: String,
    /// The keys and indexes that lead to it from the template's top.
    pub location: Vec<String>,
    /// Why it can't be read.
    pub reason: ExpressionError,
}

/// A text that is neither a path nor an intrinsic function.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ExpressionError {
    /// It reads as a path, and is none.
    #[error(transparent)]
    Path(#[from] PathError),
    /// It reads as a call, and is none.
    #[error(transparent)]
    Intrinsic(#[from] IntrinsicError),
    /// It is no text, or neither.
    #[error("{0}")]
    Neither(String),
}

/// A path or an intrinsic function.
#[derive(Debug, Clone, PartialEq)]
pub enum Expression {
    /// `$…`
    Path(Path),
    /// `States.…(…)`
    Intrinsic(Intrinsic),
}

#[derive(Debug, Clone, PartialEq)]
enum Part {
    Literal(Value),
    Array(Vec<Part>),
    Object(Vec<Field>),
}

#[derive(Debug, Clone, PartialEq)]
enum Field {
    Fixed(String, Part),
    /// The key with its `.$`, and what its value is computed with.
    Computed(String, Expression),
}

impl Expression {
    /// Reads a path (`$…`) or an intrinsic function (`States.…`).
    pub fn parse(text: &str) -> Result<Self, ExpressionError> {
        if text.starts_with('$') {
            return Ok(Self::Path(Path::parse(text)?));
        }
        if text.starts_with("States.") {
            return Ok(Self::Intrinsic(Intrinsic::parse(text)?));
        }
        Err(ExpressionError::Neither(format!(
            "'{text}' begins with neither '$' nor 'States.'"
        )))
    }

    /// The expression's value. `field` names where it stands, for the error's text.
    pub fn eval(
        &self,
        field: &str,
        scope: &dyn Scope,
        random: &mut dyn Random,
    ) -> Result<Value, EvalError> {
        self.eval_within(field, scope, random, &mut Budget::default())
    }

    fn eval_within(
        &self,
        field: &str,
        scope: &dyn Scope,
        random: &mut dyn Random,
        budget: &mut Budget,
    ) -> Result<Value, EvalError> {
        match self {
            Self::Path(path) if *path.root() == Root::Input && scope.input().is_null() => {
                Err(EvalError::NoInput)
            }
            Self::Path(path) => match path.select(scope) {
                Ok(value) => {
                    budget.spend(&value)?;
                    Ok(value.into_owned())
                }
                Err(reason) => Err(EvalError::FieldNotFound {
                    field: field.to_owned(),
                    path: path.text().to_owned(),
                    reason: Box::new(reason),
                    input: printed::json(match path.root() {
                        Root::Context => scope.context(),
                        Root::Input | Root::Variable(_) => scope.input(),
                    }),
                }),
            },
            Self::Intrinsic(intrinsic) => intrinsic.eval_within(scope, random, budget),
        }
    }
}

impl Template {
    /// Compiles a template.
    pub fn parse(template: &Value) -> Result<Self, TemplateError> {
        part(template, &mut Vec::new()).map(Self)
    }

    /// The template with its computed fields filled in, under their keys without `.$`.
    pub fn eval(&self, scope: &dyn Scope, random: &mut dyn Random) -> Result<Value, EvalError> {
        self.0.eval(scope, random, &mut Budget::default())
    }
}

fn part(template: &Value, location: &mut Vec<String>) -> Result<Part, TemplateError> {
    if location.len() > MAX_DEPTH {
        return Err(TemplateError {
            field: location.last().cloned().unwrap_or_default(),
            location: location.clone(),
            reason: ExpressionError::Neither(format!("it nests more than {MAX_DEPTH} deep")),
        });
    }
    match template {
        Value::Object(fields) => {
            let mut compiled = Vec::with_capacity(fields.len());
            for (key, value) in fields {
                location.push(key.clone());
                compiled.push(field(key, value, location)?);
                location.pop();
            }
            let fixed = compiled
                .iter()
                .all(|field| matches!(field, Field::Fixed(_, Part::Literal(_))));
            Ok(if fixed {
                Part::Literal(template.clone())
            } else {
                Part::Object(compiled)
            })
        }
        Value::Array(items) => {
            let mut compiled = Vec::with_capacity(items.len());
            for (at, item) in items.iter().enumerate() {
                location.push(at.to_string());
                compiled.push(part(item, location)?);
                location.pop();
            }
            let fixed = compiled.iter().all(|item| matches!(item, Part::Literal(_)));
            Ok(if fixed {
                Part::Literal(template.clone())
            } else {
                Part::Array(compiled)
            })
        }
        literal => Ok(Part::Literal(literal.clone())),
    }
}

fn field(key: &str, value: &Value, location: &mut Vec<String>) -> Result<Field, TemplateError> {
    if !key.ends_with(".$") {
        return Ok(Field::Fixed(key.to_owned(), part(value, location)?));
    }
    let expression = match value {
        Value::String(text) => Expression::parse(text),
        _ => Err(ExpressionError::Neither("it is no text".to_owned())),
    };
    match expression {
        Ok(expression) => Ok(Field::Computed(key.to_owned(), expression)),
        Err(reason) => Err(TemplateError {
            field: key.to_owned(),
            location: location.clone(),
            reason,
        }),
    }
}

impl Part {
    fn eval(
        &self,
        scope: &dyn Scope,
        random: &mut dyn Random,
        budget: &mut Budget,
    ) -> Result<Value, EvalError> {
        match self {
            Part::Literal(value) => Ok(value.clone()),
            Part::Array(items) => items
                .iter()
                .map(|item| item.eval(scope, random, budget))
                .collect::<Result<_, _>>(),
            Part::Object(fields) => {
                let mut object = Map::with_capacity(fields.len());
                for field in fields {
                    match field {
                        Field::Fixed(key, part) => {
                            object.insert(key.clone(), part.eval(scope, random, budget)?);
                        }
                        Field::Computed(key, expression) => {
                            let name = key.strip_suffix(".$").unwrap_or(key);
                            let value = expression.eval_within(key, scope, random, budget)?;
                            object.insert(name.to_owned(), value);
                        }
                    }
                }
                Ok(Value::Object(object))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::scope::fixed::{Counter, Fixed};

    fn eval(template: Value, input: Value) -> Result<Value, String> {
        Template::parse(&template)
            .unwrap_or_else(|error| panic!("{error}"))
            .eval(&Fixed::with_input(input), &mut Counter(0))
            .map_err(|error| error.cause())
    }

    #[test]
    fn computed_fields_lose_their_ending() {
        let template = json!({
            "fixed": {"path": "$.a", "list": [1, {"deep.$": "$.a"}]},
            "a.$": "$.a", "name.$": "$$.State.Name", "variable.$": "$x",
            "call.$": "States.Format('<{}>', $.a)", "all.$": "$.list[*].n",
        });
        let expected = json!({
            "fixed": {"path": "$.a", "list": [1, {"deep": "A"}]},
            "a": "A", "name": "S", "variable": "text", "call": "<A>", "all": [1, 2],
        });
        assert_eq!(
            eval(template, json!({"a": "A", "list": [{"n": 1}, {"n": 2}]})),
            Ok(expected)
        );
    }

    #[test]
    fn a_path_that_finds_nothing_is_named_with_its_field() {
        assert_eq!(
            eval(
                json!({"outer": {"v.$": "$.nope.deep"}}),
                json!({"other": 1})
            ),
            Err(
                "The JSONPath '$.nope.deep' specified for the field 'v.$' could not be found in \
                 the input '{\"other\":1}'"
                    .to_owned()
            )
        );
        for path in ["$.l[5]", "$.l[-2]", "$.l[5].x"] {
            assert!(eval(json!({"v.$": path}), json!({"l": [1]})).is_err());
        }
    }

    #[test]
    fn no_path_leads_from_a_null() {
        assert_eq!(
            eval(json!({"v.$": "$"}), json!(null)),
            Err("Unable to apply Path transformation to null or empty input.".to_owned())
        );
        assert_eq!(
            eval(json!({"v.$": "$x", "w": 1}), json!(null)),
            Ok(json!({"v": "text", "w": 1}))
        );
    }

    #[test]
    fn what_a_template_makes_is_bounded() {
        let fields: Map<String, Value> = (0..1_000)
            .map(|n| (format!("f{n}.$"), json!("States.Array($, $)")))
            .collect();
        let text = "x".repeat(100_000);
        let template = Template::parse(&Value::Object(fields)).unwrap();
        let scope = Fixed::with_input(json!(text));
        let error = template.eval(&scope, &mut Counter(0)).unwrap_err();
        assert_eq!(
            (error.error(), &error),
            ("States.DataLimitExceeded", &EvalError::TooLarge)
        );
    }

    #[test]
    fn a_field_that_is_no_expression_is_refused_with_its_place() {
        let error = Template::parse(&json!({"a": [{"b.$": "text"}]})).unwrap_err();
        assert_eq!(
            (error.field.as_str(), error.location.join("/")),
            ("b.$", "a/0/b.$".to_owned())
        );
        for value in [
            json!("$."),
            json!("States.Nope()"),
            json!(1),
            json!({"c.$": "$"}),
        ] {
            assert!(Template::parse(&json!({"b.$": value})).is_err());
        }
        let deep = (0..1_000).fold(json!(1), |value, _| Value::Array(vec![value]));
        assert!(Template::parse(&deep).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".{0,30}") {
            let _ = Template::parse(&json!({"a.$": text, "b": {"c.$": format!("$.{text}")}}));
        }
    }
}
