//! `Retry` and `Catch`.

use serde_json::{Map, Value};

use super::fields::Language;
use super::location::Location;
use super::machine::Checker;
use super::scalars::MAX_SECONDS;
use super::state::State;

/// The longest `MaxDelaySeconds`: a year.
const MAX_DELAY_SECONDS: u64 = 31_622_399;

const RETRIER: &[&str] = &[
    "ErrorEquals",
    "IntervalSeconds",
    "MaxAttempts",
    "BackoffRate",
    "MaxDelaySeconds",
    "JitterStrategy",
    "Comment",
];
const CATCHER: &[&str] = &[
    "ErrorEquals",
    "Next",
    "ResultPath",
    "Output",
    "Assign",
    "Comment",
];

impl Checker {
    /// A state's retriers and catchers.
    pub(super) fn handlers(&mut self, state: State) {
        self.each_handler(state, "Retry", RETRIER, Self::retrier);
        self.each_handler(state, "Catch", CATCHER, Self::catcher);
    }

    fn each_handler(
        &mut self,
        state: State,
        name: &str,
        allowed: &[&str],
        check: fn(&mut Self, &Location, &Map<String, Value>, Language),
    ) {
        let Some((at, list)) = state.field(name) else {
            return;
        };
        let Some(list) = self.array(&at, list) else {
            return;
        };
        for (index, handler) in list.iter().enumerate() {
            let at = at.item(index);
            let Some(fields) = self.object(&at, handler) else {
                continue;
            };
            for field in fields.keys() {
                if !allowed.contains(&field.as_str()) {
                    let advice = format!("Take it out; here there are {}.", allowed.join(", "));
                    self.unsupported(&at, field, &advice);
                }
            }
            let last = index + 1 == list.len();
            self.error_equals(&at, fields, last);
            check(self, &at, fields, state.language);
        }
    }

    fn error_equals(&mut self, at: &Location, fields: &Map<String, Value>, last: bool) {
        self.require(at, fields, &["ErrorEquals"]);
        let Some(value) = fields.get("ErrorEquals") else {
            return;
        };
        let at = at.field("ErrorEquals");
        let Some(names) = self.array(&at, value) else {
            return;
        };
        if names.is_empty() {
            let advice = "Name an error, or States.ALL for every one.";
            self.schema_error(&at, "Array must have at least 1 items", advice);
        }
        for (index, name) in names.iter().enumerate() {
            self.string(&at.item(index), name);
        }
        let all = names.iter().any(|name| name == "States.ALL");
        if all && names.len() > 1 {
            self.schema_error(
                &at,
                "States.ALL must appear alone",
                "Take the other names out: States.ALL means them too.",
            );
        }
        if all && !last {
            self.schema_error(
                &at,
                "States.ALL must be in the last element",
                "Move it behind the others: what comes after it is never reached.",
            );
        }
    }

    fn retrier(&mut self, at: &Location, fields: &Map<String, Value>, _: Language) {
        let numbers = [
            ("IntervalSeconds", 1, MAX_SECONDS),
            ("MaxAttempts", 0, MAX_SECONDS),
            ("MaxDelaySeconds", 1, MAX_DELAY_SECONDS),
        ];
        for (name, least, most) in numbers {
            if let Some(value) = fields.get(name) {
                self.whole_number(&at.field(name), value, least, most, Language::JsonPath);
            }
        }
        if let Some(rate) = fields.get("BackoffRate") {
            let at = at.field("BackoffRate");
            self.number(&at, rate, 1.0, f64::MAX, Language::JsonPath);
        }
        let number = |name: &str| fields.get(name).and_then(Value::as_u64);
        if let (Some(most), Some(first)) = (number("MaxDelaySeconds"), number("IntervalSeconds"))
            && most <= first
        {
            self.schema_error(
                &at.field("MaxDelaySeconds"),
                "MaxDelaySeconds must be greater than IntervalSeconds",
                format!("Make it greater than {first}."),
            );
        }
        if let Some(strategy) = fields.get("JitterStrategy")
            && !matches!(strategy.as_str(), Some("FULL" | "NONE"))
        {
            self.schema_error(
                &at.field("JitterStrategy"),
                "Value is not one of: [FULL, NONE]",
                "Use FULL or NONE.",
            );
        }
    }

    fn catcher(&mut self, at: &Location, fields: &Map<String, Value>, language: Language) {
        self.require(at, fields, &["Next"]);
        if let Some(next) = fields.get("Next") {
            self.string(&at.field("Next"), next);
        }
        for (name, only) in [
            ("ResultPath", Language::JsonPath),
            ("Output", Language::Jsonata),
        ] {
            if fields.contains_key(name) && only != language {
                self.wrong_language(at, name, language, only);
            }
        }
        if let Some(path) = fields.get("ResultPath") {
            self.result_path(&at.field("ResultPath"), path);
        }
        self.catching = true;
        if let Some(output) = fields.get("Output") {
            self.template(&at.field("Output"), output, Language::Jsonata);
        }
        if let Some(assign) = fields.get("Assign") {
            self.assign(&at.field("Assign"), assign, language);
        }
        self.catching = false;
    }

    /// Notes a field that only the other query language has.
    pub(super) fn wrong_language(
        &mut self,
        at: &Location,
        name: &str,
        language: Language,
        only: Language,
    ) {
        self.schema_error(
            at,
            format!(
                "The QueryLanguage is set to '{}', but field '{name}' is only supported for the \
                 '{}' QueryLanguage",
                language.as_str(),
                only.as_str()
            ),
            format!(
                "Take {name} out, or set the state's QueryLanguage to {}.",
                only.as_str()
            ),
        );
    }
}
