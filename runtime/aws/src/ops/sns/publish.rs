//! Publishing. At least once: subscribers drop repeats by an id of ours in the
//! message, for SNS gives every attempt a new one.

use std::collections::BTreeMap;

use aws_sdk_sns::types::MessageAttributeValue;

use super::Sns;
use crate::error::AwsError;

/// What `Publish` takes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Publish {
    /// The topic's ARN.
    pub topic_arn: String,
    /// The message, at most 256 KB with its attributes.
    pub message: String,
    /// The subject of an e-mail, at most 100 characters.
    pub subject: Option<String>,
    /// Text attributes, by name; subscriptions can filter by them.
    pub attributes: BTreeMap<String, String>,
}

impl Sns<'_> {
    /// `Publish`. Returns the message's id.
    pub async fn publish(&self, input: Publish) -> Result<String, AwsError> {
        self.0
            .call("Publish", |sns| async move {
                let attributes = input
                    .attributes
                    .into_iter()
                    .map(|(name, value)| {
                        let attribute = MessageAttributeValue::builder()
                            .data_type("String")
                            .string_value(value)
                            .build()?;
                        Ok((name, attribute))
                    })
                    .collect::<Result<_, crate::classify::Failure>>()?;
                let out = sns
                    .publish()
                    .topic_arn(input.topic_arn)
                    .message(input.message)
                    .set_subject(input.subject)
                    .set_message_attributes(Some(attributes))
                    .send()
                    .await?;
                Ok(out.message_id.unwrap_or_default())
            })
            .await
    }
}
