//! What a topic can be: its name and its attributes.

use std::collections::BTreeMap;

use serde_json::Value;

use super::error;
use crate::error::ServiceError;

/// What can be set.
const SETTABLE: [&str; 11] = [
    "ArchivePolicy",
    "ContentBasedDeduplication",
    "DataProtectionPolicy",
    "DeliveryPolicy",
    "DisplayName",
    "FifoThroughputScope",
    "KmsMasterKeyId",
    "Policy",
    "SignatureVersion",
    "SQSSuccessFeedbackRoleArn",
    "TracingConfig",
];

/// A FIFO topic says so in its name and in its attributes.
pub(super) fn check_name(
    name: &str,
    attributes: &BTreeMap<String, String>,
) -> Result<(), ServiceError> {
    let fifo = attributes
        .get("FifoTopic")
        .is_some_and(|fifo| fifo == "true");
    let stem = match (fifo, name.strip_suffix(".fifo")) {
        (true, Some(stem)) => stem,
        (true, None) => "",
        (false, _) => name,
    };
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if !stem.is_empty() && name.len() <= 256 && stem.bytes().all(allowed) {
        return Ok(());
    }
    Err(error::invalid(if fifo {
        "Fifo Topic names must end with .fifo and must be made up of only uppercase and lowercase \
         ASCII letters, numbers, underscores, and hyphens, and must be between 1 and 256 characters \
         long."
    } else {
        "Topic Name"
    }))
}

pub(super) fn check_attribute(topic: &str, name: &str, value: &str) -> Result<(), ServiceError> {
    check_settable(name)?;
    let only_fifo = [
        "ArchivePolicy",
        "ContentBasedDeduplication",
        "FifoThroughputScope",
    ];
    if only_fifo.contains(&name) && !topic.ends_with(".fifo") {
        return Err(error::invalid(format!(
            "{name} Reason: {name} is only for FIFO topics"
        )));
    }
    let fits = match name {
        "ContentBasedDeduplication" => ["true", "false"].contains(&value),
        "FifoThroughputScope" => ["Topic", "MessageGroup"].contains(&value),
        "DisplayName" => value.chars().count() <= 100,
        "SignatureVersion" => ["1", "2"].contains(&value),
        "Policy" | "DeliveryPolicy" | "ArchivePolicy" => {
            serde_json::from_str::<Value>(value).is_ok_and(|value| value.is_object())
        }
        _ => true,
    };
    if fits {
        return Ok(());
    }
    Err(error::invalid(format!(
        "{name} Reason: Invalid value [{value}]"
    )))
}

pub(super) fn check_settable(name: &str) -> Result<(), ServiceError> {
    if SETTABLE.contains(&name)
        || name.ends_with("FeedbackRoleArn")
        || name.ends_with("FeedbackSampleRate")
    {
        return Ok(());
    }
    Err(error::invalid("AttributeName"))
}
