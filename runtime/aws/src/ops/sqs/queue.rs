//! Queues.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_sqs::types::QueueAttributeName;

use super::Sqs;
use crate::error::AwsError;
use crate::ops::{Page, PageRequest};

/// A queue's attributes by AWS's names: `VisibilityTimeout`, `RedrivePolicy`, `QueueArn`.
pub type Attributes = BTreeMap<String, String>;

fn named(attributes: Attributes) -> Option<HashMap<QueueAttributeName, String>> {
    let named: HashMap<_, _> = attributes
        .into_iter()
        .map(|(name, value)| (QueueAttributeName::from(name.as_str()), value))
        .collect();
    (!named.is_empty()).then_some(named)
}

impl Sqs<'_> {
    /// `CreateQueue`. A repeat with the same attributes returns the same queue's
    /// URL; with others it is a conflict. A name deleted less than a minute ago
    /// is transient, with the wait in `retry_after`.
    pub async fn create_queue(
        &self,
        name: &str,
        attributes: Attributes,
    ) -> Result<String, AwsError> {
        self.0
            .call("CreateQueue", |sqs| async move {
                let out = sqs
                    .create_queue()
                    .queue_name(name)
                    .set_attributes(named(attributes))
                    .send()
                    .await?;
                Ok(out.queue_url.unwrap_or_default())
            })
            .await
    }

    /// `GetQueueUrl`.
    pub async fn get_queue_url(&self, name: &str) -> Result<String, AwsError> {
        self.0
            .call("GetQueueUrl", |sqs| async move {
                let out = sqs.get_queue_url().queue_name(name).send().await?;
                Ok(out.queue_url.unwrap_or_default())
            })
            .await
    }

    /// `GetQueueAttributes`: all of them.
    pub async fn get_queue_attributes(&self, queue_url: &str) -> Result<Attributes, AwsError> {
        self.0
            .call("GetQueueAttributes", |sqs| async move {
                let out = sqs
                    .get_queue_attributes()
                    .queue_url(queue_url)
                    .attribute_names(QueueAttributeName::All)
                    .send()
                    .await?;
                let attributes = out.attributes.unwrap_or_default().into_iter();
                Ok(attributes
                    .map(|(name, value)| (name.as_str().to_owned(), value))
                    .collect())
            })
            .await
    }

    /// `SetQueueAttributes`. Those not named stay as they are.
    pub async fn set_queue_attributes(
        &self,
        queue_url: &str,
        attributes: Attributes,
    ) -> Result<(), AwsError> {
        self.0
            .call("SetQueueAttributes", |sqs| async move {
                sqs.set_queue_attributes()
                    .queue_url(queue_url)
                    .set_attributes(named(attributes))
                    .send()
                    .await?;
                Ok(())
            })
            .await
    }

    /// `ListQueues`: URLs, of names that start with `prefix`.
    pub async fn list_queues(
        &self,
        prefix: &str,
        page: PageRequest,
    ) -> Result<Page<String>, AwsError> {
        self.0
            .call("ListQueues", |sqs| async move {
                let out = sqs
                    .list_queues()
                    .set_queue_name_prefix((!prefix.is_empty()).then(|| prefix.to_owned()))
                    .set_max_results(page.max_results)
                    .set_next_token(page.next_token)
                    .send()
                    .await?;
                Ok(Page {
                    items: out.queue_urls.unwrap_or_default(),
                    next_token: out.next_token,
                })
            })
            .await
    }

    /// `DeleteQueue`, with its messages.
    pub async fn delete_queue(&self, queue_url: &str) -> Result<(), AwsError> {
        self.0
            .call("DeleteQueue", |sqs| async move {
                sqs.delete_queue().queue_url(queue_url).send().await?;
                Ok(())
            })
            .await
    }
}
