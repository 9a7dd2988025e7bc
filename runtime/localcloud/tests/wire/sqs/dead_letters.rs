//! Dead-letter queues and the way back.

use super::*;

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

async fn poisoned(count: usize) -> (Client, String, String, LocalCloud, Arc<ManualClock>) {
    let (client, url, dead, cloud, clock) = with_dead_letters(1).await;
    for number in 0..count {
        send(&client, &url, &number.to_string()).await;
    }
    for _ in 0..count.div_ceil(10) {
        receive(&client, &url).await;
    }
    clock.advance(Duration::from_secs(30));
    assert!(receive(&client, &url).await.is_empty());
    let none = "0".to_owned();
    let all = [count.to_string(), none.clone(), none];
    assert_eq!(counts(&client, &dead).await, all);
    (client, url, dead, cloud, clock)
}

#[tokio::test]
async fn a_move_task_with_a_rate_goes_by_the_clock_and_can_be_cancelled() {
    let (client, url, dead, _cloud, clock) = poisoned(10).await;
    let arn = format!("arn:aws:sqs:{REGION}:{ACCOUNT}:orders-dlq");
    let start = || {
        let start = client.start_message_move_task().source_arn(&arn);
        start.max_number_of_messages_per_second(2).send()
    };
    let handle = start().await.unwrap().task_handle.unwrap();
    let twice = start().await.unwrap_err();
    assert!(twice.message().unwrap().contains("already a task running"));
    let newest = || async {
        let list = client.list_message_move_tasks().source_arn(&arn);
        list.send().await.unwrap().results.unwrap().remove(0)
    };
    let task = newest().await;
    assert_eq!(task.status(), Some("RUNNING"));
    assert_eq!(task.task_handle(), Some(handle.as_str()));
    assert_eq!(task.approximate_number_of_messages_to_move(), Some(10));
    assert_eq!(task.approximate_number_of_messages_moved(), 0);
    clock.advance(Duration::from_millis(1_500));
    assert_eq!(newest().await.approximate_number_of_messages_moved(), 3);
    assert_eq!(counts(&client, &dead).await, ["7", "0", "0"]);
    assert_eq!(receive(&client, &url).await.len(), 3);

    let cancel = || {
        client
            .cancel_message_move_task()
            .task_handle(&handle)
            .send()
    };
    let cancelled = cancel().await.unwrap();
    assert_eq!(cancelled.approximate_number_of_messages_moved(), 3);
    clock.advance(Duration::from_secs(10));
    let task = newest().await;
    assert_eq!(
        (task.status(), task.task_handle()),
        (Some("CANCELLED"), None)
    );
    assert_eq!(counts(&client, &dead).await, ["7", "0", "0"]);
    let error = cancel().await.unwrap_err();
    assert_eq!(error.message(), Some("Only active tasks can be cancelled."));

    start().await.unwrap();
    clock.advance(Duration::from_secs(4));
    assert_eq!(newest().await.status(), Some("COMPLETED"));
    assert_eq!(counts(&client, &dead).await, ["0", "0", "0"]);
}

#[tokio::test]
async fn a_message_that_came_from_nowhere_fails_the_task_and_stays() {
    let (client, _url, dead, ..) = with_dead_letters(1).await;
    send(&client, &dead, "lost").await;
    let arn = format!("arn:aws:sqs:{REGION}:{ACCOUNT}:orders-dlq");
    let start = client.start_message_move_task().source_arn(&arn);
    start.clone().send().await.unwrap();
    let list = client.list_message_move_tasks().source_arn(&arn);
    let task = list.send().await.unwrap().results.unwrap().remove(0);
    assert_eq!(task.status(), Some("FAILED"));
    assert_eq!(
        task.failure_reason(),
        Some("CouldNotDetermineMessageSource")
    );
    assert_eq!(counts(&client, &dead).await, ["1", "0", "0"]);
    let other = create(&client, "other").await;
    let start = start.destination_arn(format!("arn:aws:sqs:{REGION}:{ACCOUNT}:other"));
    start.send().await.unwrap();
    assert_eq!(bodies(&receive(&client, &other).await), ["lost"]);
}

#[tokio::test]
async fn a_dead_letter_queue_can_say_whose_letters_it_takes() {
    let (client, url, ..) = queue("orders").await;
    let dead = create(&client, "dead").await;
    let redrive = || {
        let policy = format!(
            r#"{{"deadLetterTargetArn":"arn:aws:sqs:{REGION}:{ACCOUNT}:dead","maxReceiveCount":3}}"#
        );
        let set = client.set_queue_attributes().queue_url(&url);
        set.attributes(QueueAttributeName::RedrivePolicy, policy)
            .send()
    };
    let allow = QueueAttributeName::RedriveAllowPolicy;
    set(
        &client,
        &dead,
        allow.clone(),
        r#"{"redrivePermission":"denyAll"}"#,
    )
    .await;
    let error = redrive().await.unwrap_err();
    assert_eq!(error.code(), Some("InvalidParameterValue"));
    let by_queue = format!(
        r#"{{"redrivePermission":"byQueue","sourceQueueArns":["arn:aws:sqs:{REGION}:{ACCOUNT}:orders"]}}"#
    );
    set(&client, &dead, allow.clone(), &by_queue).await;
    redrive().await.unwrap();
    let nonsense = client.set_queue_attributes().queue_url(&dead);
    let nonsense = nonsense.attributes(allow, r#"{"redrivePermission":"byQueue"}"#);
    assert_eq!(
        nonsense.send().await.unwrap_err().code(),
        Some("InvalidParameterValue")
    );
    client.delete_queue().queue_url(&url).send().await.unwrap();
    let sources = client.list_dead_letter_source_queues().queue_url(&dead);
    assert!(sources.send().await.unwrap().queue_urls().is_empty());
}
