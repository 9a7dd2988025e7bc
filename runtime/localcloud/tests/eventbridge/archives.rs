//! Archives and replays.

use aws_sdk_eventbridge::types::{ReplayDestination, ReplayState};

use super::*;
use crate::setup::START_MS;

const DAY: Duration = Duration::from_secs(86_400);

fn bus_arn() -> String {
    format!("arn:aws:events:{REGION}:{ACCOUNT}:event-bus/{BUS}")
}

/// An archive of what is about sales, for 3 days.
async fn archive(events: &Events) -> String {
    let create = events.client.create_archive().archive_name("sales");
    let create = create.event_source_arn(bus_arn()).retention_days(3);
    let create = create.event_pattern(r#"{"detail":{"domain":["sales"]}}"#);
    create
        .send()
        .await
        .unwrap()
        .archive_arn()
        .unwrap()
        .to_owned()
}

async fn count(events: &Events) -> i64 {
    let describe = events.client.describe_archive().archive_name("sales");
    describe.send().await.unwrap().event_count()
}

fn replay(
    events: &Events,
    name: &str,
    archive: &str,
    only: &[&str],
) -> aws_sdk_eventbridge::operation::start_replay::builders::StartReplayFluentBuilder {
    let only = only
        .iter()
        .map(|rule| format!("arn:aws:events:{REGION}:{ACCOUNT}:rule/{BUS}/{rule}"));
    let destination = ReplayDestination::builder()
        .arn(bus_arn())
        .set_filter_arns(Some(only.collect()));
    events
        .client
        .start_replay()
        .replay_name(name)
        .event_source_arn(archive)
        .event_start_time(DateTime::from_millis(START_MS - 1_000))
        .event_end_time(DateTime::from_millis(START_MS + 1_000))
        .destination(destination.build().unwrap())
}

#[tokio::test]
async fn an_archive_keeps_what_it_wants_for_its_days() {
    let events = events().await;
    archive(&events).await;
    for domain in ["sales", "stock", "sales"] {
        events.put(entry("A", &json!({"domain": domain}))).await;
    }
    assert_eq!(count(&events).await, 2);
    events.clock.advance(2 * DAY);
    events.put(entry("A", &json!({"domain": "sales"}))).await;
    assert_eq!(count(&events).await, 3);
    events.clock.advance(DAY + Duration::from_millis(1));
    assert_eq!(count(&events).await, 1);
    let delete = || events.client.delete_archive().archive_name("sales").send();
    delete().await.unwrap();
    let error = delete().await.unwrap_err().into_service_error();
    assert_eq!(error.message(), Some("Archive sales does not exist."));
}

#[tokio::test]
async fn a_replay_sends_a_time_again_to_the_rules_that_it_names() {
    let events = events().await;
    let archive = archive(&events).await;
    let (url, arn) = events.queue("q").await;
    let (other_url, other_arn) = events.queue("other").await;
    for (rule, arn) in [("one", &arn), ("two", &other_arn)] {
        events
            .rule(rule, &json!({"source": ["datamesh.projects"]}))
            .await;
        events.target(rule, target("q", arn).build().unwrap()).await;
    }
    for n in 0..3 {
        events
            .put(entry("A", &json!({"domain": "sales", "n": n})))
            .await;
    }
    events.clock.advance(Duration::from_secs(60));
    events.put(entry("A", &json!({"domain": "sales"}))).await;
    assert_eq!(events.received(&url).await.len(), 4);
    assert_eq!(events.received(&other_url).await.len(), 4);

    let started = replay(&events, "again", &archive, &["one"]).send().await;
    assert_eq!(started.unwrap().state(), Some(&ReplayState::Starting));
    let bodies = events.received(&url).await;
    assert_eq!(bodies.len(), 3, "the fourth is of another time");
    assert!(bodies[0].contains(r#""replay-name":"again""#));
    assert!(events.received(&other_url).await.is_empty());
    let describe = events.client.describe_replay().replay_name("again");
    let described = describe.send().await.unwrap();
    assert_eq!(described.state(), Some(&ReplayState::Completed));
    assert_eq!(
        described
            .event_last_replayed_time()
            .unwrap()
            .to_millis()
            .unwrap(),
        START_MS
    );
    assert_eq!(count(&events).await, 4, "nothing is archived twice");

    let cancel = events.client.cancel_replay().replay_name("again");
    let error = cancel.send().await.unwrap_err().into_service_error();
    assert!(error.is_illegal_status_exception());
    let error = replay(&events, "again", &archive, &[]).send().await;
    let error = error.unwrap_err().into_service_error();
    assert!(error.is_resource_already_exists_exception());
}

#[tokio::test]
async fn a_long_replay_goes_part_by_part() {
    let events = events().await;
    let archive = archive(&events).await;
    let (url, arn) = events.queue("q").await;
    events
        .rule("replayed", &json!({"replay-name": ["all"]}))
        .await;
    events
        .target("replayed", target("q", &arn).build().unwrap())
        .await;
    for _ in 0..25 {
        let put = events.client.put_events();
        let put = put.set_entries(Some(vec![entry("A", &json!({"domain": "sales"})); 10]));
        put.send().await.unwrap();
    }
    replay(&events, "all", &archive, &[]).send().await.unwrap();
    let mut received = 0;
    loop {
        match events.received(&url).await.len() {
            0 => break,
            count => received += count,
        }
    }
    assert_eq!(received, 250);
}

#[tokio::test]
async fn bad_archives_and_replays_are_refused() {
    let events = events().await;
    let archive = archive(&events).await;
    let create = events.client.create_archive().archive_name("sales");
    let create = create.event_source_arn(bus_arn());
    let error = create
        .clone()
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    assert!(error.is_resource_already_exists_exception());
    let bad = create
        .clone()
        .archive_name("b")
        .event_pattern(r#"{"a":[]}"#);
    let error = bad.send().await.unwrap_err().into_service_error();
    assert!(error.is_invalid_event_pattern_exception());
    let nowhere = create.event_source_arn(bus_arn().replace(BUS, "nowhere"));
    let error = nowhere.archive_name("c").send().await.unwrap_err();
    assert!(error.into_service_error().is_resource_not_found_exception());

    let gone = archive.replace("sales", "gone");
    for (bad, part) in [
        (
            replay(&events, "r", &gone, &[]),
            "Archive gone does not exist.",
        ),
        (
            replay(&events, "r", &bus_arn(), &[]),
            "Must contain an archive ARN.",
        ),
        (
            replay(&events, "r", &archive, &[])
                .event_end_time(DateTime::from_millis(START_MS - 1_000)),
            "EventStartTime must be before EventEndTime.",
        ),
    ] {
        let error = bad.send().await.unwrap_err().into_service_error();
        assert!(error.message().unwrap().ends_with(part), "{error}");
    }
    let list = events.client.list_archives().name_prefix("sa");
    assert_eq!(list.send().await.unwrap().archives().len(), 1);
    let list = events.client.list_replays().name_prefix("r");
    let list = list.state(ReplayState::Running);
    let error = list.send().await.unwrap_err().into_service_error();
    assert!(error.message().unwrap().starts_with("At most one filter"));
}
