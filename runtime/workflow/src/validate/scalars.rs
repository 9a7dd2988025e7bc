//! Values that are no objects: strings, numbers, times, paths.

use serde_json::Value;

use super::fields::Language;
use super::location::Location;
use super::machine::Checker;
use super::syntax;

/// The longest time that any field takes, in seconds: a little more than three years.
pub(super) const MAX_SECONDS: u64 = 99_999_999;

impl Checker {
    /// The string at a place, or a note that it must be one.
    pub(super) fn string<'a>(&mut self, at: &Location, value: &'a Value) -> Option<&'a str> {
        let text = value.as_str();
        if text.is_none() {
            self.schema_error(at, "Value must be a string", "Write a string: \"…\".");
        }
        text
    }

    /// Notes what is no boolean.
    pub(super) fn boolean(&mut self, at: &Location, value: &Value) {
        if !value.is_boolean() {
            self.schema_error(at, "Value must be a boolean", "Write true or false.");
        }
    }

    /// The array at a place, or a note that it must be one.
    pub(super) fn array<'a>(&mut self, at: &Location, value: &'a Value) -> Option<&'a [Value]> {
        let array = value.as_array().map(Vec::as_slice);
        if array.is_none() {
            self.schema_error(at, "Value must be an array", "Write an array: [ … ].");
        }
        array
    }

    /// A whole number in a range; in JSONata an expression will do.
    pub(super) fn whole_number(
        &mut self,
        at: &Location,
        value: &Value,
        least: u64,
        most: u64,
        language: Language,
    ) {
        if self.is_expression(at, value, language) {
            return;
        }
        let whole = value
            .as_f64()
            .filter(|number| number.fract() == 0.0)
            .is_some_and(|number| (least as f64..=most as f64).contains(&number));
        if !whole {
            self.schema_error(
                at,
                format!("Value must be an integer between {least} and {most}"),
                format!("Write a whole number from {least} to {most}."),
            );
        }
    }

    /// A number in a range; in JSONata an expression will do.
    pub(super) fn number(
        &mut self,
        at: &Location,
        value: &Value,
        least: f64,
        most: f64,
        language: Language,
    ) {
        if self.is_expression(at, value, language) {
            return;
        }
        let within = value
            .as_f64()
            .is_some_and(|number| (least..=most).contains(&number));
        if !within {
            let range = if most == f64::MAX {
                format!("of at least {least}")
            } else {
                format!("between {least} and {most}")
            };
            self.schema_error(
                at,
                format!("Value must be a number {range}"),
                format!("Write a number {range}."),
            );
        }
    }

    /// A moment; in JSONata an expression will do.
    pub(super) fn timestamp(&mut self, at: &Location, value: &Value, language: Language) {
        if self.is_expression(at, value, language) {
            return;
        }
        if !value.as_str().is_some_and(syntax::is_timestamp) {
            self.schema_error(
                at,
                "String does not match RFC3339 timestamp",
                "Write it as 2016-03-14T01:59:00Z.",
            );
        }
    }

    /// A path into the input, the context object (`$$`) or a variable (`$name`).
    pub(super) fn path(&mut self, at: &Location, text: &str) {
        if let Err(reason) = syntax::path(text) {
            self.schema_error(
                at,
                "Value is not a valid JSONPath",
                format!("Write a path such as $.name; here: {reason}."),
            );
        }
    }

    /// Where a result goes: null, or a path that names one place in the input.
    pub(super) fn result_path(&mut self, at: &Location, value: &Value) {
        if value.is_null() {
            return;
        }
        let Some(text) = self.string(at, value) else {
            return;
        };
        if let Err(reason) = syntax::reference_path(text) {
            self.schema_error(
                at,
                "Value is not a Reference Path",
                format!("Write a path of fields and indexes such as $.name[0]; here: {reason}."),
            );
        }
    }

    /// A path or a call of an intrinsic function, in the field of this name.
    pub(super) fn path_or_intrinsic(&mut self, at: &Location, name: &str, text: &str) {
        let checked = if text.starts_with('$') {
            syntax::path(text)
        } else {
            syntax::intrinsic(text)
        };
        if let Err(reason) = checked {
            self.schema_error(
                at,
                format!(
                    "The value for the field '{name}' must be a valid JSONPath or a valid \
                     intrinsic function call"
                ),
                format!("Write a path such as $.name, or a function such as States.UUID(); here: {reason}."),
            );
        }
    }

    fn is_expression(&mut self, at: &Location, value: &Value, language: Language) -> bool {
        match (language, value.as_str()) {
            (Language::Jsonata, Some(text)) => self.jsonata(at, text),
            _ => false,
        }
    }
}
