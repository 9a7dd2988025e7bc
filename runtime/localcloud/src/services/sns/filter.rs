//! Filter policies: which messages a subscription wants.
//!
//! Every key of the policy must be satisfied by one of its values: a text, a number, `null`, or an
//! operator (`prefix`, `suffix`, `equals-ignore-case`, `anything-but`, `numeric`, `exists`). In a
//! policy for bodies, keys can nest.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::error;
use crate::error::ServiceError;
use crate::services::sqs::Attribute;

/// Refuses what is not a filter policy.
pub(super) fn check(policy: &str) -> Result<(), ServiceError> {
    let refused = |why: &str| error::invalid(format!("FilterPolicy: {why}"));
    let policy: Value =
        serde_json::from_str(policy).map_err(|_| refused("failed to parse JSON."))?;
    let Value::Object(keys) = policy else {
        return Err(refused("Filter policy must be an object"));
    };
    check_keys(&keys).map_err(|why| refused(&why))
}

fn check_keys(keys: &Map<String, Value>) -> Result<(), String> {
    for (key, value) in keys {
        match value {
            Value::Object(nested) => check_keys(nested)?,
            Value::Array(rules) if !rules.is_empty() => rules.iter().try_for_each(check_rule)?,
            _ => return Err(format!("\"{key}\" must be an object or a non-empty array")),
        }
    }
    Ok(())
}

fn check_rule(rule: &Value) -> Result<(), String> {
    const OPERATORS: [&str; 6] = [
        "anything-but",
        "equals-ignore-case",
        "exists",
        "numeric",
        "prefix",
        "suffix",
    ];
    match rule {
        Value::Object(operator) => {
            let name = operator.keys().next().filter(|_| operator.len() == 1);
            match name.filter(|name| OPERATORS.contains(&name.as_str())) {
                Some(_) => Ok(()),
                None => Err("Unrecognized match type".to_owned()),
            }
        }
        Value::Array(_) => {
            Err("Match value must be String, number, true, false, or null".to_owned())
        }
        _ => Ok(()),
    }
}

/// Whether a message with these attributes is wanted.
pub(super) fn takes_attributes(policy: &str, attributes: &BTreeMap<String, Attribute>) -> bool {
    let values: Map<String, Value> = attributes
        .iter()
        .map(|(name, attribute)| {
            let text = attribute.string_value.as_deref().unwrap_or_default();
            let parsed = || serde_json::from_str(text).unwrap_or_default();
            let value = match attribute.data_type.as_str() {
                kind if kind.starts_with("Number") => parsed(),
                "String.Array" => parsed(),
                _ => json!(text),
            };
            (name.clone(), value)
        })
        .collect();
    takes(policy, &Value::Object(values))
}

/// Whether a message with this body is wanted; one that is not JSON is not.
pub(super) fn takes_body(policy: &str, body: &str) -> bool {
    serde_json::from_str(body).is_ok_and(|body| takes(policy, &body))
}

fn takes(policy: &str, message: &Value) -> bool {
    serde_json::from_str::<Map<String, Value>>(policy).is_ok_and(|keys| all(&keys, message))
}

fn all(keys: &Map<String, Value>, message: &Value) -> bool {
    keys.iter().all(|(key, wanted)| {
        let found = message.get(key);
        match wanted {
            Value::Object(nested) => all(nested, found.unwrap_or(&Value::Null)),
            Value::Array(rules) => rules.iter().any(|rule| one(rule, found)),
            _ => false,
        }
    })
}

fn one(rule: &Value, found: Option<&Value>) -> bool {
    if let Some(exists) = rule.get("exists").and_then(Value::as_bool) {
        return exists == found.is_some();
    }
    match found {
        None => false,
        Some(Value::Array(items)) => items.iter().any(|item| matches(rule, item)),
        Some(value) => matches(rule, value),
    }
}

fn matches(rule: &Value, value: &Value) -> bool {
    let Value::Object(operator) = rule else {
        return equal(rule, value);
    };
    let Some((name, argument)) = operator.iter().next() else {
        return false;
    };
    let text = value.as_str();
    let with = |test: fn(&str, &str) -> bool| {
        text.zip(argument.as_str())
            .is_some_and(|(text, argument)| test(text, argument))
    };
    match name.as_str() {
        "prefix" => with(|text, prefix| text.starts_with(prefix)),
        "suffix" => with(|text, suffix| text.ends_with(suffix)),
        "equals-ignore-case" => with(|text, other| text.to_lowercase() == other.to_lowercase()),
        "anything-but" => match argument {
            Value::Array(items) => !items.iter().any(|item| equal(item, value)),
            other => !matches(other, value),
        },
        "numeric" => value
            .as_f64()
            .is_some_and(|number| numeric(argument, number)),
        _ => false,
    }
}

fn equal(wanted: &Value, value: &Value) -> bool {
    match (wanted.as_f64(), value.as_f64()) {
        (Some(wanted), Some(value)) => wanted == value,
        _ => wanted == value,
    }
}

/// `[">", 1, "<=", 10]`: all of them.
fn numeric(argument: &Value, number: f64) -> bool {
    let Some(parts) = argument.as_array().filter(|parts| parts.len() >= 2) else {
        return false;
    };
    parts.chunks(2).all(|pair| {
        let [operator, limit] = pair else {
            return false;
        };
        let Some(limit) = limit.as_f64() else {
            return false;
        };
        match operator.as_str() {
            Some("=") => number == limit,
            Some("<") => number < limit,
            Some("<=") => number <= limit,
            Some(">") => number > limit,
            Some(">=") => number >= limit,
            _ => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_body(policy: Value, body: Value, wanted: bool) {
        assert!(check(&policy.to_string()).is_ok(), "{policy}");
        assert_eq!(
            takes_body(&policy.to_string(), &body.to_string()),
            wanted,
            "{policy} {body}"
        );
    }

    #[test]
    fn every_key_needs_one_of_its_values() {
        let policy =
            json!({"kind": ["made", {"prefix": "re"}], "size": [{"numeric": [">", 1, "<=", 10]}]});
        check_body(policy.clone(), json!({"kind": "made", "size": 10}), true);
        check_body(policy.clone(), json!({"kind": "remade", "size": 2}), true);
        check_body(policy.clone(), json!({"kind": "made", "size": 1}), false);
        check_body(policy, json!({"kind": "made"}), false);
        check_body(
            json!({"a": {"b": [{"exists": false}]}}),
            json!({"a": {}}),
            true,
        );
        check_body(
            json!({"a": [{"anything-but": ["x", 1]}]}),
            json!({"a": "y"}),
            true,
        );
        check_body(
            json!({"a": [{"anything-but": {"prefix": "y"}}]}),
            json!({"a": "yes"}),
            false,
        );
        check_body(json!({"a": ["x"]}), json!({"a": ["w", "x"]}), true);
    }

    #[test]
    fn nonsense_is_refused() {
        for policy in [
            "",
            "[]",
            r#"{"a": "x"}"#,
            r#"{"a": []}"#,
            r#"{"a": [{"like": "x"}]}"#,
        ] {
            assert!(check(policy).is_err(), "{policy}");
        }
    }
}
