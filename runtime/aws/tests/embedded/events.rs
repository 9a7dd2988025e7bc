use std::time::Duration;

use datamesh_aws::PageRequest;
use datamesh_aws::events::{Event, PutRule, Target};
use datamesh_aws::sqs::ReceiveMessages;

use crate::setup::World;

fn project_created() -> Event {
    Event {
        bus: "datamesh-events".into(),
        source: "datamesh.projects".into(),
        detail_type: "ProjectCreated".into(),
        detail: r#"{"projectId":"p-1"}"#.into(),
        resources: Vec::new(),
        time_ms: Some(1_767_225_600_000),
    }
}

#[tokio::test]
async fn an_event_goes_through_bus_and_rule_into_a_queue() {
    let world = World::new();
    let events = world.aws.events(&world.home);
    let sqs = world.aws.sqs(&world.home);

    let arn = events.create_event_bus("datamesh-events").await.unwrap();
    assert!(
        events
            .create_event_bus("datamesh-events")
            .await
            .unwrap_err()
            .is_conflict()
    );
    assert_eq!(
        events
            .describe_event_bus("datamesh-events")
            .await
            .unwrap()
            .arn,
        arn
    );

    let queue = sqs.create_queue("setup", Default::default()).await.unwrap();
    let queue_arn = sqs.get_queue_attributes(&queue).await.unwrap()["QueueArn"].clone();
    let rule = PutRule {
        bus: "datamesh-events".into(),
        name: "project-created".into(),
        pattern: Some(r#"{"detail-type":["ProjectCreated"]}"#.into()),
        ..PutRule::default()
    };
    events.put_rule(rule.clone()).await.unwrap();
    events.put_rule(rule).await.unwrap();
    let described = events
        .describe_rule("datamesh-events", "project-created")
        .await
        .unwrap();
    assert_eq!(described.state.as_deref(), Some("ENABLED"));
    let target = Target {
        id: "setup".into(),
        arn: queue_arn,
        ..Target::default()
    };
    let bus = "datamesh-events";
    events
        .put_targets(bus, "project-created", vec![target.clone()])
        .await
        .unwrap();
    let targets = events
        .list_targets(bus, "project-created", PageRequest::default())
        .await
        .unwrap();
    assert_eq!(targets.items, [target]);

    let results = events.put_events(vec![project_created()]).await.unwrap();
    let event_id = results[0].clone().unwrap();
    let received = sqs
        .receive_messages(ReceiveMessages {
            queue_url: queue,
            max: 10,
            wait: Duration::from_secs(5),
            visibility_s: None,
        })
        .await
        .unwrap();
    let body: serde_json::Value = serde_json::from_str(&received[0].body).unwrap();
    assert_eq!(body["id"], event_id);
    assert_eq!(body["detail-type"], "ProjectCreated");
    assert_eq!(body["detail"]["projectId"], "p-1");
    assert_eq!(body["time"], "2026-01-01T00:00:00Z");

    events
        .remove_targets(bus, "project-created", vec!["setup".into()])
        .await
        .unwrap();
    events.delete_rule(bus, "project-created").await.unwrap();
    assert!(
        events
            .describe_rule(bus, "project-created")
            .await
            .unwrap_err()
            .is_not_found()
    );
    events.delete_event_bus(bus).await.unwrap();
    assert!(
        events
            .describe_event_bus(bus)
            .await
            .unwrap_err()
            .is_not_found()
    );
}

#[tokio::test]
async fn an_entry_that_is_not_taken_says_why_beside_one_that_is() {
    let world = World::new();
    let events = world.aws.events(&world.home);
    events.create_event_bus("datamesh-events").await.unwrap();
    let broken = Event {
        detail: "no json".into(),
        ..project_created()
    };
    let results = events
        .put_events(vec![project_created(), broken])
        .await
        .unwrap();
    assert!(results[0].is_ok());
    assert_eq!(results[1].as_ref().unwrap_err().code, "MalformedDetail");
}
