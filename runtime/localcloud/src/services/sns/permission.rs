//! `AddPermission`, `RemovePermission`: statements of a topic's policy, which is kept and not
//! evaluated.

use serde::Deserialize;
use serde_json::{Value, json};

use super::error;
use super::topic::{self, Topic};
use crate::error::ServiceError;
use crate::protocol::query;
use crate::request::Call;
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AddInput {
    #[serde(default)]
    topic_arn: String,
    #[serde(default)]
    label: String,
    #[serde(default, rename = "AWSAccountId", deserialize_with = "query::list")]
    accounts: Vec<String>,
    #[serde(default, rename = "ActionName", deserialize_with = "query::list")]
    actions: Vec<String>,
}

/// `AddPermission`.
pub(super) fn add(input: AddInput, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    const ACTIONS: [&str; 9] = [
        "AddPermission",
        "DeleteTopic",
        "GetTopicAttributes",
        "ListSubscriptionsByTopic",
        "Publish",
        "Receive",
        "RemovePermission",
        "SetTopicAttributes",
        "Subscribe",
    ];
    let mut topic = topic::require(call, tx, &input.topic_arn)?;
    let unknown = |action: &String| !ACTIONS.contains(&action.as_str());
    if input.actions.is_empty() || input.actions.iter().any(unknown) {
        return Err(error::invalid(
            "Policy statement action out of service scope!",
        ));
    }
    if input.accounts.is_empty() {
        return Err(error::invalid("AWSAccountId"));
    }
    let principals: Vec<String> = input
        .accounts
        .iter()
        .map(|account| format!("arn:aws:iam::{account}:root"))
        .collect();
    let actions: Vec<String> = input
        .actions
        .iter()
        .map(|action| format!("SNS:{action}"))
        .collect();
    let mut policy = policy(&topic, call);
    let statements = policy["Statement"].as_array_mut();
    let Some(statements) = statements else {
        return Err(error::invalid("Policy"));
    };
    if statements.iter().any(|known| known["Sid"] == input.label) {
        return Err(error::invalid("Statement already exists"));
    }
    statements.push(json!({
        "Sid": input.label,
        "Effect": "Allow",
        "Principal": {"AWS": principals},
        "Action": actions,
        "Resource": topic.arn,
    }));
    topic
        .attributes
        .insert("Policy".to_owned(), policy.to_string());
    topic.save(&call.scope, tx)?;
    Ok(Value::Null)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RemoveInput {
    #[serde(default)]
    topic_arn: String,
    #[serde(default)]
    label: String,
}

/// `RemovePermission`. A statement that is not there is removed already.
pub(super) fn remove(
    input: RemoveInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut topic = topic::require(call, tx, &input.topic_arn)?;
    let mut policy = policy(&topic, call);
    if let Some(statements) = policy["Statement"].as_array_mut() {
        statements.retain(|known| known["Sid"] != input.label.as_str());
    }
    topic
        .attributes
        .insert("Policy".to_owned(), policy.to_string());
    topic.save(&call.scope, tx)?;
    Ok(Value::Null)
}

fn policy(topic: &Topic, call: &Call<'_>) -> Value {
    let text = match topic.attributes.get("Policy") {
        Some(text) => text.clone(),
        None => topic::policy_of_owner(topic, call),
    };
    serde_json::from_str(&text).unwrap_or_default()
}
