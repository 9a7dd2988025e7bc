//! Evaluates a call: first its arguments, then the function.

use serde_json::Value;

use super::{Argument, Call, Function, array, encoding, format, json, math, text};
use crate::budget::{Budget, Exceeded};
use crate::evaluation::EvalError;
use crate::path::{NotFound, Path, Root};
use crate::printed;
use crate::scope::{Random, Scope};

/// Why a call has no value, before it is known in which expression it stands.
pub(super) enum Failure {
    NotFound {
        path: String,
        reason: Box<NotFound>,
        input: String,
    },
    Refused {
        call: String,
        problem: String,
    },
    TooLarge,
}

impl From<Exceeded> for Failure {
    fn from(_: Exceeded) -> Self {
        Failure::TooLarge
    }
}

impl Failure {
    /// The error of the expression with this text.
    pub(super) fn of(self, expression: &str) -> EvalError {
        match self {
            Failure::NotFound {
                path,
                reason,
                input,
            } => EvalError::ArgumentNotFound {
                call: expression.to_owned(),
                path,
                reason,
                input,
            },
            Failure::Refused { call, problem } => EvalError::Intrinsic { call, problem },
            Failure::TooLarge => EvalError::TooLarge,
        }
    }
}

impl Call {
    pub(super) fn gather_paths<'c>(&'c self, paths: &mut Vec<&'c Path>) {
        for argument in &self.arguments {
            match argument {
                Argument::Path(path) => paths.push(path),
                Argument::Call(call) => call.gather_paths(paths),
                Argument::Literal(_) => {}
            }
        }
    }

    pub(super) fn eval(
        &self,
        scope: &dyn Scope,
        random: &mut dyn Random,
        budget: &mut Budget,
    ) -> Result<Value, Failure> {
        let mut arguments = Vec::with_capacity(self.arguments.len());
        for (at, argument) in self.arguments.iter().enumerate() {
            arguments.push(match argument {
                // The template keeps its escapes: a brace in it may be meant as such.
                Argument::Literal(value) if self.function == Function::Format && at == 0 => {
                    value.clone()
                }
                Argument::Literal(value) => unescaped(value),
                Argument::Path(path) => match path.select(scope) {
                    Ok(value) => {
                        budget.spend(&value)?;
                        value.into_owned()
                    }
                    Err(reason) => {
                        return Err(Failure::NotFound {
                            path: named_in_causes(path),
                            reason: Box::new(reason),
                            input: printed::json(scope.input()),
                        });
                    }
                },
                Argument::Call(call) => {
                    let value = call.eval(scope, random, budget)?;
                    // What was parsed from text is formatted as the JSON it is.
                    if self.function == Function::Format && call.function == Function::StringToJson
                    {
                        Value::String(printed::json(&value))
                    } else {
                        value
                    }
                }
            });
        }
        let value = self
            .function
            .apply(arguments, random)
            .map_err(|problem| Failure::Refused {
                call: self.text.clone(),
                problem,
            })?;
        budget.spend(&value)?;
        Ok(value)
    }
}

impl Function {
    fn apply(self, arguments: Vec<Value>, random: &mut dyn Random) -> Result<Value, String> {
        match self {
            Function::Format => format::format(&arguments).map(Value::String),
            Function::StringToJson => json::string_to_json(&arguments),
            Function::JsonToString => json::json_to_string(&arguments).map(Value::String),
            Function::JsonMerge => json::merge(&arguments),
            Function::Array => Ok(Value::Array(arguments)),
            Function::ArrayPartition => array::partition(&arguments),
            Function::ArrayContains => array::contains(&arguments),
            Function::ArrayRange => array::range(&arguments),
            Function::ArrayGetItem => array::get_item(&arguments),
            Function::ArrayLength => array::length(&arguments),
            Function::ArrayUnique => array::unique(&arguments),
            Function::Base64Encode => encoding::base64_encode(&arguments).map(Value::String),
            Function::Base64Decode => encoding::base64_decode(&arguments).map(Value::String),
            Function::Hash => encoding::hash(&arguments).map(Value::String),
            Function::MathRandom => math::random(&arguments, random),
            Function::MathAdd => math::add(&arguments),
            Function::StringSplit => text::split(&arguments),
            Function::Uuid => Ok(Value::String(text::uuid(random))),
        }
    }
}

/// A path into the context object is named as if the context object were the input.
fn named_in_causes(path: &Path) -> String {
    match path.root() {
        Root::Context => path.text().replacen("$$", "$", 1),
        Root::Input | Root::Variable(_) => path.text().to_owned(),
    }
}

/// A literal with its escaped backslashes and braces resolved.
fn unescaped(literal: &Value) -> Value {
    let Value::String(text) = literal else {
        return literal.clone();
    };
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => plain.extend(chars.next()),
            c => plain.push(c),
        }
    }
    Value::String(plain)
}
