//! Intrinsic functions, `States.Format(…)` and the like, as payload templates call them.

mod array;
mod call;
pub(crate) mod encoding;
mod format;
mod java_hash;
mod json;
mod math;
mod parse;
pub(crate) mod text;

use serde_json::Value;
use thiserror::Error;

use crate::budget::Budget;
use crate::evaluation::EvalError;
use crate::path::Path;
use crate::scope::{Random, Scope};

/// An intrinsic expression: a call whose arguments may be calls.
#[derive(Debug, Clone, PartialEq)]
pub struct Intrinsic {
    text: String,
    call: Call,
}

/// A text that is no intrinsic expression.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{problem} (at character {position} of '{text}')")]
pub struct IntrinsicError {
    /// What is wrong with it.
    pub problem: String,
    /// Where, in characters from 0.
    pub position: usize,
    /// The whole expression.
    pub text: String,
}

#[derive(Debug, Clone, PartialEq)]
struct Call {
    /// The call as it was written.
    text: String,
    function: Function,
    arguments: Vec<Argument>,
}

#[derive(Debug, Clone, PartialEq)]
enum Argument {
    Literal(Value),
    Path(Path),
    Call(Call),
}

/// The functions of the language reference's section "Intrinsic functions".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Function {
    Format,
    StringToJson,
    JsonToString,
    Array,
    ArrayPartition,
    ArrayContains,
    ArrayRange,
    ArrayGetItem,
    ArrayLength,
    ArrayUnique,
    Base64Encode,
    Base64Decode,
    Hash,
    JsonMerge,
    MathRandom,
    MathAdd,
    StringSplit,
    Uuid,
}

impl Intrinsic {
    /// Reads an intrinsic expression: `States.Name(…)`. The function must exist and take that many
    /// arguments; calls nest at most ten deep.
    pub fn parse(text: &str) -> Result<Self, IntrinsicError> {
        Ok(Self {
            text: text.to_owned(),
            call: parse::call(text)?,
        })
    }

    /// The expression as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The paths that the expression reads, in order.
    pub fn paths(&self) -> Vec<&Path> {
        let mut paths = Vec::new();
        self.call.gather_paths(&mut paths);
        paths
    }

    /// The expression's value.
    pub fn eval(&self, scope: &dyn Scope, random: &mut dyn Random) -> Result<Value, EvalError> {
        self.eval_within(scope, random, &mut Budget::default())
    }

    /// As [`Intrinsic::eval`], as one of several expressions of a field.
    pub(crate) fn eval_within(
        &self,
        scope: &dyn Scope,
        random: &mut dyn Random,
        budget: &mut Budget,
    ) -> Result<Value, EvalError> {
        self.call
            .eval(scope, random, budget)
            .map_err(|failure| failure.of(&self.text))
    }
}

#[cfg(test)]
mod tests;
