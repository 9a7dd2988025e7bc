use aws_sdk_sns::Client;
use aws_sdk_sns::error::ProvideErrorMetadata as _;
use aws_sdk_sns::types::{MessageAttributeValue, PublishBatchRequestEntry, Tag};
use serde_json::{Value, json};

use crate::setup::{ACCOUNT, OTHER_ACCOUNT, REGION, cloud, sdk};

struct Stage {
    sns: Client,
    sqs: aws_sdk_sqs::Client,
    other: Client,
    topic: String,
    queue: String,
}

/// A topic, and a queue that has not subscribed.
async fn stage() -> Stage {
    let (cloud, _) = cloud();
    let sdk_of = |account| sdk(&cloud, account, REGION);
    let (sns, sqs) = (
        Client::new(&sdk_of(ACCOUNT)),
        aws_sdk_sqs::Client::new(&sdk_of(ACCOUNT)),
    );
    let created = sns.create_topic().name("events").send().await.unwrap();
    let queue = sqs.create_queue().queue_name("inbox").send().await.unwrap();
    Stage {
        other: Client::new(&sdk_of(OTHER_ACCOUNT)),
        topic: created.topic_arn().unwrap().to_owned(),
        queue: queue.queue_url().unwrap().to_owned(),
        sns,
        sqs,
    }
}

impl Stage {
    async fn subscribe(&self, attributes: &[(&str, &str)]) -> String {
        let mut subscribe = self.sns.subscribe().topic_arn(&self.topic).protocol("sqs");
        subscribe = subscribe.endpoint(format!("arn:aws:sqs:{REGION}:{ACCOUNT}:inbox"));
        for (name, value) in attributes {
            subscribe = subscribe.attributes(*name, *value);
        }
        let subscribed = subscribe.send().await.unwrap();
        subscribed.subscription_arn().unwrap().to_owned()
    }

    async fn publish(&self, message: &str, kind: &str) {
        let kind = MessageAttributeValue::builder()
            .data_type("String")
            .string_value(kind);
        let publish = self.sns.publish().topic_arn(&self.topic).message(message);
        let publish = publish.message_attributes("kind", kind.build().unwrap());
        publish.send().await.unwrap();
    }

    async fn received(&self) -> Vec<aws_sdk_sqs::types::Message> {
        let receive = self.sqs.receive_message().queue_url(&self.queue);
        let receive = receive
            .max_number_of_messages(10)
            .message_attribute_names("All");
        receive.send().await.unwrap().messages.unwrap_or_default()
    }
}

#[tokio::test]
async fn a_queue_gets_the_message_in_its_envelope() {
    let stage = stage().await;
    let subscription = stage.subscribe(&[]).await;
    assert_eq!(
        stage.subscribe(&[]).await,
        subscription,
        "a repeat is the same subscription"
    );
    stage.publish("hello", "greeting").await;
    let received = stage.received().await;
    let envelope: Value = serde_json::from_str(received[0].body().unwrap()).unwrap();
    assert_eq!(envelope["Type"], "Notification");
    assert_eq!(envelope["TopicArn"], stage.topic.as_str());
    assert_eq!(envelope["Message"], "hello");
    assert_eq!(
        envelope["MessageAttributes"]["kind"],
        json!({"Type": "String", "Value": "greeting"})
    );
    stage
        .sns
        .unsubscribe()
        .subscription_arn(&subscription)
        .send()
        .await
        .unwrap();
    stage.publish("nobody listens", "x").await;
    assert_eq!(stage.received().await.len(), 0);
}

#[tokio::test]
async fn a_raw_and_filtered_subscription_gets_what_it_wants() {
    let stage = stage().await;
    let policy = r#"{"kind": ["made", {"prefix": "re"}]}"#;
    stage
        .subscribe(&[("RawMessageDelivery", "true"), ("FilterPolicy", policy)])
        .await;
    for (message, kind) in [("1", "made"), ("2", "deleted"), ("3", "renamed")] {
        stage.publish(message, kind).await;
    }
    let received = stage.received().await;
    let bodies: Vec<_> = received
        .iter()
        .map(|message| message.body().unwrap())
        .collect();
    assert_eq!(bodies, ["1", "3"]);
    let kind = &received[0].message_attributes().unwrap()["kind"];
    assert_eq!(kind.string_value(), Some("made"));
}

#[tokio::test]
async fn a_batch_is_judged_entry_by_entry() {
    let stage = stage().await;
    stage.subscribe(&[("RawMessageDelivery", "true")]).await;
    let entry = |id: &str, message: &str| {
        PublishBatchRequestEntry::builder()
            .id(id)
            .message(message)
            .build()
            .unwrap()
    };
    let batch = stage.sns.publish_batch().topic_arn(&stage.topic);
    let batch = batch.publish_batch_request_entries(entry("a", "one"));
    let batch = batch.publish_batch_request_entries(entry("b", ""));
    let published = batch.send().await.unwrap();
    assert_eq!(published.successful()[0].id(), Some("a"));
    assert_eq!(published.failed()[0].id(), "b");
    assert_eq!(stage.received().await.len(), 1);
}

#[tokio::test]
async fn other_endpoints_wait_for_their_confirmation() {
    let stage = stage().await;
    let subscribe = stage
        .sns
        .subscribe()
        .topic_arn(&stage.topic)
        .protocol("email");
    let subscribed = subscribe.endpoint("ada@example.com").send().await.unwrap();
    assert_eq!(subscribed.subscription_arn(), Some("pending confirmation"));
    let listed = stage
        .sns
        .list_subscriptions_by_topic()
        .topic_arn(&stage.topic)
        .send()
        .await
        .unwrap();
    assert_eq!(
        listed.subscriptions()[0].subscription_arn(),
        Some("PendingConfirmation")
    );
    let attributes = stage
        .sns
        .get_topic_attributes()
        .topic_arn(&stage.topic)
        .send()
        .await
        .unwrap();
    assert_eq!(
        attributes.attributes().unwrap()["SubscriptionsPending"],
        "1"
    );
}

#[tokio::test]
async fn a_topic_is_its_name_and_its_accounts() {
    let stage = stage().await;
    let again = stage
        .sns
        .create_topic()
        .name("events")
        .send()
        .await
        .unwrap();
    assert_eq!(again.topic_arn(), Some(stage.topic.as_str()));
    let tag = Tag::builder().key("team").value("sales").build().unwrap();
    let tagged = stage
        .sns
        .create_topic()
        .name("events")
        .tags(tag)
        .send()
        .await;
    assert_eq!(tagged.unwrap_err().code(), Some("InvalidParameter"));
    let fifo = stage.sns.create_topic().name("events.fifo").send().await;
    assert_eq!(fifo.unwrap_err().code(), Some("InvalidParameter"));
    let foreign = stage
        .other
        .publish()
        .topic_arn(&stage.topic)
        .message("m")
        .send()
        .await;
    assert_eq!(foreign.unwrap_err().code(), Some("AuthorizationError"));
    let set = stage.sns.set_topic_attributes().topic_arn(&stage.topic);
    set.attribute_name("DisplayName")
        .attribute_value("Events")
        .send()
        .await
        .unwrap();
    for _ in 0..2 {
        stage
            .sns
            .delete_topic()
            .topic_arn(&stage.topic)
            .send()
            .await
            .unwrap();
    }
    let gone = stage
        .sns
        .publish()
        .topic_arn(&stage.topic)
        .message("m")
        .send()
        .await;
    assert_eq!(gone.unwrap_err().code(), Some("NotFound"));
    assert!(
        stage
            .sns
            .list_topics()
            .send()
            .await
            .unwrap()
            .topics()
            .is_empty()
    );
}
