//! What a test shows of the data on its way through the state.

use serde_json::{Map, Value, json};

/// The API's `InspectionData`.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Inspection(Map<String, Value>);

impl Inspection {
    /// Shows data: an object as it is, anything else as its text.
    pub(super) fn show(&mut self, stage: &str, data: &Value) {
        let shown = match data {
            Value::Object(_) => data.clone(),
            other => Value::String(spaced(other)),
        };
        self.0.insert(stage.to_owned(), shown);
    }

    pub(super) fn number(&mut self, name: &str, number: impl Into<Value>) {
        self.0.insert(name.to_owned(), number.into());
    }

    pub(super) fn retried(&mut self, index: usize, seconds: i64) {
        let details = json!({"retryBackoffIntervalSeconds": seconds, "retryIndex": index});
        self.0.insert("errorDetails".to_owned(), details);
    }

    pub(super) fn caught(&mut self, index: usize) {
        self.0
            .insert("errorDetails".to_owned(), json!({"catchIndex": index}));
    }

    pub(super) fn to_json(&self) -> Value {
        Value::Object(self.0.clone())
    }
}

/// JSON with a space after each comma and colon.
fn spaced(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(spaced).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(fields) => {
            let field = |(key, value): (&String, &Value)| {
                format!("{}: {}", Value::String(key.clone()), spaced(value))
            };
            let fields: Vec<String> = fields.iter().map(field).collect();
            format!("{{{}}}", fields.join(", "))
        }
        other => other.to_string(),
    }
}
