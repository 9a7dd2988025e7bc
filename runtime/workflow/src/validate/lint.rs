//! Warnings: values that look like paths where paths are not read.

use serde_json::Value;

use super::fields::{Language, StateType};
use super::location::Location;
use super::machine::Checker;
use super::state::State;
use super::{Code, syntax};

/// Whether a text was most likely meant as a path or a call of an intrinsic function.
fn looks_dynamic(text: &str) -> bool {
    let path = ["$.", "$[", "$$."]
        .iter()
        .any(|start| text.starts_with(start));
    (path && syntax::path(text).is_ok())
        || (text.starts_with("States.") && syntax::intrinsic(text).is_ok())
}

impl Checker {
    /// What in a state looks wrong, and is taken. Only JSONPath has these traps.
    pub(super) fn lint(&mut self, state: State, state_type: StateType) {
        if state.language == Language::Jsonata {
            return;
        }
        for name in ["Parameters", "ResultSelector", "ItemSelector", "Assign"] {
            if let Some((at, template)) = state.field(name) {
                self.static_paths(&at, template);
            }
        }
        if state_type == StateType::Pass
            && let Some((at, result)) = state.field("Result")
        {
            self.static_result(&at, result);
        }
        if state_type == StateType::Fail {
            for name in ["Error", "Cause"] {
                if let Some((at, value)) = state.field(name) {
                    self.no_path(&at, name, value);
                }
            }
        }
        if let Some((at, rules)) = state.field("Choices") {
            for (index, rule) in rules.as_array().into_iter().flatten().enumerate() {
                self.rule(&at.item(index), rule);
            }
        }
    }

    fn static_paths(&mut self, at: &Location, value: &Value) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    let at = at.field(name);
                    if name.ends_with(".$") {
                        continue;
                    }
                    if value.as_str().is_some_and(looks_dynamic) {
                        self.warning(
                            Code::NoDollar,
                            &at,
                            format!(
                                "The value of field '{name}' looks like a JSONPath or an intrinsic \
                                 function, but the field's name does not end in '.$'"
                            ),
                            format!("Name it {name}.$ to have it evaluated."),
                        );
                    }
                    self.static_paths(&at, value);
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.static_paths(&at.item(index), item);
                }
            }
            _ => {}
        }
    }

    fn static_result(&mut self, at: &Location, value: &Value) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    let at = at.field(name);
                    if name.ends_with(".$") && value.as_str().is_some_and(looks_dynamic) {
                        self.warning(
                            Code::PassResultIsStatic,
                            &at,
                            "The result of a Pass state is static: paths in it are not evaluated",
                            "Use Parameters instead of Result.",
                        );
                    }
                    self.static_result(&at, value);
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.static_result(&at.item(index), item);
                }
            }
            _ => {}
        }
    }

    fn rule(&mut self, at: &Location, rule: &Value) {
        for (name, value) in rule.as_object().into_iter().flatten() {
            let at = at.field(name);
            match value {
                Value::Object(_) if name == "Not" => self.rule(&at, value),
                Value::Array(parts) => {
                    for (index, part) in parts.iter().enumerate() {
                        self.rule(&at.item(index), part);
                    }
                }
                _ if name.starts_with("String") && !name.ends_with("Path") => {
                    self.no_path(&at, name, value);
                }
                _ => {}
            }
        }
    }

    fn no_path(&mut self, at: &Location, name: &str, value: &Value) {
        if value.as_str().is_some_and(looks_dynamic) {
            self.warning(
                Code::NoPath,
                at,
                format!("The value of field '{name}' looks like a path, but the field's name does not end in 'Path'"),
                format!("Use {name}Path to have it evaluated."),
            );
        }
    }
}
