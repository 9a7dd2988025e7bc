//! Receiving, hiding and deleting.

use super::*;

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

#[tokio::test]
async fn a_long_poll_ends_by_the_clouds_clock_if_that_is_moved() {
    let (client, url, _cloud, clock) = queue("orders").await;
    let poll = client.receive_message().queue_url(&url);
    let poll = tokio::spawn(poll.wait_time_seconds(20).send());
    let begun = std::time::Instant::now();
    while !poll.is_finished() {
        clock.advance(Duration::from_secs(5));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(poll.await.unwrap().unwrap().messages().is_empty());
    assert!(begun.elapsed() < Duration::from_secs(15));
}

#[tokio::test]
async fn a_receive_hides_a_message_for_twelve_hours_at_most() {
    let (client, url, _cloud, clock) = queue("orders").await;
    send(&client, &url, "m").await;
    let message = receive(&client, &url).await.remove(0);
    clock.advance(Duration::from_secs(10));
    let change = |seconds: i32| {
        let change = client.change_message_visibility().queue_url(&url);
        let change = change.receipt_handle(message.receipt_handle().unwrap());
        change.visibility_timeout(seconds).send()
    };
    let error = change(43_200).await.unwrap_err();
    assert_eq!(
        error.message(),
        Some(
            "Value 43200 for parameter VisibilityTimeout is invalid. Reason: Total \
             VisibilityTimeout for the message is beyond the limit [43200 seconds]"
        )
    );
    change(43_190).await.unwrap();
    clock.advance(Duration::from_secs(43_190));
    let error = change(1).await.unwrap_err();
    assert!(error.into_service_error().is_message_not_inflight());
}

#[tokio::test]
async fn one_receive_without_a_timeout_brings_each_message_once() {
    let (client, url, ..) = queue("orders").await;
    for body in ["1", "2", "3"] {
        send(&client, &url, body).await;
    }
    let receive = || {
        let receive = client.receive_message().queue_url(&url);
        receive
            .max_number_of_messages(10)
            .visibility_timeout(0)
            .send()
    };
    for _ in 0..2 {
        let messages = receive().await.unwrap().messages.unwrap();
        assert_eq!(bodies(&messages), ["1", "2", "3"]);
    }
    assert_eq!(counts(&client, &url).await, ["3", "0", "0"]);
}

#[tokio::test]
async fn a_handle_of_another_queue_is_none() {
    let (client, url, ..) = queue("orders").await;
    let other = create(&client, "other").await;
    send(&client, &url, "m").await;
    let message = receive(&client, &url).await.remove(0);
    let delete = client.delete_message().queue_url(other);
    let delete = delete.receipt_handle(message.receipt_handle().unwrap());
    let error = delete.send().await.unwrap_err().into_service_error();
    assert!(error.is_receipt_handle_is_invalid());
}
