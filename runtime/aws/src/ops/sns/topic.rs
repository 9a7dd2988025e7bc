//! Topics and their subscriptions. A topic's name is its natural key: a repeat
//! of a create answers with the topic that is there.

use std::collections::BTreeMap;

use aws_sdk_sns::types::Tag;

use super::Sns;
use crate::error::AwsError;
use crate::ops::{Page, PageRequest};

impl Sns<'_> {
    /// `CreateTopic`. Returns the ARN, of the topic that is there if there is one of that name;
    /// terminal if that one has other tags.
    pub async fn create_topic(
        &self,
        name: &str,
        tags: BTreeMap<String, String>,
    ) -> Result<String, AwsError> {
        self.0
            .call("CreateTopic", |sns| async move {
                let tags = tags
                    .into_iter()
                    .map(|(key, value)| Ok(Tag::builder().key(key).value(value).build()?))
                    .collect::<Result<Vec<_>, crate::classify::Failure>>()?;
                let out = sns
                    .create_topic()
                    .name(name)
                    .set_tags(Some(tags))
                    .send()
                    .await?;
                Ok(out.topic_arn.unwrap_or_default())
            })
            .await
    }

    /// `ListTopics`: ARNs, a hundred a page; `max_results` is not heeded.
    pub async fn list_topics(&self, page: PageRequest) -> Result<Page<String>, AwsError> {
        self.0
            .call("ListTopics", |sns| async move {
                let out = sns
                    .list_topics()
                    .set_next_token(page.next_token)
                    .send()
                    .await?;
                let topics = out.topics.unwrap_or_default().into_iter();
                Ok(Page {
                    items: topics.filter_map(|topic| topic.topic_arn).collect(),
                    next_token: out.next_token,
                })
            })
            .await
    }

    /// `Subscribe`: sends a topic's messages to a queue, `raw` without SNS's envelope. Returns
    /// the subscription's ARN, of the one that is there if there is one with the same attributes.
    pub async fn subscribe_queue(
        &self,
        topic_arn: &str,
        queue_arn: &str,
        raw: bool,
    ) -> Result<String, AwsError> {
        self.0
            .call("Subscribe", |sns| async move {
                let out = sns
                    .subscribe()
                    .topic_arn(topic_arn)
                    .protocol("sqs")
                    .endpoint(queue_arn)
                    .attributes("RawMessageDelivery", raw.to_string())
                    .return_subscription_arn(true)
                    .send()
                    .await?;
                Ok(out.subscription_arn.unwrap_or_default())
            })
            .await
    }

    /// `DeleteTopic`, with its subscriptions. A repeat is harmless.
    pub async fn delete_topic(&self, topic_arn: &str) -> Result<(), AwsError> {
        self.0
            .call("DeleteTopic", |sns| async move {
                sns.delete_topic().topic_arn(topic_arn).send().await?;
                Ok(())
            })
            .await
    }
}
