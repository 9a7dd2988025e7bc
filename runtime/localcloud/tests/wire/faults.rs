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
