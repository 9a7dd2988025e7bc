//! What a queue is set to, and its attributes, which are text on the wire.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::error::error;
use super::fifo::{Fifo, fifo_attribute};
use super::queue::Queue;
use super::redrive::{Redrive, read_allow_policy, read_policy};
use crate::error::ServiceError;
use crate::store::{Scope, Tx};

/// How long a data key is used by default, in seconds.
const KEY_REUSE: &str = "300";

/// What `SetQueueAttributes` changes. Times are in seconds, sizes in bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Settings {
    pub(super) visibility_timeout: u32,
    pub(super) delay: u32,
    pub(super) receive_wait: u32,
    pub(super) retention: u32,
    pub(super) maximum_size: u32,
    pub(super) redrive: Option<Redrive>,
    /// Set for FIFO queues.
    #[serde(default)]
    pub(super) fifo: Option<Fifo>,
    /// Attributes that are kept as they came, under their AWS names.
    pub(super) other: BTreeMap<String, String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            visibility_timeout: 30,
            delay: 0,
            receive_wait: 0,
            retention: 345_600,
            maximum_size: 1_048_576,
            redrive: None,
            fifo: None,
            other: BTreeMap::new(),
        }
    }
}

/// The settings of `queue` after `changes`. An empty policy or key is none.
///
/// # Errors
/// `InvalidAttributeName` and `InvalidAttributeValue`; for redrive policies
/// `InvalidParameterValueException`.
pub(super) fn changed(
    queue: &Queue,
    changes: &BTreeMap<String, String>,
    scope: &Scope,
    tx: &Tx<'_>,
) -> Result<Settings, ServiceError> {
    let mut settings = queue.settings.clone();
    for (name, value) in changes {
        let number = |from: u32, to: u32| number(name, value, from, to);
        match name.as_str() {
            "VisibilityTimeout" => settings.visibility_timeout = number(0, 43_200)?,
            "DelaySeconds" => settings.delay = number(0, 900)?,
            "ReceiveMessageWaitTimeSeconds" => settings.receive_wait = number(0, 20)?,
            "MessageRetentionPeriod" => settings.retention = number(60, 1_209_600)?,
            "MaximumMessageSize" => settings.maximum_size = number(1_024, 1_048_576)?,
            "RedrivePolicy" if value.is_empty() => settings.redrive = None,
            "RedrivePolicy" => settings.redrive = Some(read_policy(value, queue, scope, tx)?),
            "FifoQueue"
            | "ContentBasedDeduplication"
            | "DeduplicationScope"
            | "FifoThroughputLimit" => fifo_attribute(name, value, settings.fifo.as_mut())?,
            "Policy"
            | "RedriveAllowPolicy"
            | "KmsMasterKeyId"
            | "KmsDataKeyReusePeriodSeconds"
            | "SqsManagedSseEnabled" => {
                check_kept(name, value)?;
                if value.is_empty() {
                    settings.other.remove(name);
                } else {
                    settings.other.insert(name.to_owned(), value.clone());
                }
            }
            other => return Err(unknown(other)),
        }
    }
    if let Some(fifo) = &settings.fifo {
        fifo.check()?;
    }
    choose_encryption(&mut settings, changes)?;
    Ok(settings)
}

fn check_kept(name: &str, value: &str) -> Result<(), ServiceError> {
    if value.is_empty() {
        return Ok(());
    }
    match name {
        "Policy" if serde_json::from_str::<BTreeMap<String, serde_json::Value>>(value).is_err() => {
            Err(invalid_value(name))
        }
        "RedriveAllowPolicy" => read_allow_policy(value).map(|_| ()),
        "KmsDataKeyReusePeriodSeconds" => number(name, value, 60, 86_400).map(|_| ()),
        "SqsManagedSseEnabled" => boolean(name, value).map(|_| ()),
        _ => Ok(()),
    }
}

/// A queue is encrypted with a key of KMS, or with SQS's own, or not at all.
fn choose_encryption(
    settings: &mut Settings,
    changes: &BTreeMap<String, String>,
) -> Result<(), ServiceError> {
    let set = |name| changes.get(name).filter(|value| !value.is_empty());
    let managed = match set("SqsManagedSseEnabled") {
        Some(value) => Some(boolean("SqsManagedSseEnabled", value)?),
        None => None,
    };
    match (set("KmsMasterKeyId"), managed) {
        (Some(_), Some(true)) => Err(error(
            "InvalidAttributeName",
            "You can use one type of server-side encryption (SSE) at one time. You can either \
             enable KMS SSE or SQS SSE.",
        )),
        (Some(_), _) => {
            let other = &mut settings.other;
            other.insert("SqsManagedSseEnabled".to_owned(), "false".to_owned());
            Ok(())
        }
        (None, Some(managed)) => {
            let other = &mut settings.other;
            other.insert("SqsManagedSseEnabled".to_owned(), managed.to_string());
            if managed {
                other.remove("KmsMasterKeyId");
            }
            Ok(())
        }
        (None, None) => Ok(()),
    }
}

/// The settings as attributes.
pub(super) fn shown(settings: &Settings) -> BTreeMap<String, String> {
    let mut shown: BTreeMap<String, String> = [
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
    if let Some(fifo) = &settings.fifo {
        shown.extend(fifo.shown());
    }
    shown.extend(settings.other.clone());
    let reuse = "KmsDataKeyReusePeriodSeconds";
    if shown.contains_key("KmsMasterKeyId") {
        shown
            .entry(reuse.to_owned())
            .or_insert_with(|| KEY_REUSE.to_owned());
    } else if shown.get(reuse).is_some_and(|value| value == KEY_REUSE) {
        shown.remove(reuse);
    }
    shown
}

pub(super) fn unknown(attribute: &str) -> ServiceError {
    error(
        "InvalidAttributeName",
        format!("Unknown Attribute {attribute}."),
    )
}

pub(super) fn invalid_value(attribute: &str) -> ServiceError {
    error(
        "InvalidAttributeValue",
        format!("Invalid value for the parameter {attribute}."),
    )
}

fn number(name: &str, value: &str, from: u32, to: u32) -> Result<u32, ServiceError> {
    match value.parse() {
        Ok(number) if (from..=to).contains(&number) => Ok(number),
        _ => Err(invalid_value(name)),
    }
}

/// `true` or `False`: capitals do not matter.
pub(super) fn boolean(name: &str, value: &str) -> Result<bool, ServiceError> {
    value
        .to_ascii_lowercase()
        .parse()
        .map_err(|_| invalid_value(name))
}
