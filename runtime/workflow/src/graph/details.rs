//! What a state does, in a few lines.

use serde_json::Value;

use super::edges::{error_names, list};

/// The lines in a state's box.
pub(super) fn details(state: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    match state.get("Type").and_then(Value::as_str) {
        Some("Task") => lines.extend(text(state, "Resource").map(|arn| resource(&arn))),
        Some("Wait") => lines.extend(wait(state)),
        Some("Fail") => lines.extend(failure(state)),
        Some("Map") => lines.extend(map(state)),
        _ => {}
    }
    let limits: Vec<String> = [
        ("TimeoutSeconds", "timeout"),
        ("TimeoutSecondsPath", "timeout"),
        ("HeartbeatSeconds", "heartbeat"),
        ("HeartbeatSecondsPath", "heartbeat"),
    ]
    .iter()
    .filter_map(|(name, label)| Some(format!("{label} {} s", text(state, name)?)))
    .collect();
    if !limits.is_empty() {
        lines.push(limits.join(", "));
    }
    lines.extend(list(state, "Retry").map(retry));
    lines
}

/// The text of a field that is a string (an expression without its signs) or a number.
fn text(state: &Value, name: &str) -> Option<String> {
    match state.get(name)? {
        Value::String(text) => Some(
            text.trim_start_matches("{%")
                .trim_end_matches("%}")
                .trim()
                .to_owned(),
        ),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// `sqs:sendMessage.waitForTaskToken`, `function f`, `activity a`; another text as it is.
fn resource(arn: &str) -> String {
    let parts: Vec<&str> = arn.split(':').collect();
    match parts.as_slice() {
        ["arn", _, "states", "", "", rest @ ..] => rest.join(":"),
        ["arn", _, "lambda", _, _, "function", name @ ..] => {
            format!("function {}", name.join(":"))
        }
        ["arn", _, "states", _, _, "activity", name] => format!("activity {name}"),
        _ => arn.to_owned(),
    }
}

fn wait(state: &Value) -> Option<String> {
    let seconds = text(state, "Seconds").or_else(|| text(state, "SecondsPath"));
    let moment = text(state, "Timestamp").or_else(|| text(state, "TimestampPath"));
    seconds
        .map(|seconds| format!("for {seconds} s"))
        .or_else(|| moment.map(|moment| format!("until {moment}")))
}

fn failure(state: &Value) -> Option<String> {
    let error = text(state, "Error").or_else(|| text(state, "ErrorPath"));
    let cause = text(state, "Cause").or_else(|| text(state, "CausePath"));
    match (error, cause) {
        (Some(error), Some(cause)) => Some(format!("{error}: {cause}")),
        (error, cause) => error.or(cause),
    }
}

fn map(state: &Value) -> Option<String> {
    let items = text(state, "ItemsPath").or_else(|| text(state, "Items"));
    let at_once = text(state, "MaxConcurrency").or_else(|| text(state, "MaxConcurrencyPath"));
    let mut parts = Vec::new();
    parts.extend(items.map(|items| format!("items {items}")));
    if let Some(at_once) = at_once.filter(|number| number != "0") {
        parts.push(format!("{at_once} at once"));
    }
    let mode = state.pointer("/ItemProcessor/ProcessorConfig/Mode");
    if mode.and_then(Value::as_str) == Some("DISTRIBUTED") {
        parts.push("distributed".to_owned());
    }
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// `retry States.TaskFailed 3 times, after 2 s ×2`
fn retry(retrier: &Value) -> String {
    let number =
        |name: &str, default: f64| retrier.get(name).and_then(Value::as_f64).unwrap_or(default);
    format!(
        "retry {} {} times, after {} s ×{}",
        error_names(retrier),
        number("MaxAttempts", 3.0),
        number("IntervalSeconds", 1.0),
        number("BackoffRate", 2.0),
    )
}
