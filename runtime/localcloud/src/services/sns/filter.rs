//! Filter policies: which messages a subscription wants.
//!
//! The language is that of event patterns (`eventbridge::pattern`) without the matchers that topics do not
//! have, over the message's attributes or over its body. A policy has limits of its own, and `{}` wants
//! everything.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::error;
use crate::error::ServiceError;
use crate::services::eventbridge::pattern::{Event, Pattern, PatternError};
use crate::services::sqs::Attribute;

const MAX_KEYS: usize = 5;
/// The product of how many values each key has, times how deep it stands.
const MAX_COMBINATIONS: usize = 150;
/// In bytes.
const MAX_SIZE: usize = 256 * 1024;
/// The operators that the developer guide lists ("Amazon SNS subscription filter policies").
const MATCHERS: [&str; 7] = [
    "anything-but",
    "cidr",
    "equals-ignore-case",
    "exists",
    "numeric",
    "prefix",
    "suffix",
];

/// Refuses what is not a filter policy; `nested` says whether keys may nest, as they may for bodies.
pub(super) fn check(policy: &str, nested: bool) -> Result<(), ServiceError> {
    let refused = |why: &str| error::invalid(format!("FilterPolicy: {why}"));
    if policy.len() > MAX_SIZE {
        return Err(refused("Filter policy is too large"));
    }
    if wants_everything(policy) {
        return Ok(());
    }
    Pattern::new(policy).map_err(|error| match error {
        PatternError::Pattern(why) | PatternError::Event(why) => refused(&why),
    })?;
    let keys: Map<String, Value> =
        serde_json::from_str(policy).map_err(|_| refused("failed to parse JSON."))?;
    if let Some(why) = unknown_matcher(&keys) {
        return Err(refused(&why));
    }
    let mut counted = Counted {
        keys: 0,
        combinations: 1,
        deepest: 0,
    };
    counted.object(&keys, 1);
    if !nested && counted.deepest > 1 {
        return Err(error::invalid(
            "Filter policy scope MessageAttributes does not support nested filter policy",
        ));
    }
    if counted.keys > MAX_KEYS {
        return Err(refused("Filter policy can not have more than 5 keys"));
    }
    if counted.combinations > MAX_COMBINATIONS {
        return Err(refused("Filter policy is too complex"));
    }
    Ok(())
}

/// What event patterns have and filter policies do not, said as a reason.
fn unknown_matcher(keys: &Map<String, Value>) -> Option<String> {
    keys.iter().find_map(|(key, value)| match value {
        Value::Object(nested) => unknown_matcher(nested),
        Value::Array(entries) => entries
            .iter()
            .filter_map(Value::as_object)
            .find_map(|entry| match key.as_str() {
                "$or" => unknown_matcher(entry),
                _ => entry.iter().find_map(|(name, of)| unknown(name, of)),
            }),
        _ => None,
    })
}

fn unknown(matcher: &str, operand: &Value) -> Option<String> {
    if !MATCHERS.contains(&matcher) {
        return Some(format!("Unrecognized match type {matcher}"));
    }
    let inner = operand.as_object().filter(|_| matcher == "anything-but")?;
    let other = inner.keys().find(|inner| inner.as_str() != "prefix")?;
    Some(format!("Unsupported anything-but pattern: {other}"))
}

fn wants_everything(policy: &str) -> bool {
    serde_json::from_str::<Map<String, Value>>(policy).is_ok_and(|keys| keys.is_empty())
}

struct Counted {
    keys: usize,
    combinations: usize,
    deepest: usize,
}

impl Counted {
    fn object(&mut self, keys: &Map<String, Value>, depth: usize) {
        for (key, value) in keys {
            match value {
                Value::Object(nested) => self.object(nested, depth + 1),
                Value::Array(alternatives) if key == "$or" => {
                    for alternative in alternatives.iter().filter_map(Value::as_object) {
                        self.object(alternative, depth);
                    }
                }
                Value::Array(values) => {
                    self.keys += 1;
                    self.deepest = self.deepest.max(depth);
                    self.combinations = self.combinations.saturating_mul(values.len() * depth);
                }
                _ => {}
            }
        }
    }
}

/// Whether a message with these attributes is wanted. Binary attributes are not looked at.
pub(super) fn takes_attributes(policy: &str, attributes: &BTreeMap<String, Attribute>) -> bool {
    let values: Vec<String> = attributes
        .iter()
        .filter_map(|(name, attribute)| {
            let text = attribute.string_value.as_deref()?;
            let is_json = attribute.data_type.starts_with("Number")
                || attribute.data_type.starts_with("String.Array");
            let is_json = is_json && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
            let value = if is_json {
                text.to_owned()
            } else {
                json!(text).to_string()
            };
            Some(format!("{}:{value}", json!(name)))
        })
        .collect();
    takes(policy, &format!("{{{}}}", values.join(",")))
}

/// Whether a message with this body is wanted; one that is no JSON object is not.
pub(super) fn takes_body(policy: &str, body: &str) -> bool {
    takes(policy, body)
}

fn takes(policy: &str, message: &str) -> bool {
    wants_everything(policy)
        || Event::new(message).is_ok_and(|message| {
            Pattern::new(policy).is_ok_and(|pattern| pattern.matches(&message))
        })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[track_caller]
    fn check_body(policy: Value, body: Value, wanted: bool) {
        assert!(check(&policy.to_string(), true).is_ok(), "{policy}");
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
            json!({"a": [{"anything-but": {"prefix": "y"}}]}),
            json!({"a": "yes"}),
            false,
        );
        check_body(json!({"a": ["x"]}), json!({"a": ["w", "x"]}), true);
        check_body(json!({}), json!({"a": 1}), true);
        let either = json!({"$or": [{"a": [1]}, {"b": [2]}]});
        check_body(either.clone(), json!({"b": 2}), true);
        check_body(either, json!({"b": 1}), false);
    }

    #[test]
    fn attributes_have_types() {
        let attribute = |kind: &str, text: &str| Attribute {
            data_type: kind.to_owned(),
            string_value: Some(text.to_owned()),
            binary_value: None,
        };
        let attributes = BTreeMap::from([
            ("price".to_owned(), attribute("Number", "10.50")),
            ("code".to_owned(), attribute("String", "10.5")),
            (
                "tags".to_owned(),
                attribute("String.Array", r#"["a", null]"#),
            ),
        ]);
        for (policy, wanted) in [
            (json!({"price": [10.5]}), true),
            (json!({"price": ["10.5"]}), false),
            (json!({"code": [{"numeric": [">", 1]}]}), false),
            (json!({"code": ["10.5"]}), true),
            (json!({"tags": ["b", null]}), true),
            (json!({"other": [{"exists": false}]}), true),
        ] {
            let takes = takes_attributes(&policy.to_string(), &attributes);
            assert_eq!(takes, wanted, "{policy}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for policy in [
            "",
            "[]",
            r#"{"a": "x"}"#,
            r#"{"a": []}"#,
            r#"{"a": [{"like": "x"}]}"#,
            // Of event patterns only.
            r#"{"a": [{"wildcard": "x*"}]}"#,
            r#"{"a": [{"wildcard": ["x*", "y*"]}]}"#,
            r#"{"a": {"b": ["x", {"wildcard": "x*"}]}}"#,
            r#"{"$or": [{"a": [1]}, {"b": [{"wildcard": "x*"}]}]}"#,
            r#"{"$or": [{"a": [1]}, {"b": {"c": [{"wildcard": "x*"}]}}]}"#,
            r#"{"a": [{"anything-but": {"suffix": "x"}}]}"#,
        ] {
            assert!(check(policy, true).is_err(), "{policy}");
        }
    }

    #[test]
    fn a_policy_has_five_keys_and_a_hundred_and_fifty_combinations() {
        let with = |keys: usize, values: usize| {
            let values: Vec<usize> = (0..values).collect();
            let policy: Map<String, Value> = (0..keys)
                .map(|key| (format!("k{key}"), json!(values)))
                .collect();
            check(&Value::Object(policy).to_string(), false)
        };
        assert!(with(5, 2).is_ok());
        assert!(
            with(6, 1)
                .unwrap_err()
                .message
                .ends_with("more than 5 keys")
        );
        assert!(with(1, 150).is_ok());
        assert!(with(2, 13).unwrap_err().message.ends_with("too complex"));
        let nested = check(r#"{"a": {"b": [1]}}"#, false).unwrap_err();
        assert!(nested.message.ends_with("nested filter policy"));
    }
}
