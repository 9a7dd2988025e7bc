//! One recorded case: what to ask the evaluator, and what Step Functions answered.

use serde_json::{Map, Value, json};

use crate::compare::Comparison;

/// What Step Functions' own refusals begin with.
const REFUSAL: &str = "Invalid State Machine Definition: ";

/// A line of a file.
pub struct Case {
    record: Value,
}

impl Case {
    /// The case that a line holds.
    pub fn new(record: Value) -> Self {
        Self { record }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.record["name"].as_str().unwrap_or("(no name)")
    }

    /// The evaluator's input line.
    pub fn request(&self) -> Value {
        let record = &self.record;
        let mut request = Map::new();
        for field in [
            "name",
            "type",
            "definition",
            "definition_text",
            "input",
            "request",
        ] {
            if let Some(value) = record.get(field) {
                request.insert(field.to_owned(), value.clone());
            }
        }
        if record.get("definition").is_some() {
            request.insert("mocks".to_owned(), mocks(&record["mock_calls"]));
            request.insert("trace".to_owned(), json!(true));
        }
        Value::Object(request)
    }

    /// In what an answer differs from the recorded one; empty: it is the same.
    pub fn differences(&self, answer: &Value) -> Vec<String> {
        let expected = &self.record["expected"];
        let shape_only = self.record["features"]["nondeterministic"] == true;
        let mut comparison = Comparison::new(shape_only);
        if self.record.get("definition").is_some() {
            self.execution(&mut comparison, answer);
        } else if self.record.get("request").is_some() {
            comparison.value("", expected, &without_name(answer));
        } else if let Some(error) = expected.get("error") {
            comparison.value("error", error, &answer["error"]);
            self.refusal(&mut comparison, answer);
        } else {
            for field in ["result", "diagnostics"] {
                comparison.value(field, &expected[field], &answer[field]);
            }
        }
        comparison.differences
    }

    fn execution(&self, comparison: &mut Comparison, answer: &Value) {
        let expected = &self.record["expected"];
        for field in ["status", "output", "error", "cause"] {
            comparison.value(field, &expected[field], &answer[field]);
        }
        let trace = self.record["trace"].as_array();
        if let Some(trace) = trace.filter(|trace| !trace.is_empty()) {
            let entered = trace.iter().filter_map(|event| event.get("entered"));
            let ordered = self.record["trace_ordered"] == true;
            comparison.states(entered.cloned().collect(), &answer["states"], ordered);
            if let (true, Some(made)) = (ordered, answer["trace"].as_array()) {
                steps(comparison, trace, made);
            }
        }
        self.calls(comparison, answer);
    }

    /// What the tasks were given, where the evaluator says it.
    fn calls(&self, comparison: &mut Comparison, answer: &Value) {
        let (Some(recorded), Some(made)) = (
            self.record["mock_calls"].as_array(),
            answer["calls"].as_array(),
        ) else {
            return;
        };
        comparison.own_text(self.request().to_string());
        for (index, (recorded, made)) in recorded.iter().zip(made).enumerate() {
            let place = format!("calls[{index}]/parameters");
            comparison.value(&place, &recorded["parameters"], &made["parameters"]);
        }
    }

    /// The text of a refusal, where Step Functions itself was recorded.
    fn refusal(&self, comparison: &mut Comparison, answer: &Value) {
        let raw = &self.record["expected"]["raw"];
        let text = raw["exception_value"]
            .as_str()
            .or_else(|| raw["Error"]["Message"].as_str())
            .unwrap_or_default();
        if let Some(start) = text.find(REFUSAL) {
            let message = text.get(start..).unwrap_or_default();
            comparison.value("message", &json!(message), &answer["message"]);
        }
    }
}

/// What went into and came out of the states, where the evaluator says it.
fn steps(comparison: &mut Comparison, recorded: &[Value], made: &[Value]) {
    let moves = |step: &&Value| step.get("entered").or_else(|| step.get("exited")).is_some();
    let mut made = made.iter().filter(moves);
    for (index, recorded) in recorded.iter().enumerate() {
        let made = made.next().unwrap_or(&Value::Null);
        for field in ["entered", "exited", "input", "output", "assigned"] {
            let place = format!("trace[{index}]/{field}");
            comparison.value(&place, &recorded[field], &made[field]);
        }
    }
}

fn without_name(answer: &Value) -> Value {
    let mut answer = answer.clone();
    if let Some(fields) = answer.as_object_mut() {
        fields.shift_remove("name");
    }
    answer
}

/// Outcomes by state, in order of the calls.
fn mocks(calls: &Value) -> Value {
    let mut mocks = Map::new();
    for call in calls.as_array().into_iter().flatten() {
        let outcome = &call["outcome"];
        let mock = if outcome["kind"] == "Succeeded" {
            json!({"result": outcome["output"]})
        } else {
            let mut mock = json!({"error": outcome["error"]});
            match &outcome["cause"] {
                Value::Null => {}
                Value::String(text) => mock["cause"] = json!(text),
                cause => mock["cause"] = json!(cause.to_string()),
            }
            mock
        };
        let state = call["state"].as_str().unwrap_or_default();
        let list = mocks.entry(state).or_insert_with(|| json!([]));
        if let Some(list) = list.as_array_mut() {
            list.push(mock);
        }
    }
    Value::Object(mocks)
}
