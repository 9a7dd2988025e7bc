//! Deliveries that fail.

use aws_sdk_eventbridge::types::RetryPolicy;
use aws_sdk_sqs::types::Message;
use datamesh_localcloud::{Fault, FaultEffect, Times};

use super::*;

/// A rule for every event, whose target has a dead-letter queue: the queues' URLs.
async fn stage(events: &Events, queue: &str, policy: RetryPolicy) -> (String, String) {
    let (url, arn) = events.queue("target").await;
    let (dead_url, dead_arn) = events.queue("dead").await;
    events
        .rule("all", &json!({"source": ["datamesh.projects"]}))
        .await;
    let dead = DeadLetterConfig::builder().arn(&dead_arn).build();
    let arn = arn.replace(":target", &format!(":{queue}"));
    let target = target("q", &arn).dead_letter_config(dead);
    let target = target.retry_policy(policy).build().unwrap();
    events.target("all", target).await;
    (url, dead_url)
}

fn fail(events: &Events, times: Times) {
    events.cloud.faults().inject(Fault {
        service: Some("sqs".to_owned()),
        operation: Some("SendMessage".to_owned()),
        times,
        ..Fault::once(FaultEffect::Throttle)
    });
}

async fn dead_letter(events: &Events, url: &str) -> Option<Message> {
    let receive = events.sqs.receive_message().queue_url(url);
    let receive = receive.message_attribute_names("All");
    receive
        .send()
        .await
        .unwrap()
        .messages
        .unwrap_or_default()
        .pop()
}

#[track_caller]
fn says(letter: &Message, name: &str, value: &str) {
    let attributes = letter.message_attributes().unwrap();
    assert_eq!(attributes[name].string_value(), Some(value), "{name}");
}

#[tokio::test]
async fn a_throttled_delivery_is_tried_again_by_the_clock() {
    let events = events().await;
    let (url, dead) = stage(&events, "target", RetryPolicy::builder().build()).await;
    fail(&events, Times::Count(2));
    events.put(entry("A", &json!({}))).await;
    assert!(events.received(&url).await.is_empty());
    events.clock.advance(Duration::from_secs(3));
    assert_eq!(events.received(&url).await.len(), 1);
    assert!(events.received(&dead).await.is_empty());
}

#[tokio::test]
async fn a_lost_answer_makes_two_of_one() {
    let events = events().await;
    let (url, _) = stage(&events, "target", RetryPolicy::builder().build()).await;
    events.cloud.faults().inject(Fault {
        service: Some("sqs".to_owned()),
        operation: Some("SendMessage".to_owned()),
        ..Fault::once(FaultEffect::TimeoutAfter)
    });
    events.put(entry("A", &json!({}))).await;
    events.clock.advance(Duration::from_secs(1));
    assert_eq!(events.received(&url).await.len(), 2);
}

#[tokio::test]
async fn after_its_last_retry_an_event_is_a_dead_letter() {
    let events = events().await;
    let policy = RetryPolicy::builder().maximum_retry_attempts(2).build();
    let (_, dead) = stage(&events, "target", policy).await;
    fail(&events, Times::Always);
    let id = events.put(entry("A", &json!({}))).await;
    events.clock.advance(Duration::from_secs(60));
    let letter = dead_letter(&events, &dead).await.unwrap();
    assert!(letter.body().unwrap().contains(&id));
    let rule = format!("arn:aws:events:{REGION}:{ACCOUNT}:rule/{BUS}/all");
    says(&letter, "RULE_ARN", &rule);
    let target = format!("arn:aws:sqs:{REGION}:{ACCOUNT}:target");
    says(&letter, "TARGET_ARN", &target);
    says(&letter, "ERROR_CODE", "THROTTLING");
    says(&letter, "ERROR_MESSAGE", "Rate exceeded");
    says(&letter, "RETRY_ATTEMPTS", "2");
    says(&letter, "EXHAUSTED_RETRY_CONDITION", "MaximumRetryAttempts");
}

#[tokio::test]
async fn an_event_that_got_too_old_is_a_dead_letter() {
    let events = events().await;
    let policy = RetryPolicy::builder().maximum_event_age_in_seconds(60);
    let (_, dead) = stage(&events, "target", policy.build()).await;
    fail(&events, Times::Always);
    events.put(entry("A", &json!({}))).await;
    events.clock.advance(Duration::from_secs(59));
    assert!(dead_letter(&events, &dead).await.is_none());
    events.clock.advance(Duration::from_secs(1));
    let letter = dead_letter(&events, &dead).await.unwrap();
    says(
        &letter,
        "EXHAUSTED_RETRY_CONDITION",
        "MaximumEventAgeInSeconds",
    );
}

#[tokio::test]
async fn what_no_retry_helps_is_a_dead_letter_at_once() {
    let events = events().await;
    let (_, dead) = stage(&events, "gone", RetryPolicy::builder().build()).await;
    events.put(entry("A", &json!({}))).await;
    let letter = dead_letter(&events, &dead).await.unwrap();
    says(&letter, "ERROR_CODE", "NO_RESOURCE");
    says(&letter, "RETRY_ATTEMPTS", "0");
    let attributes = letter.message_attributes().unwrap();
    assert!(!attributes.contains_key("EXHAUSTED_RETRY_CONDITION"));
}

#[tokio::test]
async fn a_retry_policy_has_limits() {
    let events = events().await;
    let (_, arn) = events.queue("q").await;
    events.rule("r", &json!({"source": ["s"]})).await;
    let policy = RetryPolicy::builder().maximum_retry_attempts(186).build();
    let target = target("t", &arn).retry_policy(policy).build().unwrap();
    let put = events.client.put_targets().rule("r").event_bus_name(BUS);
    let error = put.targets(target).send().await.unwrap_err();
    let error = error.into_service_error();
    let message = error.message().unwrap();
    assert!(message.contains("less than or equal to 185"), "{message}");
}
