//! `Publish`, `PublishBatch`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Value, json};

use super::attribute;
use super::delivery::{self, Delivery};
use super::envelope::{Message, envelope};
use super::fifo::{self, Place};
use super::lane::{self, Turn};
use super::subscription::{self, Subscription};
use super::topic::{self, Topic};
use super::{error, filter};
use crate::error::ServiceError;
use crate::faults::BatchFaults;
use crate::protocol::query;
use crate::request::Call;
use crate::services::sqs::Attribute;
use crate::store::{Scope, Tx};

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
    message_group_id: Option<String>,
    message_deduplication_id: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    topic_arn: Option<String>,
    target_arn: Option<String>,
    phone_number: Option<String>,
    #[serde(flatten)]
    content: Content,
}

/// `Publish`.
pub(super) fn publish(input: Input, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    if input.phone_number.is_some() {
        return Err(error::invalid(
            "PhoneNumber Reason: the embedded AWS sends no text messages: publish to a topic",
        ));
    }
    let arn = input.topic_arn.or(input.target_arn).ok_or_else(|| {
        error::invalid("TopicArn or TargetArn Reason: no value for required parameter")
    })?;
    let topic = topic::require(call, tx, &arn)?;
    send(&topic, &call.scope, check(&topic, input.content)?, call, tx)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct BatchInput {
    #[serde(default)]
    topic_arn: String,
    #[serde(default, deserialize_with = "query::list")]
    publish_batch_request_entries: Vec<Content>,
}

/// `PublishBatch`. An entry that is not valid refuses the whole batch, of which nothing is sent then; one
/// that fails later does not keep the others.
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
    let allowed = |id: &String| {
        (1..=80).contains(&id.len())
            && id
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    if !ids.iter().flatten().all(allowed) {
        return Err(ServiceError::bad_request(
            "InvalidBatchEntryId",
            "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It \
             can be at most 80 letters long.",
        ));
    }
    if entries.iter().map(Content::size).sum::<usize>() > LARGEST {
        return Err(ServiceError::bad_request(
            "BatchRequestTooLong",
            "The length of all the messages put together is more than the limit.",
        ));
    }
    let entries = entries
        .into_iter()
        .map(|entry| Ok((entry.id.clone(), check(&topic, entry)?)))
        .collect::<Result<Vec<_>, ServiceError>>()?;
    let (mut successful, mut failed) = (Vec::new(), Vec::new());
    let mut faults = BatchFaults::of(call);
    for (id, entry) in entries {
        match faults.entry(|| send(&topic, &call.scope, entry, call, tx))? {
            Ok(mut sent) => {
                sent["Id"] = json!(id);
                successful.push(sent);
            }
            Err(error) => failed.push(json!({
                "Id": id, "Code": error.code, "Message": error.message,
                "SenderFault": error.status < 500,
            })),
        }
    }
    Ok(json!({"Successful": successful, "Failed": failed}))
}

impl Content {
    fn size(&self) -> usize {
        let attributes: usize = self
            .message_attributes
            .iter()
            .map(|entry| attribute::size(&entry.name, &entry.value))
            .sum();
        self.message.as_ref().map_or(0, String::len) + attributes
    }
}

/// A message from another service of the embedded cloud, in the name of the topic's account. `false`
/// if there is no such topic, or if it does not take the message.
pub(crate) fn deliver(
    tx: &Tx<'_>,
    call: &Call<'_>,
    topic_arn: &str,
    text: &str,
) -> Result<bool, ServiceError> {
    let Some((scope, topic)) = topic::find(tx, topic_arn)? else {
        return Ok(false);
    };
    let content = Content {
        id: None,
        message: Some(text.to_owned()),
        subject: None,
        message_structure: None,
        message_attributes: Vec::new(),
        message_group_id: None,
        message_deduplication_id: None,
    };
    let Ok(checked) = check(&topic, content) else {
        return Ok(false);
    };
    match send(&topic, &scope, checked, call, tx) {
        Ok(_) => Ok(true),
        Err(error) if error.status < 500 => Ok(false),
        Err(error) => Err(error),
    }
}

/// A message that its topic takes.
struct Checked {
    text: String,
    /// By protocol, where the message has more than one.
    texts: Option<BTreeMap<String, String>>,
    subject: Option<String>,
    attributes: BTreeMap<String, Attribute>,
    group: Option<String>,
    /// In a FIFO topic.
    place: Option<Place>,
}

/// Whether the topic takes the message, by what the message says.
///
/// # Errors
/// `InvalidParameter`, `ParameterValueInvalid` (400).
fn check(topic: &Topic, content: Content) -> Result<Checked, ServiceError> {
    let size = content.size();
    let text = content.message.filter(|text| !text.is_empty());
    let text = text.ok_or_else(|| error::invalid("Empty message"))?;
    if size > LARGEST {
        return Err(error::invalid("Message too long"));
    }
    let mut attributes = BTreeMap::new();
    for Entry { name, value } in content.message_attributes {
        attribute::check(&name, &value)?;
        attributes.insert(name, value);
    }
    let is_subject = |subject: &str| {
        (1..=100).contains(&subject.chars().count()) && !subject.chars().any(char::is_control)
    };
    if content
        .subject
        .as_deref()
        .is_some_and(|subject| !is_subject(subject))
    {
        return Err(error::invalid("Subject"));
    }
    let texts = match content.message_structure.as_deref() {
        Some("json") => Some(by_protocol(&text)?),
        Some(_) => return Err(error::invalid("MessageStructure")),
        None => None,
    };
    let group = content.message_group_id;
    let deduplication_id = content.message_deduplication_id;
    let place = fifo::place(topic, group.as_deref(), deduplication_id.as_deref(), &text)?;
    Ok(Checked {
        text,
        texts,
        subject: content.subject,
        attributes,
        group,
        place,
    })
}

/// Accepts one message for a topic of `scope`: its id, and its number in a FIFO topic.
fn send(
    topic: &Topic,
    scope: &Scope,
    checked: Checked,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let Checked {
        text,
        texts,
        subject,
        attributes,
        group,
        place,
    } = checked;
    let mut accepted = None;
    if let Some(place) = &place {
        if let Some(seen) = fifo::seen(topic, place, scope, call.now_ms, tx)? {
            return Ok(json!({
                "MessageId": seen.message_id, "SequenceNumber": seen.sequence_number,
            }));
        }
        accepted = Some(fifo::accept(topic, place, scope, call, tx)?);
    }
    let id = match &accepted {
        Some(accepted) => accepted.message_id.clone(),
        None => call.cloud.uuid(),
    };
    let sequence_number = accepted.map(|accepted| accepted.sequence_number);
    for subscription in subscription::of_topic(topic, scope, tx)? {
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
            subject: subject.as_deref(),
            text,
            attributes: &attributes,
            sequence_number: sequence_number.as_deref(),
        };
        if subscription.protocol == "sqs" && wanted(&subscription, &message) {
            let delivery = delivery(
                &subscription,
                &message,
                place.as_ref(),
                group.as_deref(),
                call,
            );
            match (&place, &sequence_number) {
                (Some(place), Some(sequence_number)) => {
                    let turn = Turn {
                        subscription_arn: &subscription.arn,
                        group: &place.group,
                        sequence_number,
                    };
                    lane::begin(&delivery, &turn, scope, call, tx)?;
                }
                _ => delivery::begin(delivery, scope, call, tx)?,
            }
        }
    }
    let mut sent = json!({"MessageId": id});
    if let Some(number) = sequence_number {
        sent["SequenceNumber"] = json!(number);
    }
    Ok(sent)
}

/// `{"default": "…", "sqs": "…"}`; values that are no strings are not looked at.
fn by_protocol(text: &str) -> Result<BTreeMap<String, String>, ServiceError> {
    let texts: BTreeMap<String, Value> = serde_json::from_str(text)
        .map_err(|_| error::invalid("Message Structure - JSON message body failed to parse"))?;
    let texts: BTreeMap<String, String> = texts
        .into_iter()
        .filter_map(|(protocol, text)| Some((protocol, text.as_str()?.to_owned())))
        .collect();
    if !texts.contains_key("default") {
        return Err(error::invalid(
            "Message Structure - No default entry in JSON message body",
        ));
    }
    Ok(texts)
}

/// What a queue gets: the message as it is, or in its envelope.
fn delivery(
    subscription: &Subscription,
    message: &Message<'_>,
    place: Option<&Place>,
    group: Option<&str>,
    call: &Call<'_>,
) -> Delivery {
    let raw = subscription.is("RawMessageDelivery");
    let (body, attributes) = if raw {
        (message.text.to_owned(), message.attributes.clone())
    } else {
        (envelope(message, &subscription.arn, call), BTreeMap::new())
    };
    Delivery {
        queue: subscription.endpoint.clone(),
        body,
        attributes,
        group: group.map(str::to_owned),
        deduplication_id: place.map(|place| place.deduplication_id.clone()),
        redrive: subscription.attributes.get("RedrivePolicy").cloned(),
        retries: 0,
    }
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
