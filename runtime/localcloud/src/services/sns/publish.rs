//! `Publish`, `PublishBatch`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Value, json};

use super::envelope::{Message, envelope};
use super::subscription::{self, Subscription};
use super::topic::{self, Topic};
use super::{error, filter};
use crate::error::ServiceError;
use crate::faults::BatchFaults;
use crate::protocol::query;
use crate::request::Call;
use crate::services::sqs::{self, Attribute};
use crate::store::Tx;

/// The largest message, its attributes included, in bytes.
const LARGEST: usize = 262_144;
const LARGEST_BATCH: usize = 10;

/// Message attributes on the wire.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    name: String,
    value: Attribute,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Content {
    id: Option<String>,
    message: Option<String>,
    subject: Option<String>,
    message_structure: Option<String>,
    #[serde(default, deserialize_with = "query::list")]
    message_attributes: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    topic_arn: Option<String>,
    target_arn: Option<String>,
    #[serde(flatten)]
    content: Content,
}

/// `Publish`.
pub(super) fn publish(input: Input, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let arn = input.topic_arn.or(input.target_arn).ok_or_else(|| {
        error::invalid("TopicArn or TargetArn Reason: no value for required parameter")
    })?;
    let topic = topic::require(call, tx, &arn)?;
    let id = send(&topic, input.content, call, tx)?;
    Ok(json!({"MessageId": id}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct BatchInput {
    #[serde(default)]
    topic_arn: String,
    #[serde(default, deserialize_with = "query::list")]
    publish_batch_request_entries: Vec<Content>,
}

/// `PublishBatch`: an entry that fails does not keep the others.
pub(super) fn publish_batch(
    input: BatchInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let topic = topic::require(call, tx, &input.topic_arn)?;
    let entries = input.publish_batch_request_entries;
    if entries.is_empty() {
        return Err(ServiceError::bad_request(
            "EmptyBatchRequest",
            "The batch request doesn't contain any entries.",
        ));
    }
    if entries.len() > LARGEST_BATCH {
        return Err(ServiceError::bad_request(
            "TooManyEntriesInBatchRequest",
            "The batch request contains more entries than permissible.",
        ));
    }
    let ids: BTreeSet<_> = entries.iter().map(|entry| entry.id.clone()).collect();
    if ids.len() != entries.len() || ids.contains(&None) {
        return Err(ServiceError::bad_request(
            "BatchEntryIdsNotDistinct",
            "Two or more batch entries in the request have the same Id.",
        ));
    }
    let (mut successful, mut failed) = (Vec::new(), Vec::new());
    let mut faults = BatchFaults::of(call);
    for entry in entries {
        let id = entry.id.clone();
        match faults.entry(|| send(&topic, entry, call, tx))? {
            Ok(message_id) => successful.push(json!({"Id": id, "MessageId": message_id})),
            Err(error) => failed.push(json!({
                "Id": id, "Code": error.code, "Message": error.message,
                "SenderFault": error.status < 500,
            })),
        }
    }
    Ok(json!({"Successful": successful, "Failed": failed}))
}

fn send(
    topic: &Topic,
    content: Content,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<String, ServiceError> {
    let text = content.message.filter(|text| !text.is_empty());
    let text = text.ok_or_else(|| error::invalid("Empty message"))?;
    let attributes: BTreeMap<String, Attribute> = content
        .message_attributes
        .into_iter()
        .map(|entry| (entry.name, entry.value))
        .collect();
    let size: usize = attributes
        .iter()
        .map(|(name, attribute)| {
            let value = attribute
                .string_value
                .as_ref()
                .or(attribute.binary_value.as_ref());
            name.len() + attribute.data_type.len() + value.map_or(0, String::len)
        })
        .sum();
    if text.len() + size > LARGEST {
        return Err(error::invalid("Message too long"));
    }
    if content
        .subject
        .as_ref()
        .is_some_and(|subject| subject.is_empty() || subject.len() > 100)
    {
        return Err(error::invalid("Subject"));
    }
    let texts = match content.message_structure.as_deref() {
        Some("json") => Some(by_protocol(&text)?),
        Some(_) => return Err(error::invalid("MessageStructure")),
        None => None,
    };
    let id = call.cloud.uuid();
    for subscription in subscription::of_topic(topic, &call.scope, tx)? {
        let text = match &texts {
            None => text.as_str(),
            Some(texts) => texts
                .get(&subscription.protocol)
                .or_else(|| texts.get("default"))
                .map_or("", String::as_str),
        };
        let message = Message {
            id: &id,
            topic_arn: &topic.arn,
            subject: content.subject.as_deref(),
            text,
            attributes: &attributes,
        };
        deliver(&subscription, &message, call, tx)?;
    }
    Ok(id)
}

/// `{"default": "…", "sqs": "…"}`.
fn by_protocol(text: &str) -> Result<BTreeMap<String, String>, ServiceError> {
    let texts: BTreeMap<String, String> = serde_json::from_str(text)
        .map_err(|_| error::invalid("Message Structure - JSON message body failed to parse"))?;
    if !texts.contains_key("default") {
        return Err(error::invalid(
            "Message Structure - No default entry in JSON message body",
        ));
    }
    Ok(texts)
}

fn deliver(
    subscription: &Subscription,
    message: &Message<'_>,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    if subscription.protocol != "sqs" || !wanted(subscription, message) {
        return Ok(());
    }
    let raw = subscription.is("RawMessageDelivery");
    let (body, attributes) = if raw {
        (message.text.to_owned(), message.attributes.clone())
    } else {
        (envelope(message, &subscription.arn, call), BTreeMap::new())
    };
    let queue = &subscription.endpoint;
    if sqs::deliver_with(
        tx,
        call.cloud,
        queue,
        body.clone(),
        attributes.clone(),
        call.now_ms,
    )? {
        return Ok(());
    }
    let redrive = subscription.attributes.get("RedrivePolicy");
    let redrive: Value = redrive
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default();
    if let Some(dead_letters) = redrive["deadLetterTargetArn"].as_str() {
        sqs::deliver_with(tx, call.cloud, dead_letters, body, attributes, call.now_ms)?;
    }
    Ok(())
}

fn wanted(subscription: &Subscription, message: &Message<'_>) -> bool {
    let Some(policy) = subscription.attributes.get("FilterPolicy") else {
        return true;
    };
    let scope = subscription.attributes.get("FilterPolicyScope");
    if scope.is_some_and(|scope| scope == "MessageBody") {
        filter::takes_body(policy, message.text)
    } else {
        filter::takes_attributes(policy, message.attributes)
    }
}
