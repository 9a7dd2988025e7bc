//! One state: its fields, and what each must be.

use serde_json::{Map, Value};

use super::fields::{self, Language, StateType};
use super::likeness;
use super::location::Location;
use super::machine::Checker;
use super::scalars::MAX_SECONDS;

type Fields = Map<String, Value>;

/// What a state's checks need to know of it.
#[derive(Clone, Copy)]
pub(super) struct State<'a> {
    pub(super) at: &'a Location,
    pub(super) fields: &'a Fields,
    pub(super) language: Language,
}

impl<'a> State<'a> {
    /// The value and place of a field that it has and may have.
    pub(super) fn field(&self, name: &str) -> Option<(Location, &'a Value)> {
        self.fields
            .get(name)
            .map(|value| (self.at.field(name), value))
    }
}

impl Checker {
    /// A state at its place.
    pub(super) fn state(&mut self, at: &Location, value: &Value) {
        let Some(fields) = self.object(at, value) else {
            return;
        };
        let language = self.state_language(at, fields);
        let Some(state_type) = self.state_type(at, fields) else {
            return;
        };
        for name in fields.keys() {
            if let Some(fault) = fields::fault(state_type, language, name) {
                let meant = likeness::closest(name, fields::names(state_type, language));
                let advice = match meant {
                    Some(meant) => format!("{meant} was perhaps meant."),
                    None => format!("Take {name} out, or use the field that does this here."),
                };
                self.schema_error(at, fault, advice);
            }
        }
        self.require(at, fields, state_type.required());
        if state_type.has_next() {
            self.next_or_end(at, fields);
        }
        let state = State {
            at,
            fields,
            language,
        };
        match state_type {
            StateType::Pass | StateType::Succeed => {}
            StateType::Task => self.task(state),
            StateType::Choice => self.choice(state),
            StateType::Wait => self.wait(state),
            StateType::Fail => self.fail(state),
            StateType::Parallel => self.parallel(state),
            StateType::Map => self.map(state),
        }
        self.data_flow(state);
        self.handlers(state);
        self.lint(state, state_type);
    }

    fn state_language(&mut self, at: &Location, fields: &Fields) -> Language {
        let Some(value) = fields.get("QueryLanguage") else {
            return self.language;
        };
        let language = self
            .query_language(&at.field("QueryLanguage"), value)
            .unwrap_or(Language::Jsonata);
        if language == Language::JsonPath && self.language == Language::Jsonata {
            self.schema_error(
                at,
                "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine",
                "Take the document's QueryLanguage out and give it to the states that use JSONata, \
                 or write this state in JSONata.",
            );
        }
        language
    }

    fn state_type(&mut self, at: &Location, fields: &Fields) -> Option<StateType> {
        self.require(at, fields, &["Type"]);
        let value = fields.get("Type")?;
        let state_type = value.as_str().and_then(StateType::parse);
        if state_type.is_none() {
            self.schema_error(
                &at.field("Type"),
                "Value is not one of: [Pass, Task, Choice, Wait, Succeed, Fail, Parallel, Map]",
                "Use one of these types; they are written with a capital.",
            );
        }
        state_type
    }

    fn next_or_end(&mut self, at: &Location, fields: &Fields) {
        if let Some(next) = fields.get("Next") {
            self.string(&at.field("Next"), next);
        }
        if let Some(end) = fields.get("End") {
            self.boolean(&at.field("End"), end);
        }
        let ends = fields.get("End") == Some(&Value::Bool(true));
        match (fields.contains_key("Next"), ends) {
            (true, true) => self.schema_error(
                at,
                "Only one of these fields is allowed: [Next, End]",
                "Take out Next if the workflow ends here, or else End.",
            ),
            (false, false) => self.schema_error(
                at,
                "One of these fields is required: [Next, End]",
                "Add Next with the state to go to, or End: true.",
            ),
            _ => {}
        }
    }

    fn task(&mut self, state: State) {
        if let Some((at, resource)) = state.field("Resource")
            && let Some(resource) = self.string(&at, resource)
        {
            self.resource(&at, resource);
        }
        self.seconds_or_path(state, "TimeoutSeconds", 1);
        self.seconds_or_path(state, "HeartbeatSeconds", 1);
        let seconds = |name: &str| state.fields.get(name).and_then(Value::as_u64);
        if let (Some(heartbeat), Some(timeout)) =
            (seconds("HeartbeatSeconds"), seconds("TimeoutSeconds"))
            && heartbeat >= timeout
        {
            self.schema_error(
                &state.at.field("HeartbeatSeconds"),
                "HeartbeatSeconds must be smaller than TimeoutSeconds",
                format!("Make it smaller than {timeout}, or TimeoutSeconds greater."),
            );
        }
        if let Some((at, credentials)) = state.field("Credentials")
            && self.object(&at, credentials).is_some()
        {
            self.template(&at, credentials, state.language);
        }
    }

    fn wait(&mut self, state: State) {
        let names = ["Seconds", "SecondsPath", "Timestamp", "TimestampPath"];
        let given = names
            .iter()
            .filter(|name| state.fields.contains_key(**name))
            .count();
        if given != 1 {
            self.schema_error(
                state.at,
                "Exactly one of these fields is required: [Seconds, SecondsPath, Timestamp, TimestampPath]",
                "Say in one way how long to wait.",
            );
        }
        if let Some((at, seconds)) = state.field("Seconds") {
            self.seconds(&at, seconds, 0, state.language);
        }
        if let Some((at, timestamp)) = state.field("Timestamp") {
            self.timestamp(&at, timestamp, state.language);
        }
        self.paths(state, &["SecondsPath", "TimestampPath"]);
    }

    fn fail(&mut self, state: State) {
        for (name, path) in [("Error", "ErrorPath"), ("Cause", "CausePath")] {
            self.exclusive(state, name, path);
            if let Some((at, value)) = state.field(name)
                && let Some(text) = self.string(&at, value)
                && state.language == Language::Jsonata
            {
                self.jsonata(&at, text);
            }
            if let Some((at, value)) = state.field(path)
                && let Some(text) = self.string(&at, value)
            {
                self.path_or_intrinsic(&at, path, text);
            }
        }
    }

    fn parallel(&mut self, state: State) {
        let Some((at, branches)) = state.field("Branches") else {
            return;
        };
        let Some(branches) = self.array(&at, branches) else {
            return;
        };
        for (index, branch) in branches.iter().enumerate() {
            let at = at.item(index);
            if let Some(fields) = self.object(&at, branch) {
                self.machine(&at, fields, &["Comment", "StartAt", "States"]);
            }
        }
    }

    /// The fields that move data, which most types share.
    fn data_flow(&mut self, state: State) {
        for name in ["InputPath", "OutputPath"] {
            if let Some((at, value)) = state.field(name)
                && !value.is_null()
                && let Some(text) = self.string(&at, value)
            {
                self.path(&at, text);
            }
        }
        if let Some((at, value)) = state.field("ResultPath") {
            self.result_path(&at, value);
        }
        for name in ["Parameters", "ResultSelector"] {
            if let Some((at, value)) = state.field(name) {
                self.template(&at, value, Language::JsonPath);
            }
        }
        for name in ["Arguments", "Output"] {
            if let Some((at, value)) = state.field(name) {
                self.template(&at, value, Language::Jsonata);
            }
        }
        if let Some((at, value)) = state.field("Assign") {
            self.assign(&at, value, state.language);
        }
    }

    /// A number of seconds or its `Path` form, not both.
    fn seconds_or_path(&mut self, state: State, name: &str, least: u64) {
        let path = format!("{name}Path");
        self.exclusive(state, name, &path);
        if let Some((at, value)) = state.field(name) {
            self.seconds(&at, value, least, state.language);
        }
        self.paths(state, &[&path]);
    }

    /// Notes that a state has both of two fields of which it may have one.
    pub(super) fn exclusive(&mut self, state: State, one: &str, other: &str) {
        if state.fields.contains_key(one) && state.fields.contains_key(other) {
            self.schema_error(
                state.at,
                format!("Only one of these fields is allowed: [{one}, {other}]"),
                format!("Take out {one} or {other}."),
            );
        }
    }

    /// Fields that hold paths.
    pub(super) fn paths(&mut self, state: State, names: &[&str]) {
        for name in names {
            if let Some((at, value)) = state.field(name)
                && let Some(text) = self.string(&at, value)
            {
                self.path(&at, text);
            }
        }
    }

    /// A number of seconds from `least` on.
    pub(super) fn seconds(&mut self, at: &Location, value: &Value, least: u64, language: Language) {
        self.whole_number(at, value, least, MAX_SECONDS, language);
    }
}
