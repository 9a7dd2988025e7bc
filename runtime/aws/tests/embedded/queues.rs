use std::time::Duration;

use datamesh_aws::PageRequest;
use datamesh_aws::sqs::{Message, ReceiveMessages, SendMessage, Sqs};

use crate::setup::World;

async fn receive(sqs: &Sqs<'_>, queue_url: &str) -> Vec<Message> {
    let input = ReceiveMessages {
        queue_url: queue_url.into(),
        max: 10,
        wait: Duration::from_secs(5),
        visibility_s: None,
    };
    sqs.receive_messages(input).await.unwrap()
}

fn message(queue_url: &str, body: &str) -> SendMessage {
    SendMessage {
        queue_url: queue_url.into(),
        body: body.into(),
        attributes: [("kind".to_owned(), "test".to_owned())].into(),
        ..SendMessage::default()
    }
}

#[tokio::test]
async fn a_message_stays_until_it_is_deleted() {
    let world = World::new();
    let sqs = world.aws.sqs(&world.home);
    let url = sqs
        .create_queue("orders", Default::default())
        .await
        .unwrap();
    assert_eq!(
        sqs.create_queue("orders", Default::default())
            .await
            .unwrap(),
        url
    );
    assert_eq!(sqs.get_queue_url("orders").await.unwrap(), url);
    let listed = sqs
        .list_queues("ord", PageRequest::default())
        .await
        .unwrap();
    assert_eq!(listed.items, std::slice::from_ref(&url));

    let id = sqs.send_message(message(&url, "one")).await.unwrap();
    let first = receive(&sqs, &url).await.remove(0);
    assert_eq!(
        (first.id.as_str(), first.body.as_str()),
        (id.as_str(), "one")
    );
    assert_eq!(first.attributes["kind"], "test");
    assert_eq!(first.receive_count(), 1);

    sqs.change_message_visibility(&url, &first.receipt_handle, 0)
        .await
        .unwrap();
    let second = receive(&sqs, &url).await.remove(0);
    assert_eq!(
        (second.id.as_str(), second.receive_count()),
        (id.as_str(), 2)
    );
    sqs.delete_message(&url, &second.receipt_handle)
        .await
        .unwrap();
    let attributes = sqs.get_queue_attributes(&url).await.unwrap();
    assert_eq!(attributes["ApproximateNumberOfMessagesNotVisible"], "0");

    sqs.delete_queue(&url).await.unwrap();
    assert!(
        sqs.get_queue_url("orders")
            .await
            .unwrap_err()
            .is_not_found()
    );
}

#[tokio::test]
async fn a_long_poll_is_answered_when_the_message_comes() {
    let world = World::new();
    let sqs = world.aws.sqs(&world.home);
    let url = sqs
        .create_queue("orders", Default::default())
        .await
        .unwrap();
    let (received, sent) =
        tokio::join!(receive(&sqs, &url), sqs.send_message(message(&url, "late")));
    sent.unwrap();
    assert_eq!(received[0].body, "late");
}

#[tokio::test]
async fn a_poisoned_message_ends_in_the_dead_letter_queue_and_can_be_redriven() {
    let world = World::new();
    let sqs = world.aws.sqs(&world.home);
    let dead = sqs
        .create_queue("orders-dead", Default::default())
        .await
        .unwrap();
    let dead_arn = sqs.get_queue_attributes(&dead).await.unwrap()["QueueArn"].clone();
    let url = sqs
        .create_queue("orders", Default::default())
        .await
        .unwrap();
    let redrive = serde_json::json!({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 1});
    let policy = [("RedrivePolicy".to_owned(), redrive.to_string())].into();
    sqs.set_queue_attributes(&url, policy).await.unwrap();

    sqs.send_message(message(&url, "poison")).await.unwrap();
    let seen = receive(&sqs, &url).await.remove(0);
    sqs.change_message_visibility(&url, &seen.receipt_handle, 0)
        .await
        .unwrap();
    let empty = ReceiveMessages {
        queue_url: url.clone(),
        max: 1,
        wait: Duration::ZERO,
        visibility_s: None,
    };
    assert_eq!(sqs.receive_messages(empty).await.unwrap(), []);
    let at_rest = receive(&sqs, &dead).await.remove(0);
    assert_eq!(at_rest.body, "poison");
    sqs.change_message_visibility(&dead, &at_rest.receipt_handle, 0)
        .await
        .unwrap();

    sqs.start_message_move_task(&dead_arn, None, None)
        .await
        .unwrap();
    assert_eq!(receive(&sqs, &url).await[0].body, "poison");
    assert_eq!(
        sqs.list_message_move_tasks(&dead_arn).await.unwrap().len(),
        1
    );
}
