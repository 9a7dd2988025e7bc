//! SQS.

mod batches;
mod dead_letters;
mod fifo;
mod many;
mod query;
mod queues;
mod receiving;
mod sending;

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::ProvideErrorMetadata as _;
use aws_sdk_sqs::types::{
    DeleteMessageBatchRequestEntry, Message, MessageAttributeValue, MessageSystemAttributeName,
    QueueAttributeName, SendMessageBatchRequestEntry,
};
use datamesh_localcloud::{LocalCloud, ManualClock};

use crate::setup::{ACCOUNT, OTHER_ACCOUNT, REGION, cloud, sdk};

async fn queue(name: &str) -> (Client, String, LocalCloud, Arc<ManualClock>) {
    let (cloud, clock) = cloud();
    let client = Client::new(&sdk(&cloud, ACCOUNT, REGION));
    let url = create(&client, name).await;
    (client, url, cloud, clock)
}

async fn create(client: &Client, name: &str) -> String {
    let created = client.create_queue().queue_name(name).send().await.unwrap();
    created.queue_url().unwrap().to_owned()
}

async fn send(client: &Client, url: &str, body: &str) {
    let send = client.send_message().queue_url(url).message_body(body);
    send.send().await.unwrap();
}

async fn receive(client: &Client, url: &str) -> Vec<Message> {
    client
        .receive_message()
        .queue_url(url)
        .max_number_of_messages(10)
        .message_system_attribute_names(MessageSystemAttributeName::All)
        .message_attribute_names("All")
        .send()
        .await
        .unwrap()
        .messages
        .unwrap_or_default()
}

fn bodies(messages: &[Message]) -> Vec<&str> {
    messages.iter().filter_map(Message::body).collect()
}

/// Visible, delayed, in flight.
async fn counts(client: &Client, url: &str) -> [String; 3] {
    let attributes = client
        .get_queue_attributes()
        .queue_url(url)
        .attribute_names(QueueAttributeName::All)
        .send()
        .await
        .unwrap()
        .attributes
        .unwrap();
    [
        QueueAttributeName::ApproximateNumberOfMessages,
        QueueAttributeName::ApproximateNumberOfMessagesDelayed,
        QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
    ]
    .map(|name| attributes[&name].clone())
}

async fn set(client: &Client, url: &str, name: QueueAttributeName, value: &str) {
    let set = client.set_queue_attributes().queue_url(url);
    set.attributes(name, value).send().await.unwrap();
}
