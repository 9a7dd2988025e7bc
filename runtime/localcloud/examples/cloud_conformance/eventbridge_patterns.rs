//! `TestEventPattern`: does the pattern match, and with which words is it refused.

use serde_json::{Value, json};

use crate::client::Client;

/// Runs one recorded request.
pub fn run(case: &Value) -> Result<(), String> {
    let text = |text: &str, value: &str| match case.get(text).and_then(Value::as_str) {
        Some(text) => text.to_owned(),
        None => case.get(value).unwrap_or(&Value::Null).to_string(),
    };
    let input = json!({
        "Event": text("event_text", "event"),
        "EventPattern": text("pattern_text", "pattern"),
    });
    let client = Client::new()?;
    let (status, answer) = client.json("events", "AWSEvents.TestEventPattern", &input)?;
    let expected = case.get("expected").and_then(Value::as_str);
    let found = match answer.get("Result").and_then(Value::as_bool) {
        Some(true) => "match",
        Some(false) => "no-match",
        None => "exception",
    };
    if expected != Some(found) {
        return Err(format!("{found}, status {status}: {answer}"));
    }
    match case
        .get("exception")
        .filter(|exception| exception.is_object())
    {
        Some(exception) => same_exception(exception, &answer),
        None => Ok(()),
    }
}

fn same_exception(expected: &Value, answer: &Value) -> Result<(), String> {
    let code = answer.get("__type").and_then(Value::as_str);
    if code != expected.get("code").and_then(Value::as_str) {
        return Err(format!("another code: {answer}"));
    }
    let message = answer.get("message").and_then(Value::as_str);
    let whole = expected.get("message").and_then(Value::as_str);
    let first = expected.get("message_first_line").and_then(Value::as_str);
    let same = match (whole, first) {
        (Some(whole), _) => message == Some(whole),
        (None, Some(first)) => message.and_then(|text| text.lines().next()) == Some(first),
        (None, None) => true,
    };
    if same {
        Ok(())
    } else {
        Err(format!("another message: {answer}"))
    }
}
