use std::time::Duration;

use serde_json::{Value, json};

use super::{ROLE, definition};
use crate::faults::{Fault, FaultEffect, Times};
use crate::stage::{ACCOUNT, REGION, Stage};

const TIME: &str = "<aws.scheduler.scheduled-time>";

/// A stage, the queue `q`, and a definition that sends it the scheduled time.
fn to_queue(expression: &str) -> (Stage, String, Value) {
    let stage = Stage::new();
    let (url, arn) = stage.queue("q");
    let mut wanted = definition(expression);
    wanted["Target"] = json!({"Arn": arn, "RoleArn": ROLE, "Input": TIME});
    (stage, url, wanted)
}

#[test]
fn a_rate_without_a_start_invokes_at_once() {
    let (stage, url, wanted) = to_queue("rate(5 minutes)");
    stage.does("POST", "/schedules/s", &wanted);
    assert_eq!(stage.bodies(&url), ["2026-01-31T12:00:00Z"]);
    stage.minutes(11);
    let times = ["2026-01-31T12:05:00Z", "2026-01-31T12:10:00Z"];
    assert_eq!(stage.bodies(&url), times);
}

#[test]
fn a_recurring_schedule_lies_between_its_dates() {
    let (stage, url, mut wanted) = to_queue("rate(10 minutes)");
    wanted["StartDate"] = json!(1_769_860_800 + 180);
    wanted["EndDate"] = json!(1_769_860_800 + 180 + 1_200);
    wanted["ActionAfterCompletion"] = json!("DELETE");
    stage.does("POST", "/schedules/s", &wanted);
    stage.minutes(12);
    assert_eq!(stage.bodies(&url), ["2026-01-31T12:03:00Z"]);
    stage.minutes(60);
    assert_eq!(stage.bodies(&url), ["2026-01-31T12:13:00Z"]);
    let gone = "Schedule s does not exist.";
    stage.refuses("GET", "/schedules/s", &Value::Null, 404, gone);
}

#[test]
fn a_cron_goes_by_its_time_zone() {
    let (stage, url, mut wanted) = to_queue("cron(30 9 ? * MON *)");
    wanted["ScheduleExpressionTimezone"] = json!("America/New_York");
    stage.does("POST", "/schedules/s", &wanted);
    stage.minutes(3 * 1_440);
    assert_eq!(stage.bodies(&url), ["2026-02-02T14:30:00Z"]);
}

#[test]
fn a_single_moment_comes_once_and_never_late() {
    let (stage, url, mut wanted) = to_queue("at(2026-01-31T12:10:00)");
    wanted["ActionAfterCompletion"] = json!("DELETE");
    stage.does("POST", "/schedules/s", &wanted);
    stage.minutes(1_440);
    assert_eq!(stage.bodies(&url), ["2026-01-31T12:10:00Z"]);
    stage.does("POST", "/schedules/s", &wanted);
    stage.minutes(1_440);
    assert!(stage.bodies(&url).is_empty());
    stage.does("GET", "/schedules/s", &Value::Null);
}

#[test]
fn a_schedule_that_is_off_changed_or_gone_does_as_it_says_now() {
    let (stage, url, mut wanted) = to_queue("at(2026-01-31T12:10:00)");
    stage.does("POST", "/schedules/s", &wanted);
    wanted["State"] = json!("DISABLED");
    stage.does("PUT", "/schedules/s", &wanted);
    stage.minutes(30);
    assert!(stage.bodies(&url).is_empty());
    wanted["State"] = json!("ENABLED");
    wanted["ScheduleExpression"] = json!("at(2026-01-31T13:00:00)");
    stage.does("PUT", "/schedules/s", &wanted);
    stage.minutes(60);
    assert_eq!(stage.bodies(&url), ["2026-01-31T13:00:00Z"]);
    wanted["ScheduleExpression"] = json!("cron(* * * * ? *)");
    stage.does("PUT", "/schedules/s", &wanted);
    stage.does("DELETE", "/schedules/s", &Value::Null);
    stage.minutes(60);
    assert!(stage.bodies(&url).is_empty());
}

#[test]
fn a_flexible_window_delays_within_itself() {
    let (stage, url, mut wanted) = to_queue("cron(0 * * * ? *)");
    wanted["FlexibleTimeWindow"] = json!({"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 30});
    stage.does("POST", "/schedules/s", &wanted);
    stage.minutes(24 * 60);
    let messages = stage.received(&url);
    let mut delays: Vec<i64> = messages
        .iter()
        .map(|message| {
            let sent = message["Attributes"]["SentTimestamp"].as_str().unwrap();
            let sent_ms: i64 = sent.parse().unwrap();
            sent_ms % 3_600_000
        })
        .collect();
    assert!(delays.len() >= 23);
    assert!(
        delays.iter().all(|delay| *delay < 30 * 60_000),
        "{delays:?}"
    );
    delays.dedup();
    assert!(delays.len() > 10, "{delays:?}");
}

#[test]
fn a_bus_gets_an_event_and_a_universal_target_a_request() {
    let stage = Stage::new();
    let (url, arn) = stage.queue("q");
    let pattern = json!({"source": ["shop"]}).to_string();
    stage.json(
        "events",
        "PutRule",
        json!({"Name": "r", "EventPattern": pattern}),
    );
    let targets = json!([{"Id": "t", "Arn": arn}]);
    stage.json(
        "events",
        "PutTargets",
        json!({"Rule": "r", "Targets": targets}),
    );
    let mut wanted = definition("at(2026-01-31T12:10:00)");
    wanted["Target"] = json!({
        "Arn": format!("arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default"), "RoleArn": ROLE,
        "EventBridgeParameters": {"Source": "shop", "DetailType": "Closing"},
        "Input": json!({"at": TIME}).to_string(),
    });
    stage.does("POST", "/schedules/s", &wanted);
    stage.minutes(15);
    let event: Value = serde_json::from_str(&stage.bodies(&url)[0]).unwrap();
    assert_eq!(event["detail-type"], "Closing");
    assert_eq!(event["time"], "2026-01-31T12:10:00Z");
    assert_eq!(event["detail"], json!({"at": "2026-01-31T12:10:00Z"}));
    let schedule = format!("arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/default/s");
    assert_eq!(event["resources"], json!([schedule]));

    wanted["ScheduleExpression"] = json!("at(2026-01-31T13:00:00)");
    wanted["Target"] = json!({
        "Arn": "arn:aws:scheduler:::aws-sdk:sqs:sendMessage", "RoleArn": ROLE,
        "Input": json!({"QueueUrl": url, "MessageBody": "try <aws.scheduler.attempt-number>"}).to_string(),
    });
    stage.does("PUT", "/schedules/s", &wanted);
    stage.minutes(60);
    assert_eq!(stage.bodies(&url), ["try 1"]);
}

#[test]
fn a_fifo_queue_gets_messages_in_a_group() {
    let stage = Stage::new();
    let attributes = json!({"FifoQueue": "true", "ContentBasedDeduplication": "true"});
    let queue = json!({"QueueName": "q.fifo", "Attributes": attributes});
    let created = stage.json("sqs", "CreateQueue", queue);
    let url = created["QueueUrl"].as_str().unwrap();
    let mut wanted = definition("rate(5 minutes)");
    let arn = format!("arn:aws:sqs:{REGION}:{ACCOUNT}:q.fifo");
    wanted["Target"] = json!({"Arn": arn, "RoleArn": ROLE, "Input": TIME});
    let ungrouped = "SqsParameters with a MessageGroupId must be specified for a FIFO queue.";
    stage.refuses("POST", "/schedules/s", &wanted, 400, ungrouped);
    wanted["Target"]["SqsParameters"] = json!({"MessageGroupId": "g"});
    stage.does("POST", "/schedules/s", &wanted);
    stage.minutes(5);
    let times = ["2026-01-31T12:00:00Z", "2026-01-31T12:05:00Z"];
    assert_eq!(stage.bodies(url), times);
}

#[test]
fn a_target_without_input_gets_a_notification() {
    let (stage, url, mut wanted) = to_queue("at(2026-01-31T12:10:00)");
    wanted["Target"]["Input"].take();
    stage.does("POST", "/schedules/s", &wanted);
    stage.minutes(15);
    let event: Value = serde_json::from_str(&stage.bodies(&url)[0]).unwrap();
    assert_eq!(event["source"], "aws.scheduler");
    assert_eq!(event["detail-type"], "Scheduled Event");
    assert_eq!(event["time"], "2026-01-31T12:10:00Z");
    assert_eq!(event["detail"], "{}");
}

#[test]
fn a_throttled_target_is_tried_again() {
    let (stage, url, mut wanted) = to_queue("at(2026-01-31T12:10:00)");
    wanted["Target"]["Input"] = json!("<aws.scheduler.attempt-number>");
    stage.does("POST", "/schedules/s", &wanted);
    stage.cloud.faults().inject(Fault {
        operation: Some("SendMessage".to_owned()),
        times: Times::Count(2),
        ..Fault::once(FaultEffect::Throttle)
    });
    stage.minutes(10);
    assert!(stage.bodies(&url).is_empty());
    stage.advance(Duration::from_millis(999));
    assert!(stage.bodies(&url).is_empty());
    stage.advance(Duration::from_secs(3));
    assert_eq!(stage.bodies(&url), ["3"]);
}

#[test]
fn what_cannot_be_delivered_is_a_dead_letter() {
    let stage = Stage::new();
    let (letters, letters_arn) = stage.queue("letters");
    let dead_letter = |expression: &str, target: Value| {
        let mut wanted = definition(expression);
        wanted["Target"] = target;
        wanted["Target"]["RoleArn"] = json!(ROLE);
        wanted["Target"]["Input"] = json!("{\"n\": 1}");
        wanted["Target"]["DeadLetterConfig"] = json!({"Arn": letters_arn});
        stage.does("POST", "/schedules/s", &wanted);
        stage.minutes(60);
        stage.does("DELETE", "/schedules/s", &Value::Null);
        let received = stage.received(&letters);
        assert_eq!(received.len(), 1);
        assert_eq!(received[0]["Body"], "{\"n\": 1}");
        let attributes = received[0]["MessageAttributes"].clone();
        move |name: &str| attributes[name]["StringValue"].clone()
    };

    let function = format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:f");
    let of = dead_letter("at(2026-01-31T12:30:00)", json!({"Arn": function}));
    assert_eq!(of("ERROR_CODE"), "UnknownOperationException");
    assert_eq!(of("RETRY_ATTEMPTS"), "0");
    assert_eq!(of("SCHEDULED_TIME"), "2026-01-31T12:30:00Z");
    assert_eq!(of("TARGET_ARN"), function);
    assert_eq!(of("EXHAUSTED_RETRY_CONDITION"), Value::Null);

    stage.cloud.faults().inject(Fault {
        operation: Some("PutEvents".to_owned()),
        times: Times::Always,
        ..Fault::once(FaultEffect::ServerError)
    });
    let target = |policy: Value| {
        json!({
            "Arn": format!("arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default"),
            "EventBridgeParameters": {"Source": "shop", "DetailType": "Closing"},
            "RetryPolicy": policy,
        })
    };
    let of = dead_letter(
        "at(2026-01-31T13:30:00)",
        target(json!({"MaximumRetryAttempts": 2})),
    );
    assert_eq!(of("EXHAUSTED_RETRY_CONDITION"), "MaximumRetryAttempts");
    assert_eq!(of("RETRY_ATTEMPTS"), "2");
    let of = dead_letter(
        "at(2026-01-31T14:30:00)",
        target(json!({"MaximumEventAgeInSeconds": 60})),
    );
    assert_eq!(of("EXHAUSTED_RETRY_CONDITION"), "MaximumEventAgeInSeconds");
    assert_eq!(of("ERROR_CODE"), "InternalFailure");
}

#[test]
fn the_fault_that_costs_the_invocation_does_not_cost_the_dead_letter() {
    let stage = Stage::new();
    let (letters, letters_arn) = stage.queue("letters");
    let (_, target_arn) = stage.queue("target");
    let mut wanted = definition("at(2026-01-31T12:30:00)");
    wanted["Target"] = json!({
        "Arn": target_arn, "RoleArn": ROLE, "Input": "{}",
        "DeadLetterConfig": {"Arn": letters_arn},
    });
    stage.cloud.faults().inject(Fault {
        service: Some("sqs".to_owned()),
        operation: Some("SendMessage".to_owned()),
        times: Times::Always,
        ..Fault::once(FaultEffect::Error {
            status: 400,
            code: "Refused".to_owned(),
            message: "a bell \u{7} rings".to_owned(),
        })
    });
    stage.does("POST", "/schedules/s", &wanted);
    stage.minutes(31);
    let received = stage.received(&letters);
    assert_eq!(received.len(), 1);
    let attributes = &received[0]["MessageAttributes"];
    assert_eq!(attributes["ERROR_CODE"]["StringValue"], "Refused");
    let message = &attributes["ERROR_MESSAGE"]["StringValue"];
    assert_eq!(*message, "a bell \u{fffd} rings");
}
