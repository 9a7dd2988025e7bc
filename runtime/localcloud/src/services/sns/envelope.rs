//! What a queue gets of a message that is not delivered raw.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::protocol::timestamp::iso8601;
use crate::request::Call;
use crate::services::sqs::Attribute;

/// A message as it was published.
pub(super) struct Message<'m> {
    pub(super) id: &'m str,
    pub(super) topic_arn: &'m str,
    pub(super) subject: Option<&'m str>,
    pub(super) text: &'m str,
    pub(super) attributes: &'m BTreeMap<String, Attribute>,
    /// In a FIFO topic.
    pub(super) sequence_number: Option<&'m str>,
}

/// The envelope. Its signature is not one: nobody signs here. Messages of FIFO topics have none on
/// AWS either.
pub(super) fn envelope(message: &Message<'_>, subscription_arn: &str, call: &Call<'_>) -> String {
    let region = &call.scope.region;
    let mut envelope = json!({
        "Type": "Notification",
        "MessageId": message.id,
    });
    if let Some(number) = message.sequence_number {
        envelope["SequenceNumber"] = Value::from(number);
    }
    envelope["TopicArn"] = Value::from(message.topic_arn);
    if let Some(subject) = message.subject {
        envelope["Subject"] = Value::from(subject);
    }
    envelope["Message"] = Value::from(message.text);
    envelope["Timestamp"] = Value::from(iso8601(call.now_ms));
    if message.sequence_number.is_none() {
        envelope["SignatureVersion"] = Value::from("1");
        envelope["Signature"] = Value::from("");
        envelope["SigningCertURL"] = Value::from(format!(
            "https://sns.{region}.amazonaws.com/SimpleNotificationService.pem"
        ));
    }
    envelope["UnsubscribeURL"] = Value::from(format!(
        "https://sns.{region}.amazonaws.com/?Action=Unsubscribe&SubscriptionArn={subscription_arn}"
    ));
    if !message.attributes.is_empty() {
        let attributes: Map<String, Value> = message
            .attributes
            .iter()
            .map(|(name, attribute)| {
                let value = attribute
                    .string_value
                    .as_ref()
                    .or(attribute.binary_value.as_ref());
                (
                    name.clone(),
                    json!({"Type": attribute.data_type, "Value": value}),
                )
            })
            .collect();
        envelope["MessageAttributes"] = Value::Object(attributes);
    }
    envelope.to_string()
}
