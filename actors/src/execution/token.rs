//! Task tokens: `exec-…~` and a secret. Whoever has a token may end its task, so it is never shown; the id
//! before the `~` says which execution to tell.

use serde_json::Value;

/// What stands between the execution's id and the secret.
const MARK: char = '~';

/// What the id of an execution begins with.
const PREFIX: &str = "exec-";

/// What is shown in place of a secret.
const MASK: &str = "***";

/// What the tokens of an execution begin with.
pub(super) fn prefix(execution_id: &str) -> String {
    format!("{execution_id}{MARK}")
}

/// The execution that gave this token; `None` for a text that is no token.
pub fn execution_of(token: &str) -> Option<&str> {
    let (execution_id, secret) = token.split_once(MARK)?;
    (execution_id.starts_with(PREFIX) && !secret.is_empty()).then_some(execution_id)
}

/// Hides the secrets of task tokens wherever they are in a value.
pub fn mask(value: &mut Value) {
    match value {
        Value::String(text) if text.contains(MARK) => *text = mask_text(text),
        Value::Array(items) => items.iter_mut().for_each(mask),
        Value::Object(members) => members.values_mut().for_each(mask),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Hides the secrets of task tokens in a text.
pub fn mask_text(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(MARK) {
        let (before, after) = rest.split_at(at);
        let after = &after[MARK.len_utf8()..];
        let secret = after.len() - after.trim_start_matches(is_secret).len();
        shown.push_str(before);
        shown.push(MARK);
        if secret > 0 && ends_with_id(before) {
            shown.push_str(MASK);
            rest = &after[secret..];
        } else {
            rest = after;
        }
    }
    shown.push_str(rest);
    shown
}

/// What the ids of all begin with that give tokens: executions, shares and subscriptions.
const GIVERS: [&str; 3] = [PREFIX, "share-", "sub-"];

/// Whether a text ends with the id of somebody who gives tokens.
fn ends_with_id(text: &str) -> bool {
    let id = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let rest = text.trim_end_matches(id);
    rest.len() < text.len() && GIVERS.iter().any(|giver| rest.ends_with(giver))
}

fn is_secret(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use serde_json::json;

    use super::*;

    #[test]
    fn a_token_says_which_execution_gave_it() {
        assert_eq!(execution_of("exec-1~abc"), Some("exec-1"));
        for other in ["exec-1", "exec-1~", "apr-1~abc", ""] {
            assert_eq!(execution_of(other), None, "{other}");
        }
    }

    #[test]
    fn secrets_are_hidden_wherever_they_are() {
        let mut value = json!({
            "approvalToken": "exec-1~s3cret",
            "share": "share-1~0123456789abcdef",
            "text": "give {\"token\":\"exec-1~0a/9+Z=\"} back, or exec-1~x",
            "list": ["exec-1~q", "exec-2~other", "x~y", "exec-~z", "exec-1~", 7],
        });
        mask(&mut value);
        assert_eq!(
            value,
            json!({
                "approvalToken": "exec-1~***",
                "share": "share-1~***",
                "text": "give {\"token\":\"exec-1~***\"} back, or exec-1~***",
                "list": ["exec-1~***", "exec-2~***", "x~y", "exec-~z", "exec-1~", 7],
            })
        );
    }
}
