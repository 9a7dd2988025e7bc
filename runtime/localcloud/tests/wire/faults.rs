use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::retry::RetryConfig;
use aws_sdk_sqs::error::ProvideErrorMetadata as _;
use aws_sdk_sqs::types::QueueAttributeName;
use datamesh_localcloud::{Fault, FaultEffect, LocalCloud, Times};

use crate::setup::{ACCOUNT, OTHER_ACCOUNT, REGION, cloud, sdk};

async fn queue() -> (LocalCloud, Client, String) {
    let (cloud, _) = cloud();
    let client = Client::new(&sdk(&cloud, ACCOUNT, REGION));
    let created = client.create_queue().queue_name("orders").send().await;
    let url = created.unwrap().queue_url().unwrap().to_owned();
    (cloud, client, url)
}

async fn visible(client: &Client, url: &str) -> String {
    let name = QueueAttributeName::ApproximateNumberOfMessages;
    let get = client.get_queue_attributes().queue_url(url);
    let got = get.attribute_names(name.clone()).send().await.unwrap();
    got.attributes().unwrap()[&name].clone()
}

#[tokio::test]
async fn a_throttle_strikes_once_and_does_nothing() {
    let (cloud, client, url) = queue().await;
    cloud.faults().inject(Fault::once(FaultEffect::Throttle));
    let send = client.send_message().queue_url(&url).message_body("m");
    let error = send.clone().send().await.unwrap_err();
    assert!(error.into_service_error().is_request_throttled());
    assert_eq!(visible(&client, &url).await, "0");
    send.send().await.unwrap();
    assert_eq!(cloud.faults().seen().len(), 1);
    assert_eq!(cloud.faults().seen()[0].operation, "SendMessage");
}

#[tokio::test]
async fn the_sdks_own_retries_get_over_throttles_and_server_errors() {
    let (cloud, _, url) = queue().await;
    let config = aws_sdk_sqs::config::Builder::from(&sdk(&cloud, ACCOUNT, REGION))
        .retry_config(RetryConfig::standard().with_initial_backoff(Duration::from_millis(1)));
    let client = Client::from_conf(config.build());
    cloud.faults().inject(Fault::once(FaultEffect::Throttle));
    cloud.faults().inject(Fault::once(FaultEffect::ServerError));
    let send = client.send_message().queue_url(&url).message_body("m");
    send.send().await.unwrap();
    assert_eq!(visible(&client, &url).await, "1");
    assert_eq!(cloud.faults().seen().len(), 2);
}

#[tokio::test]
async fn a_timeout_before_the_deed_and_one_after_it_look_alike() {
    let (cloud, client, url) = queue().await;
    for (effect, messages) in [
        (FaultEffect::TimeoutBefore, "0"),
        (FaultEffect::TimeoutAfter, "1"),
    ] {
        cloud.faults().inject(Fault::once(effect));
        let send = client.send_message().queue_url(&url).message_body("m");
        let error = send.send().await.unwrap_err();
        let failure = error.as_service_error();
        assert!(failure.is_none(), "no answer came: {failure:?}");
        assert_eq!(visible(&client, &url).await, messages);
    }
}

#[tokio::test]
async fn a_fault_strikes_only_what_it_is_for_until_it_is_cleared() {
    let (cloud, client, url) = queue().await;
    cloud.faults().inject(Fault {
        service: Some("sqs".to_owned()),
        operation: Some("SendMessage".to_owned()),
        account: Some(ACCOUNT.to_owned()),
        times: Times::Always,
        ..Fault::once(FaultEffect::Error {
            status: 403,
            code: "KmsDisabled".to_owned(),
            message: "The key is disabled.".to_owned(),
        })
    });
    let other = Client::new(&sdk(&cloud, OTHER_ACCOUNT, REGION));
    other
        .create_queue()
        .queue_name("orders")
        .send()
        .await
        .unwrap();
    let send = || {
        client
            .send_message()
            .queue_url(&url)
            .message_body("m")
            .send()
    };
    for _ in 0..3 {
        let error = send().await.unwrap_err().into_service_error();
        assert_eq!(error.code(), Some("KmsDisabled"));
        assert_eq!(error.message(), Some("The key is disabled."));
    }
    assert_eq!(visible(&client, &url).await, "0");
    cloud.faults().clear();
    send().await.unwrap();
    assert_eq!(cloud.faults().seen().len(), 3);
}

#[tokio::test]
async fn a_fault_with_a_chance_strikes_now_and_then() {
    let (cloud, client, url) = queue().await;
    cloud.faults().inject(Fault {
        probability: 0.5,
        times: Times::Always,
        ..Fault::once(FaultEffect::ServerError)
    });
    let mut failed = 0;
    for _ in 0..40 {
        let get = client.get_queue_attributes().queue_url(&url);
        failed += u32::from(get.send().await.is_err());
    }
    assert!((5..=35).contains(&failed), "{failed} of 40");
}

#[tokio::test]
async fn a_late_request_is_done_all_the_same() {
    let (cloud, client, url) = queue().await;
    cloud
        .faults()
        .inject(Fault::once(FaultEffect::Latency(Duration::from_millis(50))));
    let started = tokio::time::Instant::now();
    let send = client.send_message().queue_url(&url).message_body("m");
    send.send().await.unwrap();
    assert!(started.elapsed() >= Duration::from_millis(50));
}

#[tokio::test]
async fn every_second_entry_of_a_batch_fails_and_the_others_are_done() {
    let (cloud, client, url) = queue().await;
    cloud.faults().inject(Fault {
        operation: Some("SendMessageBatch".to_owned()),
        ..Fault::once(FaultEffect::HalfBatch {
            share: 0.5,
            error: None,
        })
    });
    let send = || async {
        let entries = (1..=5).map(|number| {
            aws_sdk_sqs::types::SendMessageBatchRequestEntry::builder()
                .id(number.to_string())
                .message_body("m")
                .build()
                .unwrap()
        });
        let batch = client.send_message_batch().queue_url(&url);
        batch
            .set_entries(Some(entries.collect()))
            .send()
            .await
            .unwrap()
    };
    let sent = send().await;
    let failed: Vec<_> = sent.failed().iter().map(|entry| entry.id()).collect();
    assert_eq!(failed, ["2", "4"]);
    assert_eq!(sent.failed()[0].code(), "InternalError");
    assert!(!sent.failed()[0].sender_fault());
    assert_eq!(sent.successful().len(), 3);
    assert_eq!(visible(&client, &url).await, "3");
    assert!(send().await.failed().is_empty());
}

#[tokio::test]
async fn a_reset_and_a_silence_bring_no_answer_and_do_nothing() {
    let (cloud, client, url) = queue().await;
    for effect in [
        FaultEffect::ConnectionReset,
        FaultEffect::NoAnswer(Duration::from_millis(20)),
    ] {
        cloud.faults().inject(Fault::once(effect));
        let send = client.send_message().queue_url(&url).message_body("m");
        let error = send.send().await.unwrap_err();
        let failure = error.as_service_error();
        assert!(failure.is_none(), "no answer came: {failure:?}");
    }
    assert_eq!(visible(&client, &url).await, "0");
}

#[tokio::test]
async fn a_stale_read_shows_what_was_and_a_write_counts_at_once() {
    let (cloud, clock) = cloud();
    let glue = aws_sdk_glue::Client::new(&sdk(&cloud, ACCOUNT, REGION));
    let make = async |name: &str| {
        let input = aws_sdk_glue::types::DatabaseInput::builder().name(name);
        let create = glue.create_database();
        create.database_input(input.build().unwrap()).send().await
    };
    let shown = async || {
        let listed = glue.get_databases().send().await.unwrap();
        let names = listed.database_list().iter();
        names.map(|it| it.name().to_owned()).collect::<Vec<_>>()
    };
    make("a").await.unwrap();
    make("c").await.unwrap();
    clock.advance(Duration::from_secs(60));
    cloud.faults().inject(Fault {
        service: Some("glue".to_owned()),
        times: Times::Always,
        ..Fault::once(FaultEffect::Stale(Duration::from_secs(5)))
    });
    make("b").await.unwrap();
    glue.delete_database().name("c").send().await.unwrap();
    assert_eq!(shown().await, ["a", "c"], "as it was");
    assert!(glue.get_database().name("b").send().await.is_err());
    assert!(glue.get_database().name("c").send().await.is_ok());
    let again = make("b").await.unwrap_err().into_service_error();
    assert!(again.is_already_exists_exception(), "writes see what is");
    clock.advance(Duration::from_secs(5));
    assert_eq!(shown().await, ["a", "b"]);
    cloud.faults().clear();
    make("d").await.unwrap();
    assert_eq!(shown().await, ["a", "b", "d"]);
}
