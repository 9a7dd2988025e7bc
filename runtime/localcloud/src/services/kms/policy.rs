//! Key policies. A key has one, called `default`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::error;
use super::key::{OneKey, require};
use crate::error::ServiceError;
use crate::request::Call;
use crate::store::Tx;

const NAME: &str = "default";

/// What a key gets that was created without one: its account may do everything.
pub(super) fn of_account(call: &Call<'_>) -> String {
    json!({
        "Version": "2012-10-17",
        "Id": "key-default-1",
        "Statement": [{
            "Sid": "Enable IAM User Permissions",
            "Effect": "Allow",
            "Principal": {"AWS": format!("arn:aws:iam::{}:root", call.scope.account)},
            "Action": "kms:*",
            "Resource": "*",
        }],
    })
    .to_string()
}

/// Refuses what is not a policy document.
pub(super) fn check(text: &str) -> Result<(), ServiceError> {
    let statements = serde_json::from_str::<Value>(text)
        .is_ok_and(|policy| matches!(policy["Statement"], Value::Array(_) | Value::Object(_)));
    if statements {
        return Ok(());
    }
    Err(ServiceError::bad_request(
        "MalformedPolicyDocumentException",
        "The policy is not a JSON object with statements.",
    ))
}

fn check_name(name: Option<&str>) -> Result<(), ServiceError> {
    match name {
        None | Some(NAME) => Ok(()),
        Some(other) => Err(error::not_found(format!("No such policy exists: {other}"))),
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetInput {
    key_id: String,
    policy_name: Option<String>,
}

/// `GetKeyPolicy`.
pub(super) fn get(input: GetInput, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    check_name(input.policy_name.as_deref())?;
    let key = require(call, tx, &input.key_id)?;
    Ok(json!({"Policy": key.policy, "PolicyName": NAME}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PutInput {
    key_id: String,
    policy_name: Option<String>,
    policy: String,
}

/// `PutKeyPolicy`.
pub(super) fn put(input: PutInput, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    check_name(input.policy_name.as_deref())?;
    let mut key = require(call, tx, &input.key_id)?;
    key.alive()?;
    check(&input.policy)?;
    key.policy = input.policy;
    key.save(call, tx)?;
    Ok(json!({}))
}

/// `ListKeyPolicies`.
pub(super) fn list(input: OneKey, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    require(call, tx, &input.key_id)?;
    Ok(json!({"PolicyNames": [NAME], "Truncated": false}))
}
