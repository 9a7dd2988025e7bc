//! Evaluates a call: first its arguments, then the function.

use serde_json::Value;

use super::{Argument, Call, Function, array, encoding, format, json, math, text};
use crate::evaluation::EvalError;
use crate::path::{NotFound, Path, Root};
use crate::printed;
use crate::scope::{Random, Scope};

/// Why a call has no value, before it is known in which expression it stands.
pub(super) enum Failure {
    NotFound {
        path: String,
        reason: NotFound,
        input: String,
    },
    Refused(String),
}

impl Failure {
    /// The error of the expression with this text.
    pub(super) fn of(self, call: &str) -> EvalError {
        let call = call.to_owned();
        match self {
            Failure::NotFound {
                path,
                reason,
                input,
            } => EvalError::ArgumentNotFound {
                call,
                path,
                reason,
                input,
            },
            Failure::Refused(problem) => EvalError::Intrinsic { call, problem },
        }
    }
}

impl From<String> for Failure {
    fn from(problem: String) -> Self {
        Failure::Refused(problem)
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
    ) -> Result<Value, Failure> {
        let mut arguments = Vec::with_capacity(self.arguments.len());
        for argument in &self.arguments {
            arguments.push(match argument {
                Argument::Literal(value) => value.clone(),
                Argument::Path(path) => match path.select(scope) {
                    Ok(value) => value.into_owned(),
                    Err(reason) => {
                        return Err(Failure::NotFound {
                            path: named_in_causes(path),
                            reason,
                            input: printed::json(scope.input()),
                        });
                    }
                },
                Argument::Call(call) => call.eval(scope, random)?,
            });
        }
        Ok(self.function.apply(arguments, random)?)
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
