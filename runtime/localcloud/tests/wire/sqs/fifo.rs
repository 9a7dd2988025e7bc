//! FIFO queues.

use super::*;

use QueueAttributeName as Name;

async fn fifo(attributes: &[(Name, &str)]) -> (Client, String, LocalCloud, Arc<ManualClock>) {
    let (cloud, clock) = cloud();
    let client = Client::new(&sdk(&cloud, ACCOUNT, REGION));
    let url = create_fifo(&client, "orders.fifo", attributes).await;
    (client, url, cloud, clock)
}

async fn create_fifo(client: &Client, name: &str, attributes: &[(Name, &str)]) -> String {
    let mut create = client.create_queue().queue_name(name);
    create = create.attributes(Name::FifoQueue, "true");
    for (name, value) in attributes {
        create = create.attributes(name.clone(), *value);
    }
    create.send().await.unwrap().queue_url.unwrap()
}

/// Sends the body, which is its own deduplication id; the message id and the sequence number.
async fn put(client: &Client, url: &str, group: &str, body: &str) -> (String, String) {
    let sent = client
        .send_message()
        .queue_url(url)
        .message_body(body)
        .message_group_id(group)
        .message_deduplication_id(body)
        .send()
        .await
        .unwrap();
    (sent.message_id.unwrap(), sent.sequence_number.unwrap())
}

async fn delete(client: &Client, url: &str, message: &Message) {
    let delete = client.delete_message().queue_url(url);
    let delete = delete.receipt_handle(message.receipt_handle().unwrap());
    delete.send().await.unwrap();
}

#[tokio::test]
async fn a_group_is_locked_while_one_of_its_messages_is_in_flight() {
    let (client, url, ..) = fifo(&[]).await;
    for (group, body) in [("a", "a1"), ("a", "a2"), ("b", "b1")] {
        put(&client, &url, group, body).await;
    }
    let one = || client.receive_message().queue_url(&url).send();
    let first = one().await.unwrap().messages.unwrap();
    assert_eq!(bodies(&first), ["a1"]);
    let second = receive(&client, &url).await;
    assert_eq!(bodies(&second), ["b1"], "a2 stands behind a1");
    assert_eq!(counts(&client, &url).await, ["1", "0", "2"]);
    delete(&client, &url, &first[0]).await;
    assert_eq!(bodies(&receive(&client, &url).await), ["a2"]);
}

#[tokio::test]
async fn one_receive_takes_a_whole_group_and_order_survives_time_outs() {
    let (client, url, _cloud, clock) = fifo(&[(Name::VisibilityTimeout, "10")]).await;
    for body in ["1", "2", "3"] {
        put(&client, &url, "g", body).await;
    }
    let taken = receive(&client, &url).await;
    assert_eq!(bodies(&taken), ["1", "2", "3"]);
    let change = client.change_message_visibility().queue_url(&url);
    let handle = taken[1].receipt_handle().unwrap();
    let change = change.receipt_handle(handle).visibility_timeout(60);
    change.send().await.unwrap();
    clock.advance(Duration::from_secs(10));
    let again = receive(&client, &url).await;
    assert_eq!(bodies(&again), ["1"], "2 is hidden, and 3 stands behind it");
    clock.advance(Duration::from_secs(60));
    assert_eq!(bodies(&receive(&client, &url).await), ["1", "2", "3"]);
}

#[tokio::test]
async fn what_was_sent_within_five_minutes_is_not_put_in_again() {
    let (client, url, _cloud, clock) = fifo(&[]).await;
    let original = put(&client, &url, "g", "m").await;
    assert_eq!(put(&client, &url, "other", "m").await, original);
    let taken = receive(&client, &url).await;
    assert_eq!(bodies(&taken), ["m"]);
    delete(&client, &url, &taken[0]).await;
    clock.advance(Duration::from_secs(299));
    assert_eq!(put(&client, &url, "g", "m").await, original);
    assert!(receive(&client, &url).await.is_empty());
    clock.advance(Duration::from_secs(1));
    let later = put(&client, &url, "g", "m").await;
    assert!(later.1 > original.1, "sequence numbers grow");
    assert_eq!(later.1.len(), 20);
    assert_eq!(bodies(&receive(&client, &url).await), ["m"]);
}

#[tokio::test]
async fn duplicates_are_looked_for_within_groups_if_the_queue_says_so() {
    let (client, url, _cloud, clock) = fifo(&[(Name::DeduplicationScope, "messageGroup")]).await;
    put(&client, &url, "a", "m").await;
    put(&client, &url, "b", "m").await;
    put(&client, &url, "b", "m").await;
    assert_eq!(bodies(&receive(&client, &url).await), ["m", "m"]);
    // A change of the scope takes a minute to spread.
    set(&client, &url, Name::DeduplicationScope, "queue").await;
    put(&client, &url, "c", "m").await;
    assert_eq!(bodies(&receive(&client, &url).await), ["m"]);
    clock.advance(Duration::from_secs(60));
    put(&client, &url, "d", "m").await;
    assert_eq!(counts(&client, &url).await, ["3", "0", "0"]);
}

#[tokio::test]
async fn a_body_can_be_its_own_deduplication_id() {
    let (client, url, ..) = fifo(&[(Name::ContentBasedDeduplication, "True")]).await;
    for body in ["m", "m", "n"] {
        let send = client.send_message().queue_url(&url).message_body(body);
        send.message_group_id("g").send().await.unwrap();
    }
    let taken = receive(&client, &url).await;
    assert_eq!(bodies(&taken), ["m", "n"]);
    let system = taken[0].attributes().unwrap();
    assert_eq!(
        system[&MessageSystemAttributeName::MessageDeduplicationId],
        "62c66a7a5dd70c3146618063c344e531e6d4b59e379808443ce962b3abd63c5a"
    );
    assert_eq!(system[&MessageSystemAttributeName::MessageGroupId], "g");
}

#[tokio::test]
async fn a_receipt_handle_ends_with_its_visibility_timeout() {
    let (client, url, _cloud, clock) = fifo(&[(Name::VisibilityTimeout, "1")]).await;
    put(&client, &url, "g", "m").await;
    let taken = receive(&client, &url).await;
    clock.advance(Duration::from_secs(1));
    let handle = taken[0].receipt_handle().unwrap();
    let delete = client.delete_message().queue_url(&url);
    let error = delete.receipt_handle(handle).send().await.unwrap_err();
    assert_eq!(error.code(), Some("InvalidParameterValue"));
    assert_eq!(
        error.message().unwrap(),
        format!(
            "Value {handle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has \
             expired."
        )
    );
    let change = client.change_message_visibility().queue_url(&url);
    let change = change.receipt_handle(handle).visibility_timeout(5);
    let error = change.send().await.unwrap_err();
    assert_eq!(error.code(), Some("InvalidParameterValue"));
    assert_eq!(counts(&client, &url).await, ["1", "0", "0"]);
}

#[tokio::test]
async fn a_receive_can_be_tried_again_until_somebody_touches_its_messages() {
    let (client, url, ..) = fifo(&[]).await;
    put(&client, &url, "g", "1").await;
    put(&client, &url, "g", "2").await;
    let attempt = || async {
        let receive = client.receive_message().queue_url(&url);
        let receive = receive
            .max_number_of_messages(10)
            .receive_request_attempt_id("try-1");
        receive.send().await.unwrap().messages.unwrap_or_default()
    };
    let first = attempt().await;
    assert_eq!(bodies(&first), ["1", "2"]);
    assert!(receive(&client, &url).await.is_empty());
    assert_eq!(attempt().await, first, "handles too");
    delete(&client, &url, &first[0]).await;
    assert!(attempt().await.is_empty(), "2 is in flight");
    let standard = create(&client, "plain").await;
    let receive = client.receive_message().queue_url(standard);
    let error = receive.receive_request_attempt_id("x").send().await;
    assert_eq!(error.unwrap_err().code(), Some("InvalidParameterValue"));
}

#[tokio::test]
async fn delay_is_the_queues_and_not_the_messages() {
    let (client, url, _cloud, clock) = fifo(&[(Name::DelaySeconds, "5")]).await;
    let send = |delay: i32| {
        let send = client.send_message().queue_url(&url).message_body("m");
        let send = send.message_group_id("g").message_deduplication_id("m");
        send.delay_seconds(delay).send()
    };
    let error = send(1).await.unwrap_err();
    assert_eq!(
        error.message(),
        Some(
            "Value 1 for parameter DelaySeconds is invalid. Reason: The request include parameter \
             that is not valid for this queue type."
        )
    );
    send(0).await.unwrap();
    assert_eq!(counts(&client, &url).await, ["0", "1", "0"]);
    assert!(receive(&client, &url).await.is_empty());
    clock.advance(Duration::from_secs(5));
    assert_eq!(bodies(&receive(&client, &url).await), ["m"]);
}

#[tokio::test]
async fn dead_letters_of_a_group_let_the_next_message_through() {
    let (client, url, _cloud, clock) = fifo(&[]).await;
    let dead = create_fifo(&client, "dead.fifo", &[]).await;
    let policy = |name: &str| {
        format!(
            r#"{{"deadLetterTargetArn":"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}","maxReceiveCount":1}}"#
        )
    };
    create(&client, "plain").await;
    let wrong = client.set_queue_attributes().queue_url(&url);
    let wrong = wrong.attributes(Name::RedrivePolicy, policy("plain"));
    let error = wrong.send().await.unwrap_err();
    assert_eq!(error.code(), Some("InvalidParameterValue"));
    set(&client, &url, Name::RedrivePolicy, &policy("dead.fifo")).await;

    let (id, _) = put(&client, &url, "g", "poison").await;
    let one = || client.receive_message().queue_url(&url).send();
    one().await.unwrap();
    put(&client, &url, "g", "good").await;
    clock.advance(Duration::from_secs(30));
    assert_eq!(bodies(&one().await.unwrap().messages.unwrap()), ["good"]);
    let buried = receive(&client, &dead).await;
    assert_eq!(bodies(&buried), ["poison"]);
    let system = buried[0].attributes().unwrap();
    let deduplication = MessageSystemAttributeName::MessageDeduplicationId;
    assert_eq!(system[&deduplication], id);
    assert_eq!(system[&MessageSystemAttributeName::MessageGroupId], "g");
}

#[tokio::test]
async fn what_a_fifo_queue_wants_is_asked_for() {
    let (client, url, ..) = fifo(&[]).await;
    let named = client.create_queue().queue_name("plain");
    let error = named.attributes(Name::FifoQueue, "true").send().await;
    assert!(
        error
            .unwrap_err()
            .message()
            .unwrap()
            .contains("must end with .fifo suffix")
    );
    let send = || client.send_message().queue_url(&url).message_body("m");
    let error = send().send().await.unwrap_err();
    assert_eq!(error.code(), Some("MissingParameter"));
    let error = send().message_group_id("g").send().await.unwrap_err();
    assert_eq!(
        error.message(),
        Some(
            "The queue should either have ContentBasedDeduplication enabled or \
             MessageDeduplicationId provided explicitly"
        )
    );
    let spaced = send().message_group_id("a b").message_deduplication_id("d");
    let error = spaced.send().await.unwrap_err();
    assert_eq!(error.code(), Some("InvalidParameterValue"));
    let limit = client.set_queue_attributes().queue_url(&url);
    let limit = limit.attributes(Name::FifoThroughputLimit, "perMessageGroupId");
    let error = limit.send().await.unwrap_err().into_service_error();
    assert!(error.is_invalid_attribute_value());
    let kind = client.set_queue_attributes().queue_url(&url);
    let kind = kind.attributes(Name::FifoQueue, "false");
    let error = kind.send().await.unwrap_err().into_service_error();
    assert!(error.is_invalid_attribute_value());
    assert_eq!(counts(&client, &url).await, ["0", "0", "0"]);
}

#[tokio::test]
async fn a_purge_forgets_what_was_sent() {
    let (client, url, ..) = fifo(&[]).await;
    put(&client, &url, "g", "m").await;
    client.purge_queue().queue_url(&url).send().await.unwrap();
    assert!(receive(&client, &url).await.is_empty());
    put(&client, &url, "g", "m").await;
    assert_eq!(bodies(&receive(&client, &url).await), ["m"]);
}

#[tokio::test]
async fn events_come_in_the_group_that_their_target_names() {
    use aws_sdk_eventbridge::types::{PutEventsRequestEntry, SqsParameters, Target};

    let (client, url, cloud, _clock) = fifo(&[(Name::ContentBasedDeduplication, "true")]).await;
    let events = aws_sdk_eventbridge::Client::new(&sdk(&cloud, ACCOUNT, REGION));
    let rule = events.put_rule().name("orders");
    let rule = rule.event_pattern(r#"{"source":["shop"]}"#);
    rule.send().await.unwrap();
    let target = Target::builder()
        .id("queue")
        .arn(format!("arn:aws:sqs:{REGION}:{ACCOUNT}:orders.fifo"))
        .sqs_parameters(SqsParameters::builder().message_group_id("shop-1").build())
        .build()
        .unwrap();
    let targets = events.put_targets().rule("orders").targets(target);
    targets.send().await.unwrap();
    let entry = PutEventsRequestEntry::builder()
        .source("shop")
        .detail_type("sold")
        .detail("{}")
        .build();
    events.put_events().entries(entry).send().await.unwrap();
    let message = receive(&client, &url).await.remove(0);
    let system = message.attributes().unwrap();
    let group = MessageSystemAttributeName::MessageGroupId;
    assert_eq!(system[&group], "shop-1");
}
