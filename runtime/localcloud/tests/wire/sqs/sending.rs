//! What may be sent, and what is refused.

use aws_sdk_sqs::types::{MessageSystemAttributeNameForSends, MessageSystemAttributeValue};

use super::*;

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
async fn what_is_said_beside_the_body_is_kept_and_digested() {
    let (client, url, ..) = queue("orders").await;
    let trace = MessageSystemAttributeValue::builder()
        .data_type("String")
        .string_value("Root=1-5759e988-bd862e3fe1be46a994272793")
        .build()
        .unwrap();
    let sent = client
        .send_message()
        .queue_url(&url)
        .message_body("m")
        .message_group_id("tenant-1")
        .message_system_attributes(MessageSystemAttributeNameForSends::AwsTraceHeader, trace)
        .send()
        .await
        .unwrap();
    assert_eq!(
        sent.md5_of_message_system_attributes().map(str::len),
        Some(32)
    );
    assert_eq!(sent.sequence_number(), None);
    let message = receive(&client, &url).await.remove(0);
    let system = message.attributes().unwrap();
    assert_eq!(
        system[&MessageSystemAttributeName::AwsTraceHeader],
        "Root=1-5759e988-bd862e3fe1be46a994272793"
    );
    assert_eq!(
        system[&MessageSystemAttributeName::MessageGroupId],
        "tenant-1"
    );
    let again = client.send_message().queue_url(&url).message_body("m");
    let error = again.message_deduplication_id("d").send().await;
    assert_eq!(
        error.unwrap_err().message(),
        Some(
            "Value d for parameter MessageDeduplicationId is invalid. Reason: The request include \
             parameter that is not valid for this queue type."
        )
    );
}
