use datamesh_actors::execution::mask_text;
use serde_json::Value;

/// The members of states, events and effects that hold a task's token: whoever has it can end the task.
const SECRETS: [&str; 2] = ["task_token", "taskToken"];

/// What is shown in a secret's place.
const MASK: &str = "(secret)";

/// The same JSON for an operator's eyes: what is secret in it is masked, wherever it stands.
pub fn masked(json: Value) -> Value {
    match json {
        Value::Object(members) => members
            .into_iter()
            .map(|(name, value)| match value {
                Value::String(text) if SECRETS.contains(&&*name) && !text.is_empty() => {
                    (name, Value::from(MASK))
                }
                value => (name, masked(value)),
            })
            .collect(),
        Value::Array(items) => items.into_iter().map(masked).collect(),
        Value::String(text) => Value::String(mask_text(&text)),
        plain => plain,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_token_is_masked_wherever_it_stands() {
        let shown = masked(json!({
            "Opened": {"task_token": "t", "record": {"subject": "taskToken"}},
            "list": [{"taskToken": "t"}, {"task_token": ""}, 1],
            "text": "give exec-1~abc back",
        }));
        let expected = json!({
            "Opened": {"task_token": "(secret)", "record": {"subject": "taskToken"}},
            "list": [{"taskToken": "(secret)"}, {"task_token": ""}, 1],
            "text": "give exec-1~*** back",
        });
        assert_eq!(shown, expected);
    }
}
