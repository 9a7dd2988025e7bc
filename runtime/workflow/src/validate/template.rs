//! Payload templates, of both query languages, and assignments to variables.

use serde_json::Value;

use super::fields::Language;
use super::location::Location;
use super::machine::Checker;
use super::names;

impl Checker {
    /// A template: in JSONPath the fields whose names end in `.$` hold paths or intrinsic functions;
    /// in JSONata every string of the form `{% … %}` is an expression.
    pub(super) fn template(&mut self, at: &Location, value: &Value, language: Language) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    if language == Language::JsonPath && name.ends_with(".$") {
                        self.dynamic_field(at, name, value);
                    } else {
                        self.template(&at.field(name), value, language);
                    }
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.template(&at.item(index), item, language);
                }
            }
            Value::String(text) if language == Language::Jsonata => {
                self.jsonata(at, text);
            }
            _ => {}
        }
    }

    fn dynamic_field(&mut self, at: &Location, name: &str, value: &Value) {
        match value.as_str() {
            Some(text) => self.path_or_intrinsic(at, name, text),
            None => self.schema_error(
                at,
                format!(
                    "The value for the field '{name}' must be a valid JSONPath or a valid \
                     intrinsic function call"
                ),
                format!("Write a string, or take the .$ off the name {name}."),
            ),
        }
    }

    /// `Assign`: an object of variables' names and templates.
    pub(super) fn assign(&mut self, at: &Location, value: &Value, language: Language) {
        let Some(variables) = self.object(at, value) else {
            return;
        };
        for name in variables.keys() {
            let variable = match language {
                Language::JsonPath => name.strip_suffix(".$").unwrap_or(name),
                Language::Jsonata => name,
            };
            if let Some(fault) = names::variable_fault(variable) {
                self.schema_error(
                    &at.field(name),
                    fault,
                    "Use letters, digits and _, not a digit first, and not the name states.",
                );
            }
        }
        self.template(at, value, language);
    }
}
