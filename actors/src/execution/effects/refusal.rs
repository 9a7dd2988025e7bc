//! Failures of tasks, with the error names that Step Functions gives.

use datamesh_actor::{EffectCx, EffectError, ErrorClass};
use datamesh_aws::AwsError;
use serde_json::Value;

use crate::aws_error;

/// The task's parameters are not what the resource takes.
pub(super) fn parameters(cause: impl Into<String>) -> EffectError {
    aws_error::terminal("States.Runtime", cause)
}

/// A call of a service that failed for good is the task's error: `SNS.NotFoundException`.
pub(super) fn of(service: &str, error: AwsError, cx: &EffectCx) -> EffectError {
    let failed = aws_error::of(error, cx);
    if failed.class != ErrorClass::Terminal {
        return failed;
    }
    let code = match failed.code.ends_with("Exception") {
        true => format!("{service}.{}", failed.code),
        false => format!("{service}.{}Exception", failed.code),
    };
    EffectError { code, ..failed }
}

/// A text parameter that must be there.
pub(super) fn text<'a>(parameters: &'a Value, name: &str) -> Result<&'a str, EffectError> {
    parameters
        .get(name)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
        .ok_or_else(|| self::parameters(format!("the parameter {name} is missing or no text")))
}

/// A text parameter that may be missing.
pub(super) fn optional(parameters: &Value, name: &str) -> Option<String> {
    parameters
        .get(name)
        .and_then(Value::as_str)
        .map(str::to_owned)
}

/// A value as a message carries it: a text as it is, all else as JSON.
pub(super) fn message(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
