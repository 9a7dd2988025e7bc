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

#[tokio::test]
async fn a_message_is_sent_received_and_deleted() {
    let (client, url, ..) = queue("orders").await;
    assert_eq!(
        url,
        "https://sqs.eu-west-1.amazonaws.com/111122223333/orders"
    );
    let sent = client
        .send_message()
        .queue_url(&url)
        .message_body("hello")
        .message_attributes(
            "kind",
            MessageAttributeValue::builder()
                .data_type("String")
                .string_value("greeting")
                .build()
                .unwrap(),
        )
        .send()
        .await
        .unwrap();
    assert_eq!(
        sent.md5_of_message_body(),
        Some("5d41402abc4b2a76b9719d911017c592")
    );
    let received = receive(&client, &url).await;
    let message = &received[0];
    assert_eq!(message.body(), Some("hello"));
    assert_eq!(message.message_id(), sent.message_id());
    assert_eq!(message.md5_of_body(), sent.md5_of_message_body());
    assert_eq!(
        message.md5_of_message_attributes(),
        sent.md5_of_message_attributes()
    );
    let system = message.attributes().unwrap();
    assert_eq!(
        system[&MessageSystemAttributeName::ApproximateReceiveCount],
        "1"
    );
    assert_eq!(
        system[&MessageSystemAttributeName::SentTimestamp],
        "1769860800000"
    );
    let own = message.message_attributes().unwrap();
    assert_eq!(own["kind"].string_value(), Some("greeting"));

    let handle = message.receipt_handle().unwrap();
    let delete = client
        .delete_message()
        .queue_url(&url)
        .receipt_handle(handle);
    delete.clone().send().await.unwrap();
    delete.send().await.unwrap();
    assert_eq!(counts(&client, &url).await, ["0", "0", "0"]);
}

#[tokio::test]
async fn an_unacknowledged_message_comes_back_after_its_visibility_timeout() {
    let (client, url, _cloud, clock) = queue("orders").await;
    send(&client, &url, "again").await;
    let first = receive(&client, &url).await;
    assert!(receive(&client, &url).await.is_empty());
    assert_eq!(counts(&client, &url).await, ["0", "0", "1"]);

    clock.advance(Duration::from_secs(30));
    let second = receive(&client, &url).await;
    assert_eq!(bodies(&second), ["again"]);
    let count = MessageSystemAttributeName::ApproximateReceiveCount;
    assert_eq!(second[0].attributes().unwrap()[&count], "2");

    let stale = first[0].receipt_handle().unwrap();
    let delete = client
        .delete_message()
        .queue_url(&url)
        .receipt_handle(stale);
    delete.send().await.unwrap();
    assert_eq!(counts(&client, &url).await, ["0", "0", "1"]);
}

#[tokio::test]
async fn visibility_can_be_changed_while_a_message_is_in_flight() {
    let (client, url, _cloud, clock) = queue("orders").await;
    send(&client, &url, "m").await;
    let message = receive(&client, &url).await.remove(0);
    let change = client
        .change_message_visibility()
        .queue_url(&url)
        .receipt_handle(message.receipt_handle().unwrap());
    change.clone().visibility_timeout(120).send().await.unwrap();
    clock.advance(Duration::from_secs(119));
    assert!(receive(&client, &url).await.is_empty());
    change.clone().visibility_timeout(0).send().await.unwrap();
    let error = change.visibility_timeout(5).send().await.unwrap_err();
    assert!(error.into_service_error().is_message_not_inflight());
    assert_eq!(bodies(&receive(&client, &url).await), ["m"]);
}

#[tokio::test]
async fn messages_come_in_order_up_to_the_number_asked_for() {
    let (client, url, ..) = queue("orders").await;
    for number in 0..12 {
        send(&client, &url, &number.to_string()).await;
    }
    let first = receive(&client, &url).await;
    assert_eq!(
        bodies(&first),
        ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]
    );
    assert_eq!(bodies(&receive(&client, &url).await), ["10", "11"]);
}

#[tokio::test]
async fn a_delayed_message_waits() {
    let (client, url, _cloud, clock) = queue("orders").await;
    let send = client.send_message().queue_url(&url).message_body("late");
    send.delay_seconds(60).send().await.unwrap();
    assert!(receive(&client, &url).await.is_empty());
    assert_eq!(counts(&client, &url).await, ["0", "1", "0"]);
    clock.advance(Duration::from_secs(60));
    assert_eq!(bodies(&receive(&client, &url).await), ["late"]);
}

#[tokio::test]
async fn messages_older_than_the_retention_period_are_gone() {
    let (client, url, _cloud, clock) = queue("orders").await;
    set(
        &client,
        &url,
        QueueAttributeName::MessageRetentionPeriod,
        "60",
    )
    .await;
    send(&client, &url, "old").await;
    clock.advance(Duration::from_secs(59));
    assert_eq!(counts(&client, &url).await, ["1", "0", "0"]);
    clock.advance(Duration::from_secs(1));
    assert!(receive(&client, &url).await.is_empty());
    assert_eq!(counts(&client, &url).await, ["0", "0", "0"]);
}

/// Unwoken, each poll would last a second.
#[tokio::test]
async fn long_polls_are_woken_by_messages() {
    let (client, url, ..) = queue("orders").await;
    let ten_rounds = async {
        for round in 0..10 {
            let body = format!("news {round}");
            let poll = client.receive_message().queue_url(&url);
            let poll = tokio::spawn(poll.wait_time_seconds(20).send());
            // The poll has looked into the queue when ten later requests were answered.
            for _ in 0..10 {
                counts(&client, &url).await;
            }
            assert!(!poll.is_finished());
            send(&client, &url, &body).await;
            let received = poll.await.unwrap().unwrap();
            assert_eq!(bodies(received.messages()), [body.as_str()]);
        }
    };
    let ended = tokio::time::timeout(Duration::from_secs(7), ten_rounds).await;
    ended.expect("each poll ends with its message");
}

#[tokio::test]
async fn a_long_poll_of_an_empty_queue_ends_empty() {
    let (client, url, ..) = queue("orders").await;
    let poll = client
        .receive_message()
        .queue_url(&url)
        .wait_time_seconds(1);
    assert!(poll.send().await.unwrap().messages().is_empty());
}

async fn with_dead_letters(
    max_receive_count: u32,
) -> (Client, String, String, LocalCloud, Arc<ManualClock>) {
    let (client, url, cloud, clock) = queue("orders").await;
    let dead = create(&client, "orders-dlq").await;
    let policy = format!(
        r#"{{"deadLetterTargetArn":"arn:aws:sqs:{REGION}:{ACCOUNT}:orders-dlq","maxReceiveCount":"{max_receive_count}"}}"#
    );
    set(&client, &url, QueueAttributeName::RedrivePolicy, &policy).await;
    (client, url, dead, cloud, clock)
}

#[tokio::test]
async fn a_poisoned_message_ends_in_the_dead_letter_queue_and_can_be_redriven() {
    let (client, url, dead, _cloud, clock) = with_dead_letters(2).await;
    send(&client, &url, "poison").await;
    for _ in 0..2 {
        assert_eq!(bodies(&receive(&client, &url).await), ["poison"]);
        clock.advance(Duration::from_secs(30));
    }
    assert!(receive(&client, &url).await.is_empty());
    assert_eq!(counts(&client, &url).await, ["0", "0", "0"]);
    assert_eq!(counts(&client, &dead).await, ["1", "0", "0"]);

    let dead_arn = format!("arn:aws:sqs:{REGION}:{ACCOUNT}:orders-dlq");
    let start = client.start_message_move_task().source_arn(&dead_arn);
    assert!(start.send().await.unwrap().task_handle().is_some());
    assert_eq!(counts(&client, &dead).await, ["0", "0", "0"]);
    let back = receive(&client, &url).await;
    assert_eq!(bodies(&back), ["poison"]);
    let count = MessageSystemAttributeName::ApproximateReceiveCount;
    assert_eq!(back[0].attributes().unwrap()[&count], "1");

    let tasks = client.list_message_move_tasks().source_arn(&dead_arn);
    let tasks = tasks.send().await.unwrap();
    assert_eq!(tasks.results()[0].status(), Some("COMPLETED"));
    assert_eq!(tasks.results()[0].approximate_number_of_messages_moved(), 1);
}

#[tokio::test]
async fn dead_letter_queues_know_their_sources_and_messages_theirs() {
    let (client, url, dead, _cloud, clock) = with_dead_letters(1).await;
    let sources = client.list_dead_letter_source_queues().queue_url(&dead);
    let sources = sources.send().await.unwrap();
    assert_eq!(sources.queue_urls(), std::slice::from_ref(&url));
    send(&client, &url, "poison").await;
    receive(&client, &url).await;
    clock.advance(Duration::from_secs(30));
    receive(&client, &url).await;
    let message = receive(&client, &dead).await.remove(0);
    let source = MessageSystemAttributeName::DeadLetterQueueSourceArn;
    let expected = format!("arn:aws:sqs:{REGION}:{ACCOUNT}:orders");
    assert_eq!(message.attributes().unwrap()[&source], expected);
}

#[tokio::test]
async fn only_dead_letter_queues_are_redriven() {
    let (client, ..) = queue("orders").await;
    let start = |name: &str| {
        let arn = format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{name}");
        client.start_message_move_task().source_arn(arn).send()
    };
    let error = start("orders").await.unwrap_err();
    assert_eq!(error.code(), Some("InvalidParameterValue"));
    let error = start("nothing").await.unwrap_err();
    assert!(error.into_service_error().is_resource_not_found_exception());
}

#[tokio::test]
async fn a_redrive_policy_must_name_a_queue_that_is_there() {
    let (client, url, ..) = queue("orders").await;
    let policy =
        r#"{"deadLetterTargetArn":"arn:aws:sqs:eu-west-1:111122223333:no","maxReceiveCount":3}"#;
    let set = client.set_queue_attributes().queue_url(&url);
    let set = set.attributes(QueueAttributeName::RedrivePolicy, policy);
    let error = set.send().await.unwrap_err();
    assert_eq!(error.code(), Some("InvalidParameterValue"));
}

#[tokio::test]
async fn creating_a_queue_again_is_no_error_unless_it_differs() {
    let (client, url, ..) = queue("orders").await;
    assert_eq!(create(&client, "orders").await, url);
    let with_timeout = |seconds: &str| {
        let create = client.create_queue().queue_name("orders");
        create.attributes(QueueAttributeName::VisibilityTimeout, seconds)
    };
    with_timeout("30").send().await.unwrap();
    let error = with_timeout("31").send().await.unwrap_err();
    assert!(error.as_service_error().unwrap().is_queue_name_exists());
    assert_eq!(error.code(), Some("QueueAlreadyExists"));
}

#[tokio::test]
async fn a_queue_that_is_not_there_is_said_so_in_both_codes() {
    let (client, url, ..) = queue("orders").await;
    let delete = client.delete_queue().queue_url(&url);
    delete.send().await.unwrap();
    let send = client.send_message().queue_url(&url).message_body("m");
    let error = send.send().await.unwrap_err();
    assert!(error.as_service_error().unwrap().is_queue_does_not_exist());
    assert_eq!(
        error.code(),
        Some("AWS.SimpleQueueService.NonExistentQueue")
    );
    let error = client.get_queue_url().queue_name("orders").send().await;
    assert!(
        error
            .unwrap_err()
            .into_service_error()
            .is_queue_does_not_exist()
    );
}

#[tokio::test]
async fn a_deleted_queue_takes_its_messages_along_and_its_name_rests_for_a_minute() {
    let (client, url, _cloud, clock) = queue("orders").await;
    send(&client, &url, "m").await;
    client.delete_queue().queue_url(&url).send().await.unwrap();
    let again = client.create_queue().queue_name("orders").send().await;
    let error = again.unwrap_err().into_service_error();
    assert!(error.is_queue_deleted_recently());
    clock.advance(Duration::from_secs(60));
    create(&client, "orders").await;
    assert!(receive(&client, &url).await.is_empty());
}

#[tokio::test]
async fn queues_are_listed_in_pages_of_one_account_and_region() {
    let (client, _, cloud, _) = queue("a-0").await;
    for name in ["a-1", "a-2", "b-0"] {
        create(&client, name).await;
    }
    let mut names = Vec::new();
    let mut pages = 0;
    let mut list = client
        .list_queues()
        .queue_name_prefix("a-")
        .max_results(2)
        .into_paginator()
        .send();
    while let Some(page) = list.next().await {
        pages += 1;
        names.extend(page.unwrap().queue_urls.unwrap_or_default());
    }
    assert_eq!(pages, 2);
    let expected = ["a-0", "a-1", "a-2"]
        .map(|name| format!("https://sqs.eu-west-1.amazonaws.com/111122223333/{name}"));
    assert_eq!(names, expected);
    for (account, region) in [(OTHER_ACCOUNT, REGION), (ACCOUNT, "us-east-1")] {
        let elsewhere = Client::new(&sdk(&cloud, account, region));
        assert!(
            elsewhere
                .list_queues()
                .send()
                .await
                .unwrap()
                .queue_urls()
                .is_empty()
        );
    }
}

#[tokio::test]
async fn another_accounts_queue_is_out_of_reach() {
    let (_, url, cloud, _) = queue("orders").await;
    let other = Client::new(&sdk(&cloud, OTHER_ACCOUNT, REGION));
    let send = other.send_message().queue_url(&url).message_body("m");
    assert_eq!(send.send().await.unwrap_err().code(), Some("AccessDenied"));
}

#[tokio::test]
async fn a_batch_reports_each_entry() {
    let (client, url, ..) = queue("orders").await;
    let entry = |id: &str, body: &str| {
        let entry = SendMessageBatchRequestEntry::builder();
        entry.id(id).message_body(body).build().unwrap()
    };
    let sent = client
        .send_message_batch()
        .queue_url(&url)
        .entries(entry("good", "fine"))
        .entries(entry("bad", "\u{1}"))
        .send()
        .await
        .unwrap();
    assert_eq!(sent.successful()[0].id(), "good");
    assert_eq!(sent.failed()[0].id(), "bad");
    assert_eq!(sent.failed()[0].code(), "InvalidMessageContents");
    assert!(sent.failed()[0].sender_fault());

    let twice = client.send_message_batch().queue_url(&url);
    let twice = twice.entries(entry("a", "1")).entries(entry("a", "2"));
    let error = twice.send().await.unwrap_err().into_service_error();
    assert!(error.is_batch_entry_ids_not_distinct());
    let none = client
        .send_message_batch()
        .queue_url(&url)
        .set_entries(Some(vec![]));
    let error = none.send().await.unwrap_err().into_service_error();
    assert!(error.is_empty_batch_request());
    let many = (0..11)
        .map(|number| entry(&number.to_string(), "m"))
        .collect();
    let many = client
        .send_message_batch()
        .queue_url(&url)
        .set_entries(Some(many));
    let error = many.send().await.unwrap_err().into_service_error();
    assert!(error.is_too_many_entries_in_batch_request());

    let received = receive(&client, &url).await;
    assert_eq!(bodies(&received), ["fine"]);
    let delete = |id: &str, handle: &str| {
        let entry = DeleteMessageBatchRequestEntry::builder();
        entry.id(id).receipt_handle(handle).build().unwrap()
    };
    let deleted = client
        .delete_message_batch()
        .queue_url(&url)
        .entries(delete("good", received[0].receipt_handle().unwrap()))
        .entries(delete("bad", "nonsense"))
        .send()
        .await
        .unwrap();
    assert_eq!(deleted.successful()[0].id(), "good");
    assert_eq!(deleted.failed()[0].code(), "ReceiptHandleIsInvalid");
    assert_eq!(counts(&client, &url).await, ["0", "0", "0"]);
}

#[tokio::test]
async fn a_purged_queue_is_empty_and_is_not_purged_twice_a_minute() {
    let (client, url, _cloud, clock) = queue("orders").await;
    send(&client, &url, "m").await;
    let purge = || client.purge_queue().queue_url(&url).send();
    purge().await.unwrap();
    assert_eq!(counts(&client, &url).await, ["0", "0", "0"]);
    let error = purge().await.unwrap_err().into_service_error();
    assert!(error.is_purge_queue_in_progress());
    clock.advance(Duration::from_secs(60));
    purge().await.unwrap();
}

#[tokio::test]
async fn bad_requests_change_nothing() {
    let (client, url, ..) = queue("orders").await;
    let fifo = client.create_queue().queue_name("orders.fifo").send().await;
    assert_eq!(fifo.unwrap_err().code(), Some("InvalidParameterValue"));
    let named = client.create_queue().queue_name("a queue").send().await;
    assert_eq!(named.unwrap_err().code(), Some("InvalidParameterValue"));
    let attribute = client
        .create_queue()
        .queue_name("other")
        .attributes(QueueAttributeName::DelaySeconds, "901")
        .send()
        .await;
    assert!(
        attribute
            .unwrap_err()
            .into_service_error()
            .is_invalid_attribute_value()
    );
    let body = client.send_message().queue_url(&url).message_body("\u{0}");
    let error = body.send().await.unwrap_err().into_service_error();
    assert!(error.is_invalid_message_contents());
    let long = "x".repeat(1_048_577);
    let long = client.send_message().queue_url(&url).message_body(long);
    assert_eq!(
        long.send().await.unwrap_err().code(),
        Some("InvalidParameterValue")
    );
    let many = client
        .receive_message()
        .queue_url(&url)
        .max_number_of_messages(11);
    assert_eq!(
        many.send().await.unwrap_err().code(),
        Some("InvalidParameterValue")
    );
    assert_eq!(counts(&client, &url).await, ["0", "0", "0"]);
    assert_eq!(
        client.list_queues().send().await.unwrap().queue_urls(),
        [url]
    );
}

#[tokio::test]
async fn tags_are_kept() {
    let (client, url, ..) = queue("orders").await;
    let tag = client.tag_queue().queue_url(&url);
    tag.tags("team", "mesh")
        .tags("cost", "7")
        .send()
        .await
        .unwrap();
    let untag = client.untag_queue().queue_url(&url).tag_keys("cost");
    untag.send().await.unwrap();
    let tags = client
        .list_queue_tags()
        .queue_url(&url)
        .send()
        .await
        .unwrap();
    let tags = tags.tags().unwrap();
    assert_eq!((tags.len(), tags["team"].as_str()), (1, "mesh"));
}
