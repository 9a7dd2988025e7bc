//! Who may assume a role that IAM has: its trust policy, in the simple form.
//!
//! Statements of `sts:AssumeRole` with a `Principal` count; the only conditions that are evaluated are
//! `StringEquals` of `sts:ExternalId`, `sts:SourceIdentity` and `sts:RoleSessionName`. A statement with another condition, or with `NotPrincipal` or
//! `NotAction`, matches nobody. A `Deny` that matches wins.

use serde_json::Value;

use super::role::{ROLES, Role};
use crate::error::ServiceError;
use crate::request::Principal;
use crate::services::sts::parse_role;
use crate::store::{Scope, Tx};

/// What a trust policy says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// IAM has no such role: nobody keeps anybody out.
    Unknown,
    /// Come in.
    Allowed,
    /// Nothing allows it, or something denies it.
    Denied,
}

/// What the caller says of the session, where a trust policy may ask for it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Said<'a> {
    pub(crate) external_id: Option<&'a str>,
    pub(crate) source_identity: Option<&'a str>,
    pub(crate) session_name: Option<&'a str>,
}

/// May the caller assume this role?
pub(crate) fn may_assume(
    tx: &Tx<'_>,
    caller: &Principal,
    role_arn: &str,
    said: Said<'_>,
) -> Result<Verdict, ServiceError> {
    let Some(role) = role_named_in(tx, role_arn)? else {
        return Ok(Verdict::Unknown);
    };
    // A role's name is taken once in an account, whatever its path: there is none of this ARN.
    if role.arn != role_arn {
        return Ok(Verdict::Denied);
    }
    let policy: Value = serde_json::from_str(&role.trust).unwrap_or_default();
    Ok(judge(&policy, caller, said))
}

/// How long a session of the role may be, in seconds; `None` for a role that IAM does not have.
pub(crate) fn longest_session(tx: &Tx<'_>, role_arn: &str) -> Result<Option<i64>, ServiceError> {
    let role = role_named_in(tx, role_arn)?.filter(|role| role.arn == role_arn);
    Ok(role.map(|role| role.max_session_s))
}

/// The role that has the name in this ARN; its path may be another.
fn role_named_in(tx: &Tx<'_>, role_arn: &str) -> Result<Option<Role>, ServiceError> {
    let Some((account, name)) = parse_role(role_arn) else {
        return Ok(None);
    };
    let scope = Scope {
        account,
        region: Scope::global().region,
    };
    tx.get(&scope, ROLES, &name)
}

fn judge(policy: &Value, caller: &Principal, said: Said<'_>) -> Verdict {
    let effects: Vec<&str> = list(&policy["Statement"])
        .into_iter()
        .filter(|statement| {
            list(&statement["Action"]).into_iter().any(is_assume_role)
                && names(&statement["Principal"], caller)
                && holds(&statement["Condition"], said)
        })
        .filter_map(|statement| statement["Effect"].as_str())
        .collect();
    if effects.contains(&"Allow") && !effects.contains(&"Deny") {
        Verdict::Allowed
    } else {
        Verdict::Denied
    }
}

/// One value or a list of them.
fn list(value: &Value) -> Vec<&Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(values) => values.iter().collect(),
        one => vec![one],
    }
}

fn is_assume_role(action: &Value) -> bool {
    let action = action.as_str().unwrap_or_default().to_ascii_lowercase();
    match action.strip_suffix('*') {
        Some(head) => "sts:assumerole".starts_with(head),
        None => action == "sts:assumerole",
    }
}

/// Services assume roles by ways of their own: a `Service` names no caller.
fn names(principal: &Value, caller: &Principal) -> bool {
    if principal.as_str() == Some("*") {
        return true;
    }
    let account = &caller.account;
    let root = format!("arn:aws:iam::{account}:root");
    let role = caller.session.as_ref().map(|session| &session.role_arn);
    list(&principal["AWS"])
        .into_iter()
        .filter_map(Value::as_str)
        .any(|named| {
            named == "*"
                || named == account
                || named == root
                || named == caller.arn
                || role.is_some_and(|role| named == role)
        })
}

fn holds(condition: &Value, said: Said<'_>) -> bool {
    let Value::Object(operators) = condition else {
        return condition.is_null();
    };
    operators.iter().all(|(operator, keys)| {
        let Value::Object(keys) = keys else {
            return false;
        };
        operator == "StringEquals"
            && keys.iter().all(|(key, values)| {
                let given = match key.to_ascii_lowercase().as_str() {
                    "sts:externalid" => said.external_id,
                    "sts:sourceidentity" => said.source_identity,
                    "sts:rolesessionname" => said.session_name,
                    _ => None,
                };
                given.is_some_and(|given| {
                    list(values)
                        .into_iter()
                        .any(|value| value.as_str() == Some(given))
                })
            })
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::request::RoleSession;

    fn session() -> Principal {
        Principal {
            access_key: "LSIA".to_owned(),
            arn: "arn:aws:sts::111122223333:assumed-role/Worker/w-1".to_owned(),
            account: "111122223333".to_owned(),
            user_id: "AROA:w-1".to_owned(),
            session: Some(RoleSession {
                role_arn: "arn:aws:iam::111122223333:role/Worker".to_owned(),
                session_name: "w-1".to_owned(),
            }),
        }
    }

    #[track_caller]
    fn says(principal: &Value, extra: &Value, external_id: Option<&str>, verdict: Verdict) {
        let mut statement =
            json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal});
        for (name, value) in extra.as_object().into_iter().flatten() {
            statement[name] = value.clone();
        }
        let policy = json!({"Statement": [statement]});
        let said = Said {
            external_id,
            source_identity: Some("ada"),
            session_name: Some("w-1"),
        };
        assert_eq!(judge(&policy, &session(), said), verdict, "{policy}");
    }

    #[test]
    fn a_caller_is_named_by_account_role_session_or_star() {
        for principal in [
            json!("*"),
            json!({"AWS": "*"}),
            json!({"AWS": "111122223333"}),
            json!({"AWS": ["444455556666", "arn:aws:iam::111122223333:root"]}),
            json!({"AWS": "arn:aws:iam::111122223333:role/Worker"}),
            json!({"AWS": "arn:aws:sts::111122223333:assumed-role/Worker/w-1"}),
        ] {
            says(&principal, &json!({}), None, Verdict::Allowed);
        }
        for principal in [
            json!({"AWS": "444455556666"}),
            json!({"Service": "glue.amazonaws.com"}),
            json!({"AWS": "arn:aws:iam::111122223333:role/Other"}),
        ] {
            says(&principal, &json!({}), None, Verdict::Denied);
        }
    }

    #[test]
    fn conditions_on_what_the_caller_says_are_evaluated() {
        let wanted = json!({"Condition": {"StringEquals": {"sts:ExternalId": "e-1"}}});
        says(&json!("*"), &wanted, Some("e-1"), Verdict::Allowed);
        says(&json!("*"), &wanted, Some("e-2"), Verdict::Denied);
        says(&json!("*"), &wanted, None, Verdict::Denied);
        let source =
            |name: &str| json!({"Condition": {"StringEquals": {"sts:SourceIdentity": [name]}}});
        says(&json!("*"), &source("ada"), None, Verdict::Allowed);
        says(&json!("*"), &source("bob"), None, Verdict::Denied);
        let session = json!({"Condition": {"StringEquals": {"sts:RoleSessionName": "w-1"}}});
        says(&json!("*"), &session, None, Verdict::Allowed);
        let other = json!({"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}});
        says(&json!("*"), &other, None, Verdict::Denied);
    }

    #[test]
    fn actions_have_wildcards_and_a_denial_wins() {
        let action = |action: &str| json!({"Action": action});
        says(&json!("*"), &action("sts:*"), None, Verdict::Allowed);
        says(&json!("*"), &action("sts:Assume*"), None, Verdict::Allowed);
        says(
            &json!("*"),
            &action("sts:TagSession"),
            None,
            Verdict::Denied,
        );
        let policy = json!({"Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": "*"},
            {"Effect": "Deny", "Action": "sts:AssumeRole", "Principal": {"AWS": "111122223333"}},
        ]});
        assert_eq!(judge(&policy, &session(), Said::default()), Verdict::Denied);
    }
}
