//! Messages.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_sqs::types::{MessageAttributeValue, MessageSystemAttributeName};

use super::Sqs;
use crate::error::AwsError;
use crate::pool::Shape;

/// What `SendMessage` takes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SendMessage {
    /// The queue.
    pub queue_url: String,
    /// The text, at most 256 KB with the attributes.
    pub body: String,
    /// String attributes, at most 10.
    pub attributes: BTreeMap<String, String>,
    /// Keeps it hidden at first, in seconds, up to 900. Not on FIFO queues.
    pub delay_s: Option<i32>,
    /// The order it belongs to. FIFO queues only, and needed there.
    pub group_id: Option<String>,
    /// Makes a repeat within five minutes no second message. FIFO queues only.
    pub deduplication_id: Option<String>,
}

/// What `ReceiveMessage` takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiveMessages {
    /// The queue.
    pub queue_url: String,
    /// 1 to 10.
    pub max: i32,
    /// How long to wait for the first one, up to 20 s, in whole seconds.
    pub wait: Duration,
    /// How long to hide what is received, in seconds; the queue's own when unset.
    pub visibility_s: Option<i32>,
}

/// A received message. It comes back unless it is deleted in time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// SQS's id: the same at every receipt.
    pub id: String,
    /// For this receipt only.
    pub receipt_handle: String,
    /// The text.
    pub body: String,
    /// String attributes.
    pub attributes: BTreeMap<String, String>,
    /// By AWS's names: `ApproximateReceiveCount`, `SentTimestamp`, `MessageGroupId`.
    pub system_attributes: BTreeMap<String, String>,
}

impl Message {
    /// How often it was received, this time included; 1 if SQS did not say.
    pub fn receive_count(&self) -> u32 {
        self.system_attributes
            .get("ApproximateReceiveCount")
            .and_then(|count| count.parse().ok())
            .unwrap_or(1)
    }
}

impl Sqs<'_> {
    /// `SendMessage`: at least once on a standard queue. Returns the message id.
    pub async fn send_message(&self, input: SendMessage) -> Result<String, AwsError> {
        self.0
            .call("SendMessage", |sqs| async move {
                let mut request = sqs
                    .send_message()
                    .queue_url(input.queue_url)
                    .message_body(input.body)
                    .set_delay_seconds(input.delay_s)
                    .set_message_group_id(input.group_id)
                    .set_message_deduplication_id(input.deduplication_id);
                for (name, value) in input.attributes {
                    let value = MessageAttributeValue::builder()
                        .data_type("String")
                        .string_value(value)
                        .build()?;
                    request = request.message_attributes(name, value);
                }
                Ok(request.send().await?.message_id.unwrap_or_default())
            })
            .await
    }

    /// `ReceiveMessage`, a long poll: the call may take its wait on top of the
    /// ordinary timeout, and does not count against the bulkhead.
    pub async fn receive_messages(&self, input: ReceiveMessages) -> Result<Vec<Message>, AwsError> {
        let shape = Shape {
            long_poll: Some(input.wait),
        };
        self.0
            .call_shaped("ReceiveMessage", shape, |sqs| async move {
                let wait_s = i32::try_from(input.wait.as_secs()).unwrap_or(i32::MAX);
                let out = sqs
                    .receive_message()
                    .queue_url(input.queue_url)
                    .max_number_of_messages(input.max)
                    .wait_time_seconds(wait_s)
                    .set_visibility_timeout(input.visibility_s)
                    .message_system_attribute_names(MessageSystemAttributeName::All)
                    .message_attribute_names("All")
                    .send()
                    .await?;
                let messages = out.messages.unwrap_or_default().into_iter();
                Ok(messages
                    .map(|message| Message {
                        id: message.message_id.unwrap_or_default(),
                        receipt_handle: message.receipt_handle.unwrap_or_default(),
                        body: message.body.unwrap_or_default(),
                        attributes: message
                            .message_attributes
                            .unwrap_or_default()
                            .into_iter()
                            .filter_map(|(name, value)| Some((name, value.string_value?)))
                            .collect(),
                        system_attributes: message
                            .attributes
                            .unwrap_or_default()
                            .into_iter()
                            .map(|(name, value)| (name.as_str().to_owned(), value))
                            .collect(),
                    })
                    .collect())
            })
            .await
    }

    /// `DeleteMessage`: the acknowledgement. A repeat is harmless.
    pub async fn delete_message(
        &self,
        queue_url: &str,
        receipt_handle: &str,
    ) -> Result<(), AwsError> {
        self.0
            .call("DeleteMessage", |sqs| async move {
                sqs.delete_message()
                    .queue_url(queue_url)
                    .receipt_handle(receipt_handle)
                    .send()
                    .await?;
                Ok(())
            })
            .await
    }

    /// `ChangeMessageVisibility`: hides a received message for `visibility_s`
    /// seconds from now, up to 12 hours; 0 gives it back at once.
    pub async fn change_message_visibility(
        &self,
        queue_url: &str,
        receipt_handle: &str,
        visibility_s: i32,
    ) -> Result<(), AwsError> {
        self.0
            .call("ChangeMessageVisibility", |sqs| async move {
                sqs.change_message_visibility()
                    .queue_url(queue_url)
                    .receipt_handle(receipt_handle)
                    .visibility_timeout(visibility_s)
                    .send()
                    .await?;
                Ok(())
            })
            .await
    }
}
