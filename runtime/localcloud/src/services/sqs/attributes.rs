//! Queue attributes: strings on the wire, [`Settings`] inside.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::{error, invalid};
use super::message;
use super::queue::{self, Queue, Redrive, Settings, find_by_arn};
use crate::error::ServiceError;
use crate::request::Call;
use crate::store::{Scope, Tx};

/// Attributes that are kept and shown, and have no effect here.
const KEPT: [&str; 5] = [
    "Policy",
    "RedriveAllowPolicy",
    "KmsMasterKeyId",
    "KmsDataKeyReusePeriodSeconds",
    "SqsManagedSseEnabled",
];

const KNOWN: [&str; 12] = [
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
    "CreatedTimestamp",
    "DelaySeconds",
    "LastModifiedTimestamp",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "QueueArn",
    "ReceiveMessageWaitTimeSeconds",
    "RedrivePolicy",
    "VisibilityTimeout",
];

/// The settings after `changes`.
pub(super) fn apply(
    settings: &Settings,
    changes: &BTreeMap<String, String>,
    scope: &Scope,
    tx: &Tx<'_>,
) -> Result<Settings, ServiceError> {
    let mut settings = settings.clone();
    for (name, value) in changes {
        let number = |from: u32, to: u32| number(name, value, from, to);
        match name.as_str() {
            "VisibilityTimeout" => settings.visibility_timeout = number(0, 43_200)?,
            "DelaySeconds" => settings.delay = number(0, 900)?,
            "ReceiveMessageWaitTimeSeconds" => settings.receive_wait = number(0, 20)?,
            "MessageRetentionPeriod" => settings.retention = number(60, 1_209_600)?,
            "MaximumMessageSize" => settings.maximum_size = number(1_024, 1_048_576)?,
            "RedrivePolicy" if value.is_empty() => settings.redrive = None,
            "RedrivePolicy" => settings.redrive = Some(redrive(value, scope, tx)?),
            "FifoQueue" => return Err(fifo_is_not_there()),
            name if KEPT.contains(&name) => {
                if value.is_empty() {
                    settings.other.remove(name);
                } else {
                    settings.other.insert(name.to_owned(), value.clone());
                }
            }
            other => {
                return Err(error(
                    "InvalidAttributeName",
                    format!("Unknown Attribute {other}."),
                ));
            }
        }
    }
    Ok(settings)
}

pub(super) fn fifo_is_not_there() -> ServiceError {
    error(
        "UnsupportedOperation",
        "The embedded AWS does not have FIFO queues yet: create a standard queue.",
    )
}

fn number(name: &str, value: &str, from: u32, to: u32) -> Result<u32, ServiceError> {
    match value.parse() {
        Ok(number) if (from..=to).contains(&number) => Ok(number),
        _ => Err(error(
            "InvalidAttributeValue",
            format!("Invalid value for the parameter {name}."),
        )),
    }
}

/// `{"deadLetterTargetArn": "…", "maxReceiveCount": 5}`, the count as a number or as text.
fn redrive(text: &str, scope: &Scope, tx: &Tx<'_>) -> Result<Redrive, ServiceError> {
    let refused = |reason| invalid("RedrivePolicy", text, reason);
    let policy: Value = serde_json::from_str(text)
        .map_err(|_| refused("Redrive policy is not a valid JSON map."))?;
    let target_arn = policy["deadLetterTargetArn"]
        .as_str()
        .ok_or_else(|| {
            refused("Redrive policy does not contain mandatory attribute: deadLetterTargetArn.")
        })?
        .to_owned();
    let max_receive_count = match &policy["maxReceiveCount"] {
        Value::Number(count) => count.as_u64(),
        Value::String(count) => count.parse().ok(),
        _ => None,
    }
    .and_then(|count| u32::try_from(count).ok())
    .filter(|count| (1..=1_000).contains(count))
    .ok_or_else(|| {
        refused("Invalid value for maxReceiveCount: valid values are from 1 to 1000 inclusively.")
    })?;
    match find_by_arn(&target_arn, tx)? {
        Some((target, _)) if target == *scope => Ok(Redrive {
            target_arn,
            max_receive_count,
        }),
        Some(_) => Err(refused(
            "Dead-letter target owner and region should match those of the source.",
        )),
        None => Err(refused("Dead letter target does not exist.")),
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetInput {
    queue_url: Option<String>,
    #[serde(default)]
    attribute_names: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetOutput {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    attributes: BTreeMap<String, String>,
}

/// `GetQueueAttributes`. The numbers of messages are exact here.
pub(super) fn get(
    input: GetInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<GetOutput, ServiceError> {
    let queue = queue::find(input.queue_url.as_deref(), call, tx)?;
    let wanted = |name: &str| {
        input
            .attribute_names
            .iter()
            .any(|wanted| wanted == "All" || wanted == name)
    };
    if let Some(unknown) = input.attribute_names.iter().find(|name| {
        let name = name.as_str();
        name != "All" && !KNOWN.contains(&name) && !KEPT.contains(&name)
    }) {
        return Err(error(
            "InvalidAttributeName",
            format!("Unknown Attribute {unknown}."),
        ));
    }
    let mut attributes = show(&queue);
    if KNOWN[..3].iter().any(|name| wanted(name)) {
        message::expire(&queue, &call.scope, call.now_ms, tx)?;
        let counts = message::count(&queue, &call.scope, call.now_ms, tx)?;
        let numbers = [counts.visible, counts.delayed, counts.in_flight];
        for (name, number) in KNOWN.iter().zip(numbers) {
            attributes.insert((*name).to_owned(), number.to_string());
        }
    }
    attributes.retain(|name, _| wanted(name));
    Ok(GetOutput { attributes })
}

fn show(queue: &Queue) -> BTreeMap<String, String> {
    let settings = &queue.settings;
    let mut shown: BTreeMap<String, String> = [
        ("QueueArn", queue.arn.clone()),
        ("CreatedTimestamp", (queue.created_ms / 1_000).to_string()),
        (
            "LastModifiedTimestamp",
            (queue.modified_ms / 1_000).to_string(),
        ),
        ("VisibilityTimeout", settings.visibility_timeout.to_string()),
        ("DelaySeconds", settings.delay.to_string()),
        (
            "ReceiveMessageWaitTimeSeconds",
            settings.receive_wait.to_string(),
        ),
        ("MessageRetentionPeriod", settings.retention.to_string()),
        ("MaximumMessageSize", settings.maximum_size.to_string()),
        ("SqsManagedSseEnabled", "true".to_owned()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect();
    if let Some(redrive) = &settings.redrive {
        let policy = serde_json::json!({
            "deadLetterTargetArn": redrive.target_arn,
            "maxReceiveCount": redrive.max_receive_count,
        });
        shown.insert("RedrivePolicy".to_owned(), policy.to_string());
    }
    shown.extend(settings.other.clone());
    shown
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SetInput {
    queue_url: Option<String>,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
}

/// `SetQueueAttributes`.
pub(super) fn set(input: SetInput, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
    let mut queue = queue::find(input.queue_url.as_deref(), call, tx)?;
    queue.settings = apply(&queue.settings, &input.attributes, &call.scope, tx)?;
    queue.modified_ms = call.now_ms;
    queue.save(&call.scope, tx)
}
