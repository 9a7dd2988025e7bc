#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use serde_json::{Value, json};

use super::{FIRE, Firing};
use crate::stage::{ACCOUNT, NOON, REGION, Stage};
use crate::store::{Scope, Tx};

struct Rules {
    stage: Stage,
    url: String,
}

/// A rule `r` with a queue for a target.
fn rule(expression: &str) -> Rules {
    let stage = Stage::new();
    let (url, arn) = stage.queue("q");
    let rules = Rules { stage, url };
    rules.ask(
        "PutRule",
        json!({"Name": "r", "ScheduleExpression": expression}),
    );
    let targets = json!([{"Id": "t", "Arn": arn}]);
    rules.ask("PutTargets", json!({"Rule": "r", "Targets": targets}));
    rules
}

impl Rules {
    #[track_caller]
    fn ask(&self, operation: &str, input: Value) {
        self.stage.json("events", operation, input);
    }

    /// The times of the events that came.
    #[track_caller]
    fn times(&self) -> Vec<String> {
        let bodies = self.stage.bodies(&self.url);
        let events = bodies
            .iter()
            .map(|body| serde_json::from_str(body).unwrap());
        events
            .map(|event: Value| event["time"].as_str().unwrap()[11..].to_owned())
            .collect()
    }
}

#[test]
fn a_rate_fires_after_each_interval() {
    let rules = rule("rate(5 minutes)");
    rules.stage.minutes(4);
    assert!(rules.times().is_empty());
    rules.stage.minutes(1);
    assert_eq!(rules.times(), ["12:05:00Z"]);
    rules.stage.minutes(12);
    assert_eq!(rules.times(), ["12:10:00Z", "12:15:00Z"]);
}

#[test]
fn a_scheduled_event_says_which_rule_it_is_of() {
    let rules = rule("cron(30 12 * * ? *)");
    rules.stage.minutes(45);
    let bodies = rules.stage.bodies(&rules.url);
    let mut event: Value = serde_json::from_str(&bodies[0]).unwrap();
    assert!(event["id"].take().is_string());
    let expected = json!({
        "version": "0", "id": null, "detail-type": "Scheduled Event", "source": "aws.events",
        "account": ACCOUNT, "time": "2026-01-31T12:30:00Z", "region": REGION,
        "resources": [format!("arn:aws:events:{REGION}:{ACCOUNT}:rule/r")], "detail": {},
    });
    assert_eq!(event, expected);
}

#[test]
fn no_other_rule_sees_a_scheduled_event() {
    let rules = rule("rate(1 minute)");
    let (url, arn) = rules.stage.queue("other");
    let pattern = json!({"source": ["aws.events"]}).to_string();
    rules.ask("PutRule", json!({"Name": "other", "EventPattern": pattern}));
    let targets = json!([{"Id": "t", "Arn": arn}]);
    rules.ask("PutTargets", json!({"Rule": "other", "Targets": targets}));
    rules.stage.minutes(2);
    assert_eq!(rules.times().len(), 2);
    assert!(rules.stage.bodies(&url).is_empty());
}

#[test]
fn a_rule_that_is_off_or_gone_does_not_fire() {
    let rules = rule("rate(5 minutes)");
    rules.ask("DisableRule", json!({"Name": "r"}));
    rules.stage.minutes(7);
    assert!(rules.times().is_empty());
    rules.ask("EnableRule", json!({"Name": "r"}));
    rules.stage.minutes(5);
    assert_eq!(rules.times(), ["12:12:00Z"]);
    rules.ask("RemoveTargets", json!({"Rule": "r", "Ids": ["t"]}));
    rules.ask("DeleteRule", json!({"Name": "r"}));
    rules.stage.minutes(60);
    assert!(rules.times().is_empty());
}

#[test]
fn a_rule_that_is_put_again_begins_anew() {
    let rules = rule("rate(5 minutes)");
    rules.stage.minutes(3);
    let again = json!({"Name": "r", "ScheduleExpression": "rate(4 minutes)"});
    rules.ask("PutRule", again);
    rules.stage.minutes(8);
    assert_eq!(rules.times(), ["12:07:00Z", "12:11:00Z"]);
    let pattern = json!({"source": ["x"]}).to_string();
    rules.ask("PutRule", json!({"Name": "r", "EventPattern": pattern}));
    rules.stage.minutes(60);
    assert!(rules.times().is_empty());
}

#[test]
fn a_rule_of_another_bus_with_the_same_name_is_another_rule() {
    let rules = rule("rate(5 minutes)");
    rules.ask("CreateEventBus", json!({"Name": "bus"}));
    let pattern = json!({"source": ["x"]}).to_string();
    let other = json!({"Name": "r", "EventBusName": "bus", "EventPattern": pattern});
    rules.ask("PutRule", other);
    rules.ask("DeleteRule", json!({"Name": "r", "EventBusName": "bus"}));
    rules.stage.minutes(5);
    assert_eq!(rules.times(), ["12:05:00Z"]);
}

#[test]
fn a_firing_that_was_put_off_keeps_its_time() {
    let rules = rule("rate(5 minutes)");
    let store = &rules.stage.cloud.inner.store;
    let scope = Scope {
        account: ACCOUNT.to_owned(),
        region: REGION.to_owned(),
    };
    // As a failed firing is put off by an hour at most.
    let later = |tx: &Tx<'_>| {
        let firing = Firing {
            anchor_ms: NOON,
            moment_ms: Some(NOON + 300_000),
        };
        tx.schedule(NOON + 301_000, FIRE, "r", &scope, &firing)
    };
    store.transact(later).unwrap();
    rules.stage.advance(std::time::Duration::from_secs(601));
    assert_eq!(rules.times(), ["12:05:00Z", "12:10:00Z"]);
}
