//! Redrive policies: where messages go that were received too often, and who may send them there.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::invalid;
use super::queue::{Queue, find_by_arn};
use crate::error::ServiceError;
use crate::store::{Scope, Tx};

/// How many queues an allow policy may name.
const MOST_SOURCES: usize = 10;

/// Where messages go that were received too often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Redrive {
    pub(super) target_arn: String,
    pub(super) max_receive_count: u32,
}

/// `{"deadLetterTargetArn": "…", "maxReceiveCount": 5}`, the count as a number or as text.
pub(super) fn read_policy(
    text: &str,
    source: &Queue,
    scope: &Scope,
    tx: &Tx<'_>,
) -> Result<Redrive, ServiceError> {
    let refused = |reason: &str| invalid("RedrivePolicy", text, reason);
    let policy: Value = serde_json::from_str(text)
        .map_err(|_| refused("Redrive policy is not a valid JSON map."))?;
    if !policy.is_object() {
        return Err(refused("Redrive policy is not a valid JSON map."));
    }
    let lacks = |attribute: &str| {
        refused(&format!(
            "Redrive policy does not contain mandatory attribute: {attribute}."
        ))
    };
    let target_arn = match &policy["deadLetterTargetArn"] {
        Value::Null => return Err(lacks("deadLetterTargetArn")),
        target => target.as_str().unwrap_or_default().to_owned(),
    };
    let max_receive_count = match &policy["maxReceiveCount"] {
        Value::Null => return Err(lacks("maxReceiveCount")),
        count => read_count(count).ok_or_else(|| {
            let count = count.as_str().map_or(count.to_string(), str::to_owned);
            refused(&format!(
                "Invalid value for maxReceiveCount: {count}, valid values are from 1 to 1000 both \
                 inclusive."
            ))
        })?,
    };
    if target_arn.split(':').count() != 6 {
        return Err(refused("Invalid value for deadLetterTargetArn."));
    }
    match find_by_arn(&target_arn, tx)? {
        None => Err(refused("Dead letter target does not exist.")),
        Some((target, _)) if target != *scope => Err(refused(
            "Dead-letter target owner and region should match those of the source.",
        )),
        Some((_, target)) if target.is_fifo() != source.is_fifo() => Err(refused(
            "Dead-letter queue must be same type of queue as the source.",
        )),
        Some((_, target)) if !allows(&target, &source.arn) => Err(refused(
            "The redrive allow policy of the dead-letter queue does not allow this source queue.",
        )),
        Some(_) => Ok(Redrive {
            target_arn,
            max_receive_count,
        }),
    }
}

fn read_count(count: &Value) -> Option<u32> {
    let count = match count {
        Value::Number(count) => count.as_u64(),
        Value::String(count) => count.parse().ok(),
        _ => None,
    };
    let count = u32::try_from(count?).ok()?;
    (1..=1_000).contains(&count).then_some(count)
}

/// Which queues may use a queue as their dead-letter queue.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AllowPolicy {
    redrive_permission: Permission,
    #[serde(default)]
    source_queue_arns: Vec<String>,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Permission {
    AllowAll,
    DenyAll,
    ByQueue,
}

/// `{"redrivePermission": "byQueue", "sourceQueueArns": ["…"]}`.
pub(super) fn read_allow_policy(text: &str) -> Result<AllowPolicy, ServiceError> {
    let refused = |reason: &str| invalid("RedriveAllowPolicy", text, reason);
    let policy: AllowPolicy = serde_json::from_str(text)
        .map_err(|_| refused("Amazon SQS can't create the redrive allow policy."))?;
    let names_queues = !policy.source_queue_arns.is_empty();
    if names_queues != (policy.redrive_permission == Permission::ByQueue) {
        return Err(refused(
            "sourceQueueArns are given for the redrivePermission byQueue, and for no other.",
        ));
    }
    if policy.source_queue_arns.len() > MOST_SOURCES {
        return Err(refused("sourceQueueArns names 10 queues at most."));
    }
    Ok(policy)
}

fn allows(target: &Queue, source_arn: &str) -> bool {
    let policy = target.settings.other.get("RedriveAllowPolicy");
    let Some(policy) = policy.and_then(|text| read_allow_policy(text).ok()) else {
        return true;
    };
    match policy.redrive_permission {
        Permission::AllowAll => true,
        Permission::DenyAll => false,
        Permission::ByQueue => policy.source_queue_arns.iter().any(|arn| arn == source_arn),
    }
}
