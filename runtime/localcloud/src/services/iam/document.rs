//! Policy documents: JSON with statements, written percent-encoded.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::error;
use crate::error::ServiceError;

/// RFC 3986: what is not encoded.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// As answers carry it.
pub(super) fn encoded(document: &str) -> String {
    utf8_percent_encode(document, ENCODED).to_string()
}

/// What of a statement must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Who may assume a role.
    Trust,
    /// What may be done to which resources.
    Permissions,
}

/// Checks the outline: an object with statements that have an effect and an action, and a
/// principal (trust) or a resource (permissions).
///
/// # Errors
/// `MalformedPolicyDocument` (400).
pub(super) fn check(document: &str, kind: Kind) -> Result<(), ServiceError> {
    let refused = |message: &str| ServiceError::bad_request("MalformedPolicyDocument", message);
    let policy: Value = serde_json::from_str(document)
        .ok()
        .filter(Value::is_object)
        .ok_or_else(|| refused("Syntax errors in policy."))?;
    let statements = match &policy["Statement"] {
        Value::Array(statements) if !statements.is_empty() => statements.clone(),
        one @ Value::Object(_) => vec![one.clone()],
        _ => return Err(refused("Syntax errors in policy.")),
    };
    for statement in &statements {
        let has = |name: &str| {
            statement.get(name).is_some() || statement.get(format!("Not{name}")).is_some()
        };
        if !matches!(statement["Effect"].as_str(), Some("Allow" | "Deny")) {
            return Err(refused("Syntax errors in policy."));
        }
        if !has("Action") {
            return Err(refused("Policy statement must contain actions."));
        }
        match kind {
            Kind::Trust if has("Resource") => {
                return Err(refused("Has prohibited field Resource"));
            }
            Kind::Trust if !has("Principal") => {
                return Err(refused("Missing required field Principal"));
            }
            Kind::Permissions if has("Principal") => {
                return Err(refused("Policy document should not specify a principal."));
            }
            Kind::Permissions if !has("Resource") => {
                return Err(refused("Policy statement must contain resources."));
            }
            _ => {}
        }
    }
    Ok(())
}

/// The characters that count: all but white space.
pub(super) fn size(document: &str) -> usize {
    document
        .chars()
        .filter(|letter| !letter.is_whitespace())
        .count()
}

/// Refuses a managed policy that is too long.
///
/// # Errors
/// `LimitExceeded` (409).
pub(super) fn check_size(document: &str) -> Result<(), ServiceError> {
    const LONGEST: usize = 6_144;
    match size(document) > LONGEST {
        true => Err(error::limit(format!(
            "Cannot exceed quota for PolicySize: {LONGEST}"
        ))),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_need_their_parts() {
        let trust =
            r#"{"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": "*"}]}"#;
        let grant = r#"{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}"#;
        assert!(check(trust, Kind::Trust).is_ok());
        assert!(check(grant, Kind::Permissions).is_ok());
        assert!(check(grant, Kind::Trust).is_err());
        assert!(check(trust, Kind::Permissions).is_err());
        for bad in [
            "",
            "[]",
            "{}",
            r#"{"Statement": []}"#,
            r#"{"Statement": [{"Effect": "Maybe"}]}"#,
        ] {
            assert!(check(bad, Kind::Permissions).is_err(), "{bad}");
        }
    }
}
