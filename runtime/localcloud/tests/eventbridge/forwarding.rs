//! Events that go to other buses, to other accounts, and to topics.

use aws_sdk_sqs::types::MessageSystemAttributeName;

use super::*;

/// A bus with a queue for all that comes to it, in any account: the bus's ARN and the queue's URL.
async fn bus_with_queue(
    events: &Events,
    account: &str,
    bus: &str,
) -> (String, aws_sdk_sqs::Client, String) {
    let config = sdk(&events.cloud, account, REGION);
    let client = Client::new(&config);
    let created = client.create_event_bus().name(bus).send().await.unwrap();
    let sqs = aws_sdk_sqs::Client::new(&config);
    let queue = sqs.create_queue().queue_name(bus).send().await.unwrap();
    let rule = client.put_rule().name("all").event_bus_name(bus);
    rule.event_pattern(r#"{"source":[{"exists":true}]}"#)
        .send()
        .await
        .unwrap();
    let arn = format!("arn:aws:sqs:{REGION}:{account}:{bus}");
    let put = client.put_targets().rule("all").event_bus_name(bus);
    put.targets(target("q", &arn).build().unwrap())
        .send()
        .await
        .unwrap();
    let url = queue.queue_url().unwrap().to_owned();
    (created.event_bus_arn().unwrap().to_owned(), sqs, url)
}

async fn bodies(sqs: &aws_sdk_sqs::Client, url: &str) -> Vec<Value> {
    let receive = sqs.receive_message().queue_url(url);
    let received = receive.max_number_of_messages(10).send().await.unwrap();
    received
        .messages()
        .iter()
        .map(|message| serde_json::from_str(message.body().unwrap()).unwrap())
        .collect()
}

#[tokio::test]
async fn an_event_goes_to_a_bus_of_another_account_as_it_is() {
    let events = events().await;
    let (arn, sqs, url) = bus_with_queue(&events, OTHER_ACCOUNT, "theirs").await;
    events
        .rule("all", &json!({"source": ["datamesh.projects"]}))
        .await;
    events
        .target("all", target("bus", &arn).build().unwrap())
        .await;
    let id = events.put(entry("A", &json!({"n": 1}))).await;
    let bodies = bodies(&sqs, &url).await;
    assert_eq!(bodies.len(), 1);
    assert_eq!(bodies[0]["id"], id.as_str());
    assert_eq!(bodies[0]["account"], ACCOUNT);
    assert_eq!(bodies[0]["detail"], json!({"n": 1}));
}

#[tokio::test]
async fn an_event_can_be_put_to_a_bus_of_another_account() {
    let events = events().await;
    let (arn, sqs, url) = bus_with_queue(&events, OTHER_ACCOUNT, "theirs").await;
    let entry = PutEventsRequestEntry::builder()
        .event_bus_name(arn)
        .source("s")
        .detail_type("t")
        .detail("{}");
    events.put(entry.build()).await;
    assert_eq!(bodies(&sqs, &url).await[0]["account"], ACCOUNT);
}

#[tokio::test]
async fn an_event_goes_to_no_third_bus() {
    let events = events().await;
    let (first, _, _) = bus_with_queue(&events, ACCOUNT, "first").await;
    let (second, sqs, url) = bus_with_queue(&events, ACCOUNT, "second").await;
    let home = format!("arn:aws:events:{REGION}:{ACCOUNT}:event-bus/{BUS}");
    events
        .rule("all", &json!({"source": ["datamesh.projects"]}))
        .await;
    events
        .target("all", target("bus", &first).build().unwrap())
        .await;
    for (id, bus) in [("on", &second), ("back", &home)] {
        let put = events.client.put_targets().rule("all");
        let put = put.event_bus_name("first");
        put.targets(target(id, bus).build().unwrap())
            .send()
            .await
            .unwrap();
    }
    events.put(entry("A", &json!({}))).await;
    assert!(bodies(&sqs, &url).await.is_empty());
}

#[tokio::test]
async fn a_topic_passes_an_event_on_to_its_queues() {
    let events = events().await;
    let (url, arn) = events.queue("q").await;
    let sns = aws_sdk_sns::Client::new(&sdk(&events.cloud, ACCOUNT, REGION));
    let topic = sns.create_topic().name("t").send().await.unwrap();
    let topic = topic.topic_arn().unwrap();
    let subscribe = sns.subscribe().topic_arn(topic).protocol("sqs");
    let subscribe = subscribe.endpoint(&arn);
    let subscribe = subscribe.attributes("RawMessageDelivery", "true");
    subscribe.send().await.unwrap();
    events
        .rule("all", &json!({"source": ["datamesh.projects"]}))
        .await;
    let target = target("topic", topic).input_path("$.detail");
    events.target("all", target.build().unwrap()).await;
    events.put(entry("A", &json!({"n": 1}))).await;
    assert_eq!(events.received(&url).await, [r#"{"n":1}"#]);
}

#[tokio::test]
async fn a_fifo_queue_gets_events_in_the_group_of_its_target() {
    let events = events().await;
    let create = events.sqs.create_queue().queue_name("q.fifo");
    let create = create.attributes(QueueAttributeName::FifoQueue, "true");
    let create = create.attributes(QueueAttributeName::ContentBasedDeduplication, "true");
    let url = create.send().await.unwrap().queue_url().unwrap().to_owned();
    let arn = format!("arn:aws:sqs:{REGION}:{ACCOUNT}:q.fifo");
    events
        .rule("all", &json!({"source": ["datamesh.projects"]}))
        .await;
    let group = SqsParameters::builder().message_group_id("g").build();
    let target = target("q", &arn).sqs_parameters(group).build().unwrap();
    events.target("all", target).await;
    events.put(entry("A", &json!({}))).await;
    let receive = events.sqs.receive_message().queue_url(url);
    let received = receive
        .message_system_attribute_names(MessageSystemAttributeName::MessageGroupId)
        .send()
        .await
        .unwrap();
    let attributes = received.messages()[0].attributes().unwrap();
    assert_eq!(attributes[&MessageSystemAttributeName::MessageGroupId], "g");
}

#[tokio::test]
async fn a_target_that_is_not_invoked_leaves_a_dead_letter() {
    let events = events().await;
    let (url, arn) = events.queue("dead").await;
    events
        .rule("all", &json!({"source": ["datamesh.projects"]}))
        .await;
    let function = format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:f");
    let dead = DeadLetterConfig::builder().arn(arn).build();
    let target = target("f", &function).dead_letter_config(dead);
    events.target("all", target.build().unwrap()).await;
    events.put(entry("A", &json!({}))).await;
    assert_eq!(events.received(&url).await.len(), 1);
}
