//! The embedded EventBridge as the real SDK client sees it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[allow(dead_code, reason = "shared with the other wire tests")]
#[path = "wire/setup.rs"]
mod setup;

#[path = "eventbridge/administration.rs"]
mod administration;
#[path = "eventbridge/archives.rs"]
mod archives;
#[path = "eventbridge/forwarding.rs"]
mod forwarding;
#[path = "eventbridge/retries.rs"]
mod retries;

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::error::ProvideErrorMetadata as _;
use aws_sdk_eventbridge::primitives::DateTime;
use aws_sdk_eventbridge::types::{
    DeadLetterConfig, InputTransformer, PutEventsRequestEntry, RuleState, SqsParameters, Target,
};
use aws_sdk_sqs::types::QueueAttributeName;
use datamesh_localcloud::{LocalCloud, ManualClock};
use serde_json::{Value, json};

use setup::{ACCOUNT, OTHER_ACCOUNT, REGION, cloud, sdk};

const BUS: &str = "datamesh-events";

struct Events {
    cloud: LocalCloud,
    clock: Arc<ManualClock>,
    client: Client,
    sqs: aws_sdk_sqs::Client,
}

/// A cloud with the bus `datamesh-events`.
async fn events() -> Events {
    let (cloud, clock) = cloud();
    let config = sdk(&cloud, ACCOUNT, REGION);
    let client = Client::new(&config);
    client.create_event_bus().name(BUS).send().await.unwrap();
    Events {
        clock,
        client,
        sqs: aws_sdk_sqs::Client::new(&config),
        cloud,
    }
}

impl Events {
    /// The queue's URL and ARN.
    async fn queue(&self, name: &str) -> (String, String) {
        let created = self.sqs.create_queue().queue_name(name).send().await;
        let url = created.unwrap().queue_url().unwrap().to_owned();
        let attributes = self.sqs.get_queue_attributes().queue_url(&url);
        let attributes = attributes.attribute_names(QueueAttributeName::QueueArn);
        let attributes = attributes.send().await.unwrap();
        let arn = attributes.attributes().unwrap()[&QueueAttributeName::QueueArn].clone();
        (url, arn)
    }

    async fn rule(&self, name: &str, pattern: &Value) {
        let put = self.client.put_rule().name(name).event_bus_name(BUS);
        let put = put.event_pattern(pattern.to_string());
        put.send().await.unwrap();
    }

    async fn target(&self, rule: &str, target: Target) {
        let put = self.client.put_targets().rule(rule).event_bus_name(BUS);
        let put = put.targets(target).send().await.unwrap();
        assert_eq!(put.failed_entry_count(), 0);
    }

    async fn put(&self, entry: PutEventsRequestEntry) -> String {
        let put = self.client.put_events().entries(entry).send().await;
        let put = put.unwrap();
        assert_eq!(put.failed_entry_count(), 0);
        put.entries()[0].event_id().unwrap().to_owned()
    }

    async fn received(&self, url: &str) -> Vec<String> {
        let receive = self.sqs.receive_message().queue_url(url);
        let received = receive.max_number_of_messages(10).send().await.unwrap();
        received
            .messages()
            .iter()
            .map(|message| message.body().unwrap().to_owned())
            .collect()
    }
}

fn target(id: &str, arn: &str) -> aws_sdk_eventbridge::types::builders::TargetBuilder {
    Target::builder().id(id).arn(arn)
}

fn entry(detail_type: &str, detail: &Value) -> PutEventsRequestEntry {
    PutEventsRequestEntry::builder()
        .event_bus_name(BUS)
        .source("datamesh.projects")
        .detail_type(detail_type)
        .detail(detail.to_string())
        .build()
}

#[tokio::test]
async fn an_event_reaches_the_queues_of_the_rules_that_match_it() {
    let events = events().await;
    let (url, arn) = events.queue("setup").await;
    let (other_url, other_arn) = events.queue("other").await;
    let pattern = json!({"source": ["datamesh.projects"], "detail-type": ["ProjectCreated"],
                         "detail": {"domain": [{"prefix": "sa"}]}});
    events.rule("created", &pattern).await;
    events
        .target("created", target("q", &arn).build().unwrap())
        .await;
    events
        .rule("deleted", &json!({"detail-type": ["ProjectDeleted"]}))
        .await;
    events
        .target("deleted", target("q", &other_arn).build().unwrap())
        .await;

    let detail = json!({"projectId": "p1", "domain": "sales"});
    let id = events
        .put(
            PutEventsRequestEntry::builder()
                .event_bus_name(BUS)
                .source("datamesh.projects")
                .detail_type("ProjectCreated")
                .detail(detail.to_string())
                .resources("arn:aws:s3:::lake")
                .time(DateTime::from_secs(1_700_000_000))
                .build(),
        )
        .await;

    let bodies = events.received(&url).await;
    assert_eq!(
        bodies,
        [format!(
            r#"{{"version":"0","id":"{id}","detail-type":"ProjectCreated","source":"datamesh.projects","account":"{ACCOUNT}","time":"2023-11-14T22:13:20Z","region":"{REGION}","resources":["arn:aws:s3:::lake"],"detail":{detail}}}"#
        )]
    );
    assert!(events.received(&other_url).await.is_empty());

    events
        .put(entry("ProjectCreated", &json!({"domain": "stock"})))
        .await;
    assert!(
        events.received(&url).await.is_empty(),
        "the pattern asks for sa…"
    );
}

#[tokio::test]
async fn an_event_wakes_a_long_poll() {
    let events = events().await;
    let (url, arn) = events.queue("q").await;
    events
        .rule("all", &json!({"source": ["datamesh.projects"]}))
        .await;
    events
        .target("all", target("q", &arn).build().unwrap())
        .await;
    let poll = events.sqs.receive_message().queue_url(&url);
    let started = tokio::time::Instant::now();
    let (received, _) = tokio::join!(
        poll.wait_time_seconds(20).send(),
        events.put(entry("A", &json!({})))
    );
    assert_eq!(received.unwrap().messages().len(), 1);
    assert!(started.elapsed() < Duration::from_secs(15));
}

#[tokio::test]
async fn the_time_of_an_event_is_now_unless_it_says() {
    let events = events().await;
    let (url, arn) = events.queue("q").await;
    events
        .rule("all", &json!({"source": [{"exists": true}]}))
        .await;
    events
        .target("all", target("q", &arn).build().unwrap())
        .await;
    events.put(entry("A", &json!({}))).await;
    let body: Value = serde_json::from_str(&events.received(&url).await[0]).unwrap();
    assert_eq!(body["time"], "2026-01-31T12:00:00Z");
    assert_eq!(body["resources"], json!([]));
}

#[tokio::test]
async fn a_disabled_rule_is_silent() {
    let events = events().await;
    let (url, arn) = events.queue("q").await;
    events
        .rule("all", &json!({"source": ["datamesh.projects"]}))
        .await;
    events
        .target("all", target("q", &arn).build().unwrap())
        .await;
    let disable = events.client.disable_rule().name("all").event_bus_name(BUS);
    disable.send().await.unwrap();
    events.put(entry("A", &json!({}))).await;
    let enable = events.client.enable_rule().name("all").event_bus_name(BUS);
    enable.send().await.unwrap();
    events.put(entry("B", &json!({}))).await;
    let bodies = events.received(&url).await;
    assert_eq!(bodies.len(), 1);
    assert!(bodies[0].contains(r#""detail-type":"B""#));
}

#[tokio::test]
async fn a_target_may_get_a_part_a_constant_or_a_template() {
    let events = events().await;
    let (url, arn) = events.queue("q").await;
    events
        .rule("all", &json!({"source": ["datamesh.projects"]}))
        .await;
    events
        .target(
            "all",
            target("1", &arn).input_path("$.detail.id").build().unwrap(),
        )
        .await;
    events
        .target(
            "all",
            target("2", &arn).input(r#"{"go":1}"#).build().unwrap(),
        )
        .await;
    let transformer = InputTransformer::builder()
        .input_paths_map("id", "$.detail.id")
        .input_template(r#"{"project": <id>, "text": "from <aws.events.rule-name>"}"#)
        .build()
        .unwrap();
    events
        .target(
            "all",
            target("3", &arn)
                .input_transformer(transformer)
                .build()
                .unwrap(),
        )
        .await;
    events.put(entry("A", &json!({"id": "p1"}))).await;
    let mut bodies = events.received(&url).await;
    bodies.sort();
    assert_eq!(
        bodies,
        [
            r#""p1""#,
            r#"{"go":1}"#,
            r#"{"project": "p1", "text": "from all"}"#
        ]
    );
}

#[tokio::test]
async fn what_cannot_be_delivered_goes_to_the_dead_letter_queue() {
    let events = events().await;
    let (url, arn) = events.queue("dead").await;
    events
        .rule("all", &json!({"source": ["datamesh.projects"]}))
        .await;
    let dead = DeadLetterConfig::builder().arn(&arn).build();
    let gone = format!("arn:aws:sqs:{REGION}:{ACCOUNT}:gone");
    let target = target("q", &gone).dead_letter_config(dead).build().unwrap();
    events.target("all", target).await;
    let id = events.put(entry("A", &json!({}))).await;
    let bodies = events.received(&url).await;
    assert_eq!(bodies.len(), 1);
    assert!(bodies[0].contains(&id));
}

#[tokio::test]
async fn entries_fail_one_by_one() {
    let events = events().await;
    let (url, arn) = events.queue("q").await;
    events
        .rule("all", &json!({"source": [{"prefix": ""}]}))
        .await;
    events
        .target("all", target("q", &arn).build().unwrap())
        .await;
    let base = || PutEventsRequestEntry::builder().event_bus_name(BUS);
    let put = events
        .client
        .put_events()
        .entries(entry("A", &json!({})))
        .entries(base().source("s").detail_type("t").build())
        .entries(base().source("s").detail_type("t").detail("[1]").build())
        .entries(
            base()
                .source("aws.s3")
                .detail_type("t")
                .detail("{}")
                .build(),
        )
        .send()
        .await
        .unwrap();
    assert_eq!(put.failed_entry_count(), 3);
    let codes: Vec<_> = put.entries().iter().map(|e| e.error_code()).collect();
    assert_eq!(
        codes,
        [
            None,
            Some("InvalidArgument"),
            Some("MalformedDetail"),
            Some("NotAuthorizedForSourceException")
        ]
    );
    assert_eq!(
        put.entries()[1].error_message(),
        Some("Parameter Detail is not valid. Reason: Detail is a required argument.")
    );
    assert!(put.entries()[0].event_id().is_some());
    assert_eq!(events.received(&url).await.len(), 1);
}

#[tokio::test]
async fn too_many_or_too_large_entries_are_refused_whole() {
    let events = events().await;
    let entries = |count, detail: &Value| vec![entry("A", detail); count];
    for (batch, part) in [
        (entries(11, &json!({})), "less than or equal to 10"),
        (Vec::new(), "greater than or equal to 1"),
        (
            entries(2, &json!({"text": "x".repeat(530_000)})),
            "Total size of the entries in the request is over the limit.",
        ),
    ] {
        let put = events.client.put_events().set_entries(Some(batch));
        let error = put.send().await.unwrap_err().into_service_error();
        assert_eq!(error.code(), Some("ValidationException"));
        assert!(error.message().unwrap().contains(part), "{error}");
    }
}

#[tokio::test]
async fn an_event_for_a_bus_that_is_not_there_is_taken_and_dropped() {
    let events = events().await;
    let entry = PutEventsRequestEntry::builder()
        .event_bus_name("nowhere")
        .source("s")
        .detail_type("t")
        .detail("{}")
        .build();
    events.put(entry).await;
}

#[tokio::test]
async fn buses_live_and_die() {
    let events = events().await;
    let client = &events.client;
    let described = client.describe_event_bus().name(BUS).send().await.unwrap();
    let arn = format!("arn:aws:events:{REGION}:{ACCOUNT}:event-bus/{BUS}");
    assert_eq!(described.arn(), Some(arn.as_str()));
    let described = client.describe_event_bus().send().await.unwrap();
    assert_eq!(described.name(), Some("default"));

    let again = client.create_event_bus().name(BUS).send().await;
    let error = again.unwrap_err().into_service_error();
    assert!(error.is_resource_already_exists_exception(), "{error}");
    let slash = client.create_event_bus().name("a/b").send().await;
    let error = slash.unwrap_err().into_service_error();
    assert_eq!(
        error.message(),
        Some("Event bus name must not contain '/'.")
    );
    let odd = client.create_event_bus().name("a b").send().await;
    let error = odd.unwrap_err().into_service_error();
    assert!(
        error.message().unwrap().contains("regular expression"),
        "{error}"
    );

    events.rule("r", &json!({"source": ["s"]})).await;
    let delete = || client.delete_event_bus().name(BUS).send();
    let error = delete().await.unwrap_err().into_service_error();
    assert_eq!(error.code(), Some("ValidationException"));
    let rule = client.delete_rule().name("r").event_bus_name(BUS);
    rule.send().await.unwrap();
    delete().await.unwrap();
    delete().await.unwrap();
    let error = client.describe_event_bus().name(BUS).send().await;
    assert!(
        error
            .unwrap_err()
            .into_service_error()
            .is_resource_not_found_exception()
    );
    let default = client.delete_event_bus().name("default").send().await;
    let error = default.unwrap_err().into_service_error();
    assert_eq!(error.message(), Some("Cannot delete event bus default."));
}

#[tokio::test]
async fn buses_are_listed_in_pages_with_the_default_one() {
    let events = events().await;
    for name in ["alpha", "zeta"] {
        let create = events.client.create_event_bus().name(name);
        create.send().await.unwrap();
    }
    let mut names = Vec::new();
    let mut token = None;
    loop {
        let list = events.client.list_event_buses().limit(1);
        let page = list.set_next_token(token).send().await.unwrap();
        assert!(page.event_buses().len() <= 1);
        names.extend(
            page.event_buses()
                .iter()
                .filter_map(|b| b.name().map(str::to_owned)),
        );
        token = page.next_token().map(str::to_owned);
        if token.is_none() {
            break;
        }
    }
    assert_eq!(names, ["alpha", BUS, "default", "zeta"]);
    let list = events.client.list_event_buses().name_prefix("de");
    let page = list.send().await.unwrap();
    assert_eq!(page.event_buses().len(), 1);
    let list = events.client.list_event_buses().next_token("bogus");
    let error = list.send().await.unwrap_err().into_service_error();
    assert_eq!(error.code(), Some("ValidationException"));
}

#[tokio::test]
async fn rules_are_put_described_and_listed() {
    let events = events().await;
    let client = &events.client;
    for name in ["b", "a", "other"] {
        events.rule(name, &json!({"source": ["s"]})).await;
    }
    let put = client.put_rule().name("a").event_bus_name(BUS);
    let put = put
        .event_pattern(r#"{"source":["t"]}"#)
        .description("changed");
    let put = put.state(RuleState::Disabled).send().await.unwrap();
    let arn = format!("arn:aws:events:{REGION}:{ACCOUNT}:rule/{BUS}/a");
    assert_eq!(put.rule_arn(), Some(arn.as_str()));
    let described = client.describe_rule().name("a").event_bus_name(BUS);
    let described = described.send().await.unwrap();
    assert_eq!(described.event_pattern(), Some(r#"{"source":["t"]}"#));
    assert_eq!(described.state(), Some(&RuleState::Disabled));
    assert_eq!(described.event_bus_name(), Some(BUS));

    let list = client.list_rules().event_bus_name(BUS).limit(2);
    let page = list.send().await.unwrap();
    let names: Vec<_> = page.rules().iter().filter_map(|rule| rule.name()).collect();
    assert_eq!(names, ["a", "b"]);
    let list = client.list_rules().event_bus_name(BUS).limit(2);
    let page = list
        .next_token(page.next_token().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(page.rules()[0].name(), Some("other"));
    assert_eq!(page.next_token(), None);

    let described = client.describe_rule().name("a").send().await;
    let error = described.unwrap_err().into_service_error();
    assert_eq!(
        error.message(),
        Some("Rule a does not exist on EventBus default.")
    );
}

#[tokio::test]
async fn bad_rules_are_refused() {
    let events = events().await;
    let put = || events.client.put_rule().name("r").event_bus_name(BUS);
    let bad = put().event_pattern(r#"{"source":[]}"#).send().await;
    let error = bad.unwrap_err().into_service_error();
    assert!(error.is_invalid_event_pattern_exception());
    assert_eq!(
        error.message(),
        Some(
            "Event pattern is not valid. Reason: Empty arrays are not allowed\n at [Source: \
             (String)\"{\"source\":[]}\"; line: 1, column: 13]"
        )
    );
    let bad = put().schedule_expression("rate(1 minute)").send().await;
    assert_eq!(
        bad.unwrap_err().into_service_error().message(),
        Some("ScheduleExpression is supported only on the default event bus.")
    );
    let bad = put().send().await;
    assert_eq!(
        bad.unwrap_err().into_service_error().message(),
        Some("Parameter(s) EventPattern or ScheduleExpression must be specified.")
    );
    let bad = put()
        .event_bus_name("nowhere")
        .event_pattern(r#"{"a":[1]}"#);
    let error = bad.send().await.unwrap_err().into_service_error();
    assert!(error.is_resource_not_found_exception(), "{error}");
    let bad = put().name("a b").event_pattern(r#"{"a":[1]}"#).send().await;
    let error = bad.unwrap_err().into_service_error();
    assert_eq!(error.code(), Some("ValidationException"));

    let schedule = events.client.put_rule().name("s");
    let bad = schedule.clone().schedule_expression("rate(1 minutes)");
    assert_eq!(
        bad.send().await.unwrap_err().into_service_error().message(),
        Some("Parameter ScheduleExpression is not valid.")
    );
    let good = schedule.schedule_expression("cron(0 12 * * ? *)");
    good.send().await.unwrap();
}

#[tokio::test]
async fn targets_are_listed_and_removed_before_their_rule() {
    let events = events().await;
    let client = &events.client;
    let (_, arn) = events.queue("q").await;
    events.rule("r", &json!({"source": ["s"]})).await;
    for id in ["b", "a", "c"] {
        events.target("r", target(id, &arn).build().unwrap()).await;
    }
    let list = || client.list_targets_by_rule().rule("r").event_bus_name(BUS);
    let page = list().limit(2).send().await.unwrap();
    let ids: Vec<_> = page.targets().iter().map(|target| target.id()).collect();
    assert_eq!(ids, ["a", "b"]);
    let token = page.next_token().unwrap();
    let page = list().limit(2).next_token(token).send().await.unwrap();
    assert_eq!(page.targets()[0].id(), "c");

    let delete = || client.delete_rule().name("r").event_bus_name(BUS).send();
    let error = delete().await.unwrap_err().into_service_error();
    assert_eq!(
        error.message(),
        Some("Rule can't be deleted since it has targets.")
    );
    let remove = client.remove_targets().rule("r").event_bus_name(BUS);
    let remove = remove.set_ids(Some(["a", "b", "c", "x"].map(str::to_owned).to_vec()));
    let removed = remove.send().await.unwrap();
    assert_eq!(removed.failed_entry_count(), 1);
    assert_eq!(removed.failed_entries()[0].target_id(), Some("x"));
    delete().await.unwrap();
    delete().await.unwrap();
}

#[tokio::test]
async fn bad_targets_are_refused() {
    let events = events().await;
    let (_, arn) = events.queue("q").await;
    let fifo = format!("{arn}.fifo");
    events.rule("r", &json!({"source": ["s"]})).await;
    let put = |target: Target| {
        let put = events.client.put_targets().rule("r").event_bus_name(BUS);
        put.targets(target).send()
    };
    for (bad, part) in [
        (target("t", "queue").build(), "not in correct format"),
        (
            target("t", &arn).input("{}").input_path("$").build(),
            "Only one of Input, InputPath, or InputTransformer",
        ),
        (
            target("t", &fifo).build(),
            "SqsParameters must be specified",
        ),
        (target("no good", &arn).build(), "regular expression"),
        (target("t", &arn).input("{").build(), "not JSON"),
    ] {
        let error = put(bad.unwrap()).await.unwrap_err().into_service_error();
        assert_eq!(error.code(), Some("ValidationException"));
        assert!(error.message().unwrap().contains(part), "{error}");
    }
    let group = SqsParameters::builder().message_group_id("g").build();
    let good = target("t", &fifo).sqs_parameters(group).build().unwrap();
    put(good).await.unwrap();
    for id in ["1", "2", "3", "4"] {
        put(target(id, &arn).build().unwrap()).await.unwrap();
    }
    let error = put(target("6", &arn).build().unwrap()).await.unwrap_err();
    assert!(error.into_service_error().is_limit_exceeded_exception());
}

#[tokio::test]
async fn a_pattern_can_be_tried() {
    let events = events().await;
    let event = json!({"id": "1", "account": ACCOUNT, "source": "s", "time": "2026-01-31T12:00:00Z",
                       "region": REGION, "detail-type": "t", "detail": {"n": 5}});
    let test = |pattern: &str, event: &Value| {
        let test = events.client.test_event_pattern();
        test.event_pattern(pattern).event(event.to_string()).send()
    };
    let pattern = r#"{"detail":{"n":[{"numeric":[">",4]}]}}"#;
    assert!(test(pattern, &event).await.unwrap().result());
    assert!(!test(r#"{"source":["x"]}"#, &event).await.unwrap().result());
    let error = test("[]", &event).await.unwrap_err().into_service_error();
    assert!(error.is_invalid_event_pattern_exception());
    let error = test(pattern, &json!({"id": "1"})).await.unwrap_err();
    assert_eq!(
        error.into_service_error().code(),
        Some("ValidationException")
    );
}

#[tokio::test]
async fn accounts_and_regions_are_apart() {
    let events = events().await;
    for (account, region) in [(OTHER_ACCOUNT, REGION), (ACCOUNT, "us-east-1")] {
        let client = Client::new(&sdk(&events.cloud, account, region));
        let error = client.describe_event_bus().name(BUS).send().await;
        let error = error.unwrap_err().into_service_error();
        assert!(error.is_resource_not_found_exception());
    }
}
