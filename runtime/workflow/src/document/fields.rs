//! Reading the fields of a document, and collecting everything that is wrong with them.

use std::fmt;

use serde_json::{Map, Value};

use crate::validate::{Code, Diagnostic, Severity};

/// Something in a document that cannot be compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// Where it stands, as `/States/Name/Field`.
    location: String,
    /// What is wrong, and what to do.
    message: String,
}

impl Problem {
    /// A text that is no JSON.
    pub(crate) fn json(error: &serde_json::Error) -> Self {
        Self {
            location: String::new(),
            message: format!("This is no JSON: {error}"),
        }
    }
}

impl From<Problem> for Diagnostic {
    fn from(problem: Problem) -> Self {
        Self {
            severity: Severity::Error,
            code: Code::SchemaValidationFailed,
            message: problem.message,
            location: Some(problem.location),
            state: None,
            field: None,
            advice: "Correct it.".to_owned(),
        }
    }
}

/// Everything that was found wrong so far.
#[derive(Debug, Default)]
pub(super) struct Problems(pub(super) Vec<Problem>);

/// An object of the document, with the place it stands at.
#[derive(Clone)]
pub(super) struct Fields<'a> {
    pub(super) object: &'a Map<String, Value>,
    pub(super) location: String,
}

impl<'a> Fields<'a> {
    pub(super) fn of(value: &'a Value, location: String, problems: &mut Problems) -> Option<Self> {
        match value {
            Value::Object(object) => Some(Self { object, location }),
            _ => {
                problems.add(location, "Give an object here");
                None
            }
        }
    }

    pub(super) fn get(&self, field: &str) -> Option<&'a Value> {
        self.object.get(field)
    }

    pub(super) fn at(&self, field: impl fmt::Display) -> String {
        format!("{}/{field}", self.location)
    }

    pub(super) fn text(&self, field: &str, problems: &mut Problems) -> Option<&'a str> {
        match self.get(field)? {
            Value::String(text) => Some(text),
            _ => {
                problems.add(self.at(field), "Give a string here");
                None
            }
        }
    }

    pub(super) fn required_text(&self, field: &str, problems: &mut Problems) -> &'a str {
        if self.get(field).is_none() {
            problems.add(
                self.location.clone(),
                format!("The field '{field}' is required"),
            );
        }
        self.text(field, problems).unwrap_or_default()
    }

    pub(super) fn object(&self, field: &str, problems: &mut Problems) -> Option<Fields<'a>> {
        let value = self.get(field)?;
        Fields::of(value, self.at(field), problems)
    }

    pub(super) fn array(&self, field: &str, problems: &mut Problems) -> &'a [Value] {
        match self.get(field) {
            None => &[],
            Some(Value::Array(values)) => values,
            Some(_) => {
                problems.add(self.at(field), "Give an array here");
                &[]
            }
        }
    }

    /// Parses a field with `parse`, when it is there.
    pub(super) fn parsed<T, E: fmt::Display>(
        &self,
        field: &str,
        problems: &mut Problems,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let text = self.text(field, problems)?;
        problems.keep(self.at(field), parse(text))
    }
}

impl Problems {
    pub(super) fn add(&mut self, location: String, message: impl Into<String>) {
        self.0.push(Problem {
            location,
            message: message.into(),
        });
    }

    /// The value, or nothing and its error noted.
    pub(super) fn keep<T, E: fmt::Display>(
        &mut self,
        location: String,
        result: Result<T, E>,
    ) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.add(location, error.to_string());
                None
            }
        }
    }
}
