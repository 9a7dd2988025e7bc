//! What a subscription can be: its endpoint and its attributes.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{error, filter};
use crate::error::ServiceError;

/// What can be set.
const SETTABLE: [&str; 7] = [
    "DeliveryPolicy",
    "FilterPolicy",
    "FilterPolicyScope",
    "RawMessageDelivery",
    "RedrivePolicy",
    "ReplayPolicy",
    "SubscriptionRoleArn",
];

pub(super) fn check_endpoint(protocol: &str, endpoint: &str) -> Result<(), ServiceError> {
    let fits = match protocol {
        "sqs" => endpoint.starts_with("arn:") && endpoint.contains(":sqs:"),
        "lambda" => endpoint.starts_with("arn:") && endpoint.contains(":lambda:"),
        "http" => endpoint.starts_with("http://"),
        "https" => endpoint.starts_with("https://"),
        "email" | "email-json" => endpoint.contains('@'),
        _ => !endpoint.is_empty(),
    };
    if fits {
        return Ok(());
    }
    Err(error::invalid(format!(
        "{} endpoint",
        protocol.to_uppercase()
    )))
}

/// What a filter policy is for, from a subscription's attributes.
pub(super) fn scope_of(attributes: &BTreeMap<String, String>) -> &str {
    attributes
        .get("FilterPolicyScope")
        .map_or("MessageAttributes", String::as_str)
}

pub(super) fn check_attribute(name: &str, value: &str, scope: &str) -> Result<(), ServiceError> {
    if !SETTABLE.contains(&name) {
        return Err(error::invalid("AttributeName"));
    }
    let (fits, otherwise) = match name {
        "RawMessageDelivery" => (["true", "false"].contains(&value), "Must be true or false."),
        "FilterPolicyScope" => (
            ["MessageAttributes", "MessageBody"].contains(&value),
            "Please use either MessageBody or MessageAttributes",
        ),
        "FilterPolicy" => return filter::check(value, scope == "MessageBody"),
        "RedrivePolicy" => return check_redrive(value),
        _ => (true, ""),
    };
    if fits {
        return Ok(());
    }
    Err(error::invalid(format!(
        "{name}: Invalid value [{value}]. {otherwise}"
    )))
}

/// `{"deadLetterTargetArn": "…"}`
fn check_redrive(value: &str) -> Result<(), ServiceError> {
    let policy: Value = serde_json::from_str(value)
        .map_err(|_| error::invalid("RedrivePolicy: failed to parse JSON."))?;
    let arn = policy["deadLetterTargetArn"].as_str().unwrap_or_default();
    if arn.split(':').count() == 6 && arn.starts_with("arn:") && arn.contains(":sqs:") {
        return Ok(());
    }
    Err(error::invalid(
        "RedrivePolicy: deadLetterTargetArn is an invalid arn",
    ))
}
