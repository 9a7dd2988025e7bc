//! `AddPermission` and `RemovePermission`: statements of the queue's policy, by their labels. The
//! policy is kept and not evaluated.

use serde::Deserialize;
use serde_json::{Value, json};

use super::error::{error, invalid, missing};
use super::queue::{self, Queue};
use crate::error::ServiceError;
use crate::request::Call;
use crate::store::Tx;

const POLICY: &str = "Policy";
const MOST_STATEMENTS: usize = 7;

/// What others may be allowed to do.
const SHARED: [&str; 9] = [
    "*",
    "ChangeMessageVisibility",
    "DeleteMessage",
    "GetQueueAttributes",
    "GetQueueUrl",
    "ListDeadLetterSourceQueues",
    "PurgeQueue",
    "ReceiveMessage",
    "SendMessage",
];

/// What only the queue's owner does.
const OWNERS: [&str; 12] = [
    "AddPermission",
    "CancelMessageMoveTask",
    "CreateQueue",
    "DeleteQueue",
    "ListMessageMoveTasks",
    "ListQueueTags",
    "ListQueues",
    "RemovePermission",
    "SetQueueAttributes",
    "StartMessageMoveTask",
    "TagQueue",
    "UntagQueue",
];

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AddInput {
    queue_url: Option<String>,
    label: Option<String>,
    #[serde(rename = "AWSAccountIds", default)]
    accounts: Vec<String>,
    #[serde(default)]
    actions: Vec<String>,
}

/// Adds a statement that allows accounts to do something with the queue.
pub(super) fn add_permission(
    input: AddInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    let mut queue = queue::find(input.queue_url.as_deref(), call, tx)?;
    let label = input.label.ok_or_else(|| missing("Label"))?;
    check_label(&label)?;
    if input.accounts.is_empty() {
        return Err(missing("AWSAccountIds"));
    }
    if input.actions.is_empty() {
        return Err(missing("Actions"));
    }
    for action in &input.actions {
        check_action(action)?;
    }
    let is_account = |id: &&String| id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit());
    if let Some(bad) = input.accounts.iter().find(|id| !is_account(id)) {
        return Err(invalid("PrincipalId", bad, "Unable to verify."));
    }
    let mut policy = policy_of(&queue);
    let mut statements = statements_of(&mut policy);
    if statements
        .iter()
        .any(|statement| statement["Sid"] == *label)
    {
        return Err(invalid("Label", label, "Already exists."));
    }
    if statements.len() >= MOST_STATEMENTS {
        return Err(error(
            "OverLimit",
            format!(
                "{} statements were found, maximum allowed is {MOST_STATEMENTS}.",
                statements.len() + 1
            ),
        ));
    }
    let principals = input.accounts.iter();
    let principals = principals.map(|id| format!("arn:aws:iam::{id}:root"));
    let actions = input.actions.iter().map(|action| format!("SQS:{action}"));
    statements.push(json!({
        "Sid": label,
        "Effect": "Allow",
        "Principal": {"AWS": one_or_all(principals.collect())},
        "Action": one_or_all(actions.collect()),
        "Resource": queue.arn,
    }));
    save(&mut queue, policy, statements, call, tx)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RemoveInput {
    queue_url: Option<String>,
    label: Option<String>,
}

/// Removes the statement of a label; the last one takes the policy along.
pub(super) fn remove_permission(
    input: RemoveInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    let mut queue = queue::find(input.queue_url.as_deref(), call, tx)?;
    let label = input.label.ok_or_else(|| missing("Label"))?;
    let mut policy = policy_of(&queue);
    let mut statements = statements_of(&mut policy);
    let before = statements.len();
    statements.retain(|statement| statement["Sid"] != *label);
    if statements.len() == before {
        return Err(invalid(
            "Label",
            label,
            "can't find label on existing policy.",
        ));
    }
    save(&mut queue, policy, statements, call, tx)
}

fn check_label(label: &str) -> Result<(), ServiceError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if (1..=80).contains(&label.len()) && label.bytes().all(allowed) {
        return Ok(());
    }
    Err(invalid(
        "Label",
        label,
        "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length.",
    ))
}

fn check_action(action: &str) -> Result<(), ServiceError> {
    if OWNERS.contains(&action) {
        return Err(invalid(
            "ActionName",
            format!("SQS:{action}"),
            "Only the queue owner is allowed to invoke this action.",
        ));
    }
    if SHARED.contains(&action) {
        return Ok(());
    }
    Err(invalid(
        "ActionName",
        format!("SQS:{action}"),
        "Please refer to the appropriate WSDL for a list of valid actions. ",
    ))
}

fn one_or_all(mut values: Vec<String>) -> Value {
    match values.pop() {
        Some(only) if values.is_empty() => Value::from(only),
        Some(last) => {
            values.push(last);
            Value::from(values)
        }
        None => Value::Null,
    }
}

fn policy_of(queue: &Queue) -> Value {
    let text = queue.settings.other.get(POLICY);
    text.and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_else(|| {
            json!({
                "Version": "2008-10-17",
                "Id": format!("{}/SQSDefaultPolicy", queue.arn),
                "Statement": [],
            })
        })
}

/// A policy's statements as a list: a single one may stand without.
fn statements_of(policy: &mut Value) -> Vec<Value> {
    match policy["Statement"].take() {
        Value::Array(statements) => statements,
        Value::Null => Vec::new(),
        single => vec![single],
    }
}

fn save(
    queue: &mut Queue,
    mut policy: Value,
    statements: Vec<Value>,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    let other = &mut queue.settings.other;
    if statements.is_empty() {
        other.remove(POLICY);
    } else {
        policy["Statement"] = Value::Array(statements);
        other.insert(POLICY.to_owned(), policy.to_string());
    }
    queue.modified_ms = call.now_ms;
    queue.save(&call.scope, tx)
}
