//! Batches.

use super::*;

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
