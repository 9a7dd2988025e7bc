//! What the checks share, and the checks of a machine: the document, a branch, a processor.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::fields::Language;
use super::location::Location;
use super::names::MAX_NAME_CHARS;
use super::{Code, Diagnostic, MachineType};

const LANGUAGES: &str = "Use JSONPath or JSONata.";

/// Collects what is wrong.
pub(super) struct Checker {
    pub(super) machine_type: MachineType,
    /// The document's query language, which states have unless they say otherwise.
    pub(super) language: Language,
    pub(super) labels: HashSet<String>,
    /// Whether this is inside a catcher, where expressions may read the error.
    pub(super) catching: bool,
    state_names: HashSet<String>,
    errors: Vec<Diagnostic>,
    warnings: Vec<Diagnostic>,
}

impl Checker {
    pub(super) fn new(machine_type: MachineType) -> Self {
        Self {
            machine_type,
            language: Language::JsonPath,
            labels: HashSet::new(),
            catching: false,
            state_names: HashSet::new(),
            errors: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// Errors, then warnings.
    pub(super) fn finish(mut self) -> Vec<Diagnostic> {
        self.errors.append(&mut self.warnings);
        self.errors
    }

    /// Notes an error in what the schema says: most errors are.
    pub(super) fn schema_error(
        &mut self,
        at: &Location,
        message: impl Into<String>,
        advice: impl Into<String>,
    ) {
        self.error(Code::SchemaValidationFailed, Some(at), message, advice);
    }

    pub(super) fn error(
        &mut self,
        code: Code,
        at: Option<&Location>,
        message: impl Into<String>,
        advice: impl Into<String>,
    ) {
        self.errors
            .push(Diagnostic::error(code, message, at, advice));
    }

    pub(super) fn warning(
        &mut self,
        code: Code,
        at: &Location,
        message: impl Into<String>,
        advice: impl Into<String>,
    ) {
        self.warnings
            .push(Diagnostic::warning(code, message, at, advice));
    }

    /// Notes which of these fields an object does not have.
    pub(super) fn require(&mut self, at: &Location, object: &Map<String, Value>, names: &[&str]) {
        let missing: Vec<&str> = names
            .iter()
            .copied()
            .filter(|name| !object.contains_key(*name))
            .collect();
        if !missing.is_empty() {
            let missing = missing.join(", ");
            self.schema_error(
                at,
                format!("These fields are required: [{missing}]"),
                format!("Add {missing}."),
            );
        }
    }

    /// Notes that a field must not be there.
    pub(super) fn unsupported(&mut self, at: &Location, name: &str, advice: &str) {
        self.schema_error(at, format!("Field '{name}' is not supported"), advice);
    }

    /// The object at a place, or a note that it must be one.
    pub(super) fn object<'a>(
        &mut self,
        at: &Location,
        value: &'a Value,
    ) -> Option<&'a Map<String, Value>> {
        let object = value.as_object();
        if object.is_none() {
            self.schema_error(at, "Value must be an object", "Write an object: { … }.");
        }
        object
    }

    /// A whole document.
    pub(super) fn document(&mut self, document: &Value) {
        let at = Location::root();
        let Some(fields) = self.object(&at, document) else {
            return;
        };
        if let Some(language) = fields.get("QueryLanguage") {
            self.language = self
                .query_language(&at.field("QueryLanguage"), language)
                .unwrap_or(Language::Jsonata);
        }
        if let Some(version) = fields.get("Version") {
            self.string(&at.field("Version"), version);
        }
        if let Some(seconds) = fields.get("TimeoutSeconds") {
            self.seconds(&at.field("TimeoutSeconds"), seconds, 1, Language::JsonPath);
        }
        let allowed = [
            "Comment",
            "StartAt",
            "States",
            "Version",
            "TimeoutSeconds",
            "QueryLanguage",
        ];
        self.machine(&at, fields, &allowed);
    }

    /// A machine: the document, a branch of a Parallel state, a Map state's processor.
    pub(super) fn machine(&mut self, at: &Location, fields: &Map<String, Value>, allowed: &[&str]) {
        for name in fields.keys() {
            if !allowed.contains(&name.as_str()) {
                let advice = format!("Take it out; here there are {}.", allowed.join(", "));
                self.unsupported(at, name, &advice);
            }
        }
        self.require(at, fields, &["States", "StartAt"]);
        if let Some(start) = fields.get("StartAt") {
            self.string(&at.field("StartAt"), start);
        }
        let Some(states) = fields.get("States") else {
            return;
        };
        let states_at = at.field("States");
        let Some(states) = self.object(&states_at, states) else {
            return;
        };
        if states.is_empty() {
            self.schema_error(
                &states_at,
                "Object must have at least 1 properties",
                "Add a state.",
            );
            return;
        }
        for (name, state) in states {
            let state_at = at.enter_state(name);
            self.state_name(&state_at, name);
            self.state(&state_at, state);
        }
        self.transitions(at, fields.get("StartAt"), states);
    }

    fn state_name(&mut self, at: &Location, name: &str) {
        if name.is_empty() || name.chars().count() > MAX_NAME_CHARS {
            self.error(
                Code::InvalidStateName,
                Some(at),
                format!("State name must have between 1 and {MAX_NAME_CHARS} characters"),
                "Give it another name, and change the transitions that lead to it.",
            );
        }
        if !self.state_names.insert(name.to_owned()) {
            self.error(
                Code::DuplicateStateName,
                Some(at),
                format!("Duplicate State name: {name}"),
                "Names are unique in the whole document, branches and processors included: give \
                 one of the two another name.",
            );
        }
    }

    /// The query language that a field names, or a note that it names none. What names none is then
    /// read as JSONata, as Step Functions does.
    pub(super) fn query_language(&mut self, at: &Location, value: &Value) -> Option<Language> {
        match value.as_str() {
            Some("JSONPath") => Some(Language::JsonPath),
            Some("JSONata") => Some(Language::Jsonata),
            _ => {
                let message = "Value is not one of: [JSONPath, JSONata]";
                self.schema_error(at, message, LANGUAGES);
                None
            }
        }
    }
}
