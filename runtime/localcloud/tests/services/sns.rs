use std::sync::Arc;
use std::time::Duration;

use aws_sdk_sns::Client;
use aws_sdk_sns::error::ProvideErrorMetadata as _;
use aws_sdk_sns::types::builders::PublishBatchRequestEntryBuilder;
use aws_sdk_sns::types::{MessageAttributeValue, PublishBatchRequestEntry, Tag};
use datamesh_localcloud::{Fault, FaultEffect, LocalCloud, ManualClock, Times};
use serde_json::{Value, json};

use crate::setup::{ACCOUNT, OTHER_ACCOUNT, REGION, cloud, sdk};

struct Stage {
    cloud: LocalCloud,
    clock: Arc<ManualClock>,
    sns: Client,
    sqs: aws_sdk_sqs::Client,
    other: Client,
    topic: String,
    queue: String,
}

/// A topic, and a queue that has not subscribed.
async fn stage() -> Stage {
    let (cloud, clock) = cloud();
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
        clock,
        cloud,
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

/// As recorded from AWS: what one entry lacks is said of the request.
#[tokio::test]
async fn an_entry_that_is_not_valid_refuses_its_batch() {
    let stage = stage().await;
    stage.subscribe(&[("RawMessageDelivery", "true")]).await;
    let entry =
        |id: &str, message: &str| PublishBatchRequestEntry::builder().id(id).message(message);
    let batch = async |other: PublishBatchRequestEntryBuilder| {
        let batch = stage.sns.publish_batch().topic_arn(&stage.topic);
        let batch = batch.publish_batch_request_entries(entry("a", "one").build().unwrap());
        let batch = batch.publish_batch_request_entries(other.build().unwrap());
        batch.send().await
    };
    for other in [
        entry("b", ""),
        entry("b", r#"{"sqs": "x"}"#).message_structure("json"),
        entry("b", "two").message_deduplication_id("for FIFO topics"),
    ] {
        let refused = batch(other).await.unwrap_err().into_service_error();
        assert_eq!(refused.code(), Some("InvalidParameter"), "{refused:?}");
    }
    assert!(stage.received().await.is_empty());
    let published = batch(entry("b", "two")).await.unwrap();
    assert_eq!(published.successful().len(), 2);
    assert_eq!(stage.received().await.len(), 2);
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

#[tokio::test]
async fn a_fifo_topic_numbers_its_messages_and_takes_each_once() {
    let stage = stage().await;
    let create = stage.sns.create_topic().name("orders.fifo");
    let refused = stage.sns.create_topic().name("orders");
    let refused = refused.attributes("FifoTopic", "true").send().await;
    let error = refused.unwrap_err();
    assert!(error.message().unwrap().contains("must end with .fifo"));
    let created = create.attributes("FifoTopic", "true").send().await.unwrap();
    let topic = created.topic_arn().unwrap();
    let subscribe = stage.sns.subscribe().topic_arn(topic).protocol("sqs");
    let subscribe = subscribe.endpoint(format!("arn:aws:sqs:{REGION}:{ACCOUNT}:inbox"));
    subscribe.send().await.unwrap();

    let publish = |id: &str| {
        let publish = stage.sns.publish().topic_arn(topic).message("m");
        publish
            .message_group_id("g")
            .message_deduplication_id(id)
            .send()
    };
    let first = publish("1").await.unwrap();
    let again = publish("1").await.unwrap();
    assert_eq!(first.sequence_number(), Some("10000000000000000001"));
    assert_eq!(again.message_id(), first.message_id());
    let second = publish("2").await.unwrap();
    assert_eq!(second.sequence_number(), Some("10000000000000000002"));
    stage.clock.advance(Duration::from_secs(300));
    let third = publish("1").await.unwrap();
    assert_eq!(third.sequence_number(), Some("10000000000000000003"));
    let received = stage.received().await;
    assert_eq!(received.len(), 3);
    let envelope: Value = serde_json::from_str(received[0].body().unwrap()).unwrap();
    assert_eq!(envelope["SequenceNumber"], "10000000000000000001");
    assert_eq!(envelope.get("Signature"), None);

    let bare = stage.sns.publish().topic_arn(topic).message("m");
    let error = bare.clone().send().await.unwrap_err();
    assert!(
        error
            .message()
            .unwrap()
            .contains("MessageGroupId parameter is required")
    );
    let error = bare.message_group_id("g").send().await.unwrap_err();
    assert!(
        error
            .message()
            .unwrap()
            .contains("ContentBasedDeduplication")
    );
    let misplaced = stage.sns.publish().topic_arn(&stage.topic).message("m");
    let misplaced = misplaced.message_deduplication_id("1").send().await;
    let error = misplaced.unwrap_err();
    assert!(
        error
            .message()
            .unwrap()
            .contains("not valid for this topic type")
    );
}

#[tokio::test]
async fn a_message_for_a_queue_that_is_gone_goes_to_the_dead_letters() {
    let stage = stage().await;
    let redrive = format!(r#"{{"deadLetterTargetArn":"arn:aws:sqs:{REGION}:{ACCOUNT}:inbox"}}"#);
    let subscribe = stage
        .sns
        .subscribe()
        .topic_arn(&stage.topic)
        .protocol("sqs");
    let subscribe = subscribe.endpoint(format!("arn:aws:sqs:{REGION}:{ACCOUNT}:gone"));
    let subscribe = subscribe.attributes("RedrivePolicy", redrive);
    subscribe.send().await.unwrap();
    stage.publish("hello", "greeting").await;
    assert_eq!(stage.received().await.len(), 1);
}

#[tokio::test]
async fn a_queue_that_fails_for_the_moment_gets_the_message_later() {
    let stage = stage().await;
    stage.subscribe(&[]).await;
    stage.cloud.faults().inject(Fault {
        service: Some("sqs".to_owned()),
        operation: Some("SendMessage".to_owned()),
        times: Times::Count(4),
        ..Fault::once(FaultEffect::ServerError)
    });
    stage.publish("hello", "greeting").await;
    assert_eq!(stage.received().await.len(), 0, "three tries at once fail");
    stage.clock.advance(Duration::from_secs(1));
    assert_eq!(stage.received().await.len(), 1);
}

#[tokio::test]
async fn a_fifo_topic_keeps_its_order_when_a_delivery_is_retried() {
    let stage = stage().await;
    let create = stage.sns.create_topic().name("orders.fifo");
    let created = create.attributes("FifoTopic", "true").send().await.unwrap();
    let topic = created.topic_arn().unwrap();
    let create = stage.sqs.create_queue().queue_name("orders.fifo");
    let create = create.attributes(aws_sdk_sqs::types::QueueAttributeName::FifoQueue, "true");
    let queue = create.send().await.unwrap();
    let subscribe = stage.sns.subscribe().topic_arn(topic).protocol("sqs");
    let subscribe = subscribe.endpoint(format!("arn:aws:sqs:{REGION}:{ACCOUNT}:orders.fifo"));
    let subscribe = subscribe.attributes("RawMessageDelivery", "true");
    subscribe.send().await.unwrap();
    let publish = |text: &str, group: &str| {
        let publish = stage.sns.publish().topic_arn(topic).message(text);
        let publish = publish.message_deduplication_id(text);
        publish.message_group_id(group).send()
    };
    let received = async || {
        let receive = stage.sqs.receive_message();
        let receive = receive.queue_url(queue.queue_url().unwrap());
        let received = receive.max_number_of_messages(10).send().await.unwrap();
        let bodies = received.messages().iter();
        bodies
            .map(|message| message.body().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    stage.cloud.faults().inject(Fault {
        service: Some("sqs".to_owned()),
        operation: Some("SendMessage".to_owned()),
        times: Times::Count(5),
        ..Fault::once(FaultEffect::Error {
            status: 429,
            code: "TooMany".to_owned(),
            message: "not now".to_owned(),
        })
    });
    publish("1", "g").await.unwrap();
    publish("2", "g").await.unwrap();
    publish("3", "g").await.unwrap();
    assert!(received().await.is_empty());
    stage.clock.advance(Duration::from_secs(1));
    publish("other", "h").await.unwrap();
    assert_eq!(received().await, ["other"]);
    stage.clock.advance(Duration::from_secs(1));
    assert_eq!(received().await, ["1", "2", "3"]);
}

#[tokio::test]
async fn what_no_subscription_can_be_is_explained() {
    let stage = stage().await;
    let subscribe = |endpoint: &str, name: &str, value: &str| {
        let subscribe = stage
            .sns
            .subscribe()
            .topic_arn(&stage.topic)
            .protocol("sqs");
        let subscribe = subscribe.endpoint(format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{endpoint}"));
        subscribe.attributes(name, value).send()
    };
    for (endpoint, name, value, part) in [
        (
            "q",
            "FilterPolicy",
            r#"{"a": [{"like": 1}]}"#,
            "FilterPolicy: Unrecognized match type like\n at [Source: (String)",
        ),
        (
            "q",
            "FilterPolicy",
            r#"{"a": {"b": [1]}}"#,
            "does not support nested filter policy",
        ),
        (
            "q",
            "RawMessageDelivery",
            "yes",
            "RawMessageDelivery: Invalid value [yes]. Must be true or false.",
        ),
        (
            "q",
            "RedrivePolicy",
            "{}",
            "RedrivePolicy: deadLetterTargetArn is an invalid arn",
        ),
        (
            "q.fifo",
            "RawMessageDelivery",
            "true",
            "FIFO SQS Queues can not be subscribed to standard SNS topics",
        ),
    ] {
        let error = subscribe(endpoint, name, value).await.unwrap_err();
        assert_eq!(error.code(), Some("InvalidParameter"));
        let message = error.message().unwrap();
        assert!(message.contains(part), "{message}");
    }
}

#[tokio::test]
async fn attributes_fit_their_types() {
    let stage = stage().await;
    let publish = |kind: &str, value: &str| {
        let value = MessageAttributeValue::builder()
            .data_type(kind)
            .string_value(value)
            .build()
            .unwrap();
        let publish = stage.sns.publish().topic_arn(&stage.topic).message("m");
        publish.message_attributes("a", value).send()
    };
    publish("Number.cents", "10").await.unwrap();
    for (kind, value, part) in [
        ("Number", "ten", "value to number"),
        ("Text", "x", "invalid message attribute type"),
        ("Binary", "x", "must use field 'Binary'"),
    ] {
        let error = publish(kind, value).await.unwrap_err();
        assert_eq!(error.code(), Some("ParameterValueInvalid"));
        let message = error.message().unwrap();
        assert!(message.contains(part), "{message}");
    }
}

#[tokio::test]
async fn a_topics_policy_has_statements() {
    let stage = stage().await;
    let add = stage.sns.add_permission().topic_arn(&stage.topic);
    let add = add.label("other").aws_account_id(OTHER_ACCOUNT);
    add.action_name("Publish").send().await.unwrap();
    let policy = || async {
        let attributes = stage.sns.get_topic_attributes().topic_arn(&stage.topic);
        let attributes = attributes.send().await.unwrap();
        attributes.attributes().unwrap()["Policy"].clone()
    };
    assert!(policy().await.contains("SNS:ListSubscriptionsByTopic"));
    let remove = stage.sns.remove_permission().topic_arn(&stage.topic);
    remove.label("other").send().await.unwrap();
    assert!(!policy().await.contains(OTHER_ACCOUNT));
}
