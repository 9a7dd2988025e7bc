//! Paths as Step Functions reads them: JSONPath in the dialect of Jayway's library, which reads the
//! state's input (`$`), the context object (`$$`) or a workflow variable (`$name`).
//!
//! A definite path names one place; an indefinite one (a wildcard, a slice, a filter, several names,
//! a deep scan) gives an array of all it matches. Evaluation is bounded: see [`MAX_MATCHES`].

mod failure;
mod filter;
mod filter_parse;
mod function;
mod parse;
mod query;
mod reference;
mod regex;
mod step;
mod walk;

use std::borrow::Cow;
use std::fmt;

use serde_json::Value;

use crate::scope::Scope;

pub use failure::{NotFound, PathError};
pub use query::MAX_MATCHES;
pub use reference::{CannotPut, ReferencePath};

use step::Step;

/// The value a path starts at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Root {
    /// `$`: the state's input.
    Input,
    /// `$$`: the context object.
    Context,
    /// `$name`: a workflow variable.
    Variable(String),
}

/// A parsed path.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    text: String,
    root: Root,
    steps: Vec<Step>,
}

impl Path {
    /// Reads a path. It must begin with `$`.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        let (root, steps) = parse::path(text)?;
        Ok(Self {
            text: text.to_owned(),
            root,
            steps,
        })
    }

    /// The value the path starts at.
    pub fn root(&self) -> &Root {
        &self.root
    }

    /// Whether the path names one place at most.
    pub fn is_definite(&self) -> bool {
        step::are_definite(&self.steps)
    }

    /// Whether the path has fields and indexes only, as a reference path has.
    pub fn is_reference(&self) -> bool {
        self.steps.iter().all(Step::is_reference)
    }

    /// Whether the path, when it starts at the context object, may need `Execution.Input`.
    fn reads_input_of_execution(&self) -> bool {
        let Some((first, rest)) = self.steps.split_first().filter(|_| self.is_reference()) else {
            return true;
        };
        first.leads_to("Execution") && rest.first().is_none_or(|second| second.leads_to("Input"))
    }

    /// The path as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What the path selects in `root`: the one value of a definite path, or the array of an
    /// indefinite path's matches, which may be empty.
    pub fn query(&self, root: &Value) -> Result<Value, NotFound> {
        self.find(root).map(Cow::into_owned)
    }

    /// As [`Path::query`], without copying a value that stands in `root`.
    pub fn find<'a>(&self, root: &'a Value) -> Result<Cow<'a, Value>, NotFound> {
        query::find(&self.steps, root)
    }

    /// What the path selects in the value it starts at. A variable that was never assigned is not
    /// found.
    pub fn select<'a>(&self, scope: &'a dyn Scope) -> Result<Cow<'a, Value>, NotFound> {
        match &self.root {
            Root::Input => self.find(scope.input()),
            Root::Context if self.reads_input_of_execution() => self.find(scope.context()),
            Root::Context => self.find(scope.context_without_input()),
            Root::Variable(name) => match scope.variable(name) {
                Some(value) => self.find(value),
                None => Err(NotFound::Variable { name: name.clone() }),
            },
        }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests;
