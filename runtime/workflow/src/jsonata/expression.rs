//! One expression, `{% … %}`.

use indexmap::IndexMap;
use jsonata_core::ast::AstNode;
use jsonata_core::evaluator::{Context, Evaluator, EvaluatorError, EvaluatorOptions};
use jsonata_core::value::JValue;
use serde_json::Value;

use super::blame;
use super::bounds::is_too_large;
use super::convert::{NoValue, leaving, passing};
use super::error::{JsonataError, Problem, QueryError};
use super::functions;
use super::needed::Needed;
use super::prepare::{self, NOW, References};
use super::top_level;
use super::tree;
use super::wording::{parse_problem, worded};
use crate::scope::{Random, Scope};

/// How long one evaluation may take.
const MAX_MILLIS: u64 = 1_000;
/// How many parts of a failed expression are evaluated again, and how long each may take.
const MAX_TRIES: u32 = 20;
const TRY_MILLIS: u64 = 25;
/// How deep an evaluation may nest.
const MAX_DEPTH: usize = 99;
/// How many items a sequence may have.
const MAX_SEQUENCE: usize = 873_782;

/// A compiled expression.
#[derive(Debug, Clone, PartialEq)]
pub struct JsonataString {
    text: String,
    ast: AstNode,
    references: References,
    /// What the expression reads of a context item.
    top_level: Vec<String>,
    /// The names of an expression that is a path of fields only.
    plain: Option<Vec<String>>,
}

impl JsonataString {
    /// Whether a text is an expression: it stands between `{%` and `%}`.
    pub fn is_expression(text: &str) -> bool {
        text.len() >= 4 && text.starts_with("{%") && text.ends_with("%}")
    }

    /// Compiles `{% … %}`.
    pub fn parse(text: &str) -> Result<Self, JsonataError> {
        let inner = text
            .strip_prefix("{%")
            .and_then(|text| text.strip_suffix("%}"));
        let Some(inner) = inner else {
            return Err(JsonataError {
                message: "an expression stands between {% and %}".to_owned(),
            });
        };
        let inner = inner.trim();
        match jsonata_core::parser::parse(inner) {
            Ok(mut ast) => {
                let plain = tree::plain_path(&ast);
                let top_level = top_level::references(&ast);
                let references = prepare::prepare(&mut ast);
                Ok(Self {
                    text: inner.to_owned(),
                    ast,
                    references,
                    top_level,
                    plain,
                })
            }
            Err(error) => Err(JsonataError {
                message: parse_problem(&error.to_string()),
            }),
        }
    }

    /// The expression, without its `{%` and `%}`.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What the expression reads of a context item, each name once: fields (`name`) and the item
    /// itself (`$`, `$$`). There is no context item, so Step Functions refuses such an expression.
    pub fn top_level_references(&self) -> &[String] {
        &self.top_level
    }

    /// Whether the expression reads `$states.errorOutput`, which is only there for a catcher.
    pub fn reads_error_output(&self) -> bool {
        self.references.error_output
    }

    /// The expression's value. `field` names where it stands, as `Output/name[0]`. An evaluation is
    /// stopped after a second, and when it nests too deep or makes too large a value.
    pub fn eval(
        &self,
        field: &str,
        scope: &dyn Scope,
        random: &mut dyn Random,
    ) -> Result<Value, QueryError> {
        if let Some(value) = self.plain.as_deref().and_then(|names| select(names, scope)) {
            return Ok(passing(value));
        }
        self.evaluate(scope, random)
            .map_err(|problem| self.failed(field, problem))
    }

    /// The error of an expression whose value is one too much for its field.
    pub(super) fn too_large(&self, field: &str) -> QueryError {
        self.failed(field, Problem::too_large())
    }

    fn failed(&self, field: &str, problem: Problem) -> QueryError {
        QueryError {
            expression: self.text.clone(),
            field: field.to_owned(),
            problem,
        }
    }

    fn evaluate(&self, scope: &dyn Scope, random: &mut dyn Random) -> Result<Value, Problem> {
        let value = self
            .evaluator(MAX_MILLIS, scope, random)
            .and_then(|mut evaluator| evaluator.evaluate(&self.ast, &JValue::Undefined))
            .map_err(|error| self.problem(&error, scope))?;
        if is_too_large(&value) {
            return Err(Problem::too_large());
        }
        leaving(&value).map_err(|none| match none {
            NoValue::Undefined => Problem::Undefined,
            NoValue::Function => Problem::Unsupported,
            NoValue::TooDeep => Problem::too_deep(),
        })
    }

    /// An evaluator that knows what the expression refers to.
    fn evaluator(
        &self,
        millis: u64,
        scope: &dyn Scope,
        random: &mut dyn Random,
    ) -> Result<Evaluator, EvaluatorError> {
        let mut context = Context::new();
        for (name, needed) in &self.references.names {
            if let Some(value) = bound(name, needed, scope) {
                context.bind(name.clone(), value);
            }
        }
        let options = EvaluatorOptions {
            timeout_ms: Some(millis),
            max_stack_depth: Some(MAX_DEPTH),
            max_sequence_length: Some(MAX_SEQUENCE),
            ..EvaluatorOptions::default()
        };
        let mut evaluator = Evaluator::with_options(context, options);
        let names = self.references.names.keys();
        functions::register(&mut evaluator, names, scope.now_ms(), random)?;
        Ok(evaluator)
    }

    /// What happened, in Step Functions' words. To find the part of the expression that failed,
    /// some are evaluated again; that takes half a second at most.
    fn problem(&self, error: &EvaluatorError, scope: &dyn Scope) -> Problem {
        let code = error.code().unwrap_or_default();
        match code {
            "D1011" | "U1001" => return Problem::too_deep(),
            "D1012" => return Problem::too_long(),
            "D2015" => return Problem::too_large(),
            "" => {
                return Problem::Exceeded {
                    message: error.message().to_owned(),
                };
            }
            _ => {}
        }
        let mut tries = MAX_TRIES;
        let mut again = |node: &AstNode| {
            tries = tries.checked_sub(1)?;
            let evaluator = self.evaluator(TRY_MILLIS, scope, &mut Unspent);
            Some(evaluator.and_then(|mut it| it.evaluate(node, &JValue::Undefined)))
        };
        let message = match code {
            "T2009" | "T2010" => blame::comparison(&self.ast, &mut |node| again(node)?.ok()),
            _ => None,
        };
        let called = match (self.references.only_call(), code) {
            (Some(name), _) => Some(name),
            (None, "T0410" | "T0411" | "T0412") => blame::call(
                &self.ast,
                &mut |node| matches!(again(node), Some(Err(error)) if error.code() == Some(code)),
            ),
            (None, _) => None,
        };
        Problem::Failed {
            message: message.unwrap_or_else(|| worded(error.message(), called)),
        }
    }
}

/// Bits for what is evaluated again: the source of random bits stays as it is.
struct Unspent;

impl Random for Unspent {
    fn next_u64(&mut self) -> u64 {
        0
    }
}

/// What a path of fields selects, as long as it leads through objects only.
fn select<'s>(names: &[String], scope: &'s dyn Scope) -> Option<&'s Value> {
    let (first, fields) = names.split_first()?;
    let (mut value, fields) = if first == "states" {
        let (part, fields) = fields.split_first()?;
        let without_input = match fields {
            [first, rest @ ..] => {
                first != "Execution" || rest.first().is_some_and(|second| second != "Input")
            }
            [] => false,
        };
        if part == "context" && without_input {
            (scope.context_without_input(), fields)
        } else {
            (part_of_states(part, scope)?, fields)
        }
    } else {
        (scope.variable(first)?, fields)
    };
    for field in fields {
        value = value.as_object()?.get(field)?;
    }
    Some(value)
}

fn part_of_states<'s>(name: &str, scope: &'s dyn Scope) -> Option<&'s Value> {
    match name {
        "input" => Some(scope.input()),
        "context" => Some(scope.context()),
        "result" => scope.result(),
        "errorOutput" => scope.error_output(),
        _ => None,
    }
}

/// The needed parts of the value that stands under a name, if one does.
fn bound(name: &str, needed: &Needed, scope: &dyn Scope) -> Option<JValue> {
    match name {
        NOW => {
            let now = scope.now_ms() as f64;
            Some(JValue::Number(now))
        }
        "states" => {
            let parts: IndexMap<String, JValue> = ["input", "result", "errorOutput", "context"]
                .into_iter()
                .filter_map(|part| {
                    let needed = needed.of(part)?;
                    let value = match part {
                        "context" if !needed.reads(&["Execution", "Input"]) => {
                            scope.context_without_input()
                        }
                        part => part_of_states(part, scope)?,
                    };
                    Some((part.to_owned(), needed.entering(value)))
                })
                .collect();
            Some(JValue::object(parts))
        }
        // No variable takes the place of a function that was put into the expression.
        name if name.starts_with('\u{0}') => None,
        name => scope.variable(name).map(|value| needed.entering(value)),
    }
}
