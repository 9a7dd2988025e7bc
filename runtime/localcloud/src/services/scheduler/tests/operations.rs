use serde_json::{Value, json};

use super::{ROLE, definition};
use crate::stage::{ACCOUNT, Stage};

const NONE: Value = Value::Null;

#[test]
fn a_schedule_is_shown_with_its_defaults() {
    let stage = Stage::new();
    let created = stage.does("POST", "/schedules/s", &definition("rate(5 minutes)"));
    let arn = format!("arn:aws:scheduler:eu-west-1:{ACCOUNT}:schedule/default/s");
    assert_eq!(created, json!({"ScheduleArn": arn}));
    let shown = stage.does("GET", "/schedules/s", &NONE);
    let expected = json!({
        "Arn": arn, "Name": "s", "GroupName": "default", "State": "ENABLED",
        "ScheduleExpression": "rate(5 minutes)", "ScheduleExpressionTimezone": "UTC",
        "FlexibleTimeWindow": {"Mode": "OFF"}, "ActionAfterCompletion": "NONE",
        "CreationDate": 1_769_860_800.0, "LastModificationDate": 1_769_860_800.0,
        "Target": {
            "Arn": format!("arn:aws:sqs:eu-west-1:{ACCOUNT}:nowhere"), "RoleArn": ROLE,
            "RetryPolicy": {"MaximumEventAgeInSeconds": 86_400, "MaximumRetryAttempts": 185},
        },
    });
    assert_eq!(shown, expected);
}

#[test]
fn an_update_replaces_everything() {
    let stage = Stage::new();
    let mut wanted = definition("rate(5 minutes)");
    wanted["Description"] = json!("every five minutes");
    stage.does("POST", "/schedules/s", &wanted);
    stage.minutes(1);
    stage.does("PUT", "/schedules/s", &definition("cron(0 12 * * ? *)"));
    let shown = stage.does("GET", "/schedules/s", &NONE);
    assert_eq!(shown["ScheduleExpression"], "cron(0 12 * * ? *)");
    assert_eq!(shown["Description"], NONE);
    assert_eq!(shown["CreationDate"], 1_769_860_800.0);
    assert_eq!(shown["LastModificationDate"], 1_769_860_860.0);
}

#[test]
fn names_are_taken_once_and_tokens_repeat_answers() {
    let stage = Stage::new();
    let mut wanted = definition("rate(5 minutes)");
    wanted["ClientToken"] = json!("t-1");
    let first = stage.does("POST", "/schedules/s", &wanted);
    assert_eq!(stage.does("POST", "/schedules/s", &wanted), first);
    wanted["Description"] = json!("other");
    let reused = "The ClientToken was used before with different parameters.";
    stage.refuses("POST", "/schedules/s", &wanted, 409, reused);
    wanted["ClientToken"] = json!("t-2");
    let taken = "Schedule s already exists.";
    stage.refuses("POST", "/schedules/s", &wanted, 409, taken);
    stage.does("DELETE", "/schedules/s?clientToken=t-3", &NONE);
    stage.does("DELETE", "/schedules/s?clientToken=t-3", &NONE);
    let gone = "Schedule s does not exist.";
    stage.refuses("DELETE", "/schedules/s", &NONE, 404, gone);
    stage.refuses("GET", "/schedules/s", &NONE, 404, gone);
    stage.refuses("PUT", "/schedules/s", &definition("rate(1 day)"), 404, gone);
}

#[test]
fn what_is_wrong_is_named() {
    let stage = Stage::new();
    let refuses = |change: &dyn Fn(&mut Value), message: &str| {
        let mut wanted = definition("rate(5 minutes)");
        change(&mut wanted);
        stage.refuses("POST", "/schedules/s", &wanted, 400, message);
    };
    refuses(
        &|wanted| wanted["ScheduleExpression"] = json!("cron(0 12 * * *)"),
        "Invalid Schedule Expression cron(0 12 * * *).",
    );
    refuses(
        &|wanted| wanted["ScheduleExpressionTimezone"] = json!("Mars/Olympus"),
        "Invalid Schedule Expression Timezone Mars/Olympus.",
    );
    refuses(
        &|wanted| wanted["Target"]["Arn"] = json!("queue"),
        "Provided Arn is not in correct format.",
    );
    refuses(
        &|wanted| wanted["StartDate"] = json!(1_769_860_499.0),
        "The StartDate you specify cannot be earlier than 5 minutes ago.",
    );
    refuses(
        &|wanted| wanted["FlexibleTimeWindow"] = json!({"Mode": "FLEXIBLE"}),
        "MaximumWindowInMinutes must be specified when the FlexibleTimeWindow mode is FLEXIBLE.",
    );
    refuses(
        &|wanted| wanted["Target"]["Arn"] = json!("arn:aws:scheduler:::aws-sdk:sqs:receiveMessage"),
        "arn:aws:scheduler:::aws-sdk:sqs:receiveMessage is not a target: the action \
         receiveMessage of the service sqs only reads.",
    );
    let (status, answer) = stage.scheduler("POST", "/schedules/s", &json!({"State": "ON"}));
    assert_eq!(status, 400);
    assert_eq!(
        answer["message"],
        "4 validation errors detected: Value null at 'scheduleExpression' failed to satisfy \
         constraint: Member must not be null; Value 'ON' at 'state' failed to satisfy constraint: \
         Member must satisfy enum value set: [ENABLED, DISABLED]; Value null at \
         'flexibleTimeWindow' failed to satisfy constraint: Member must not be null; Value null \
         at 'target' failed to satisfy constraint: Member must not be null"
    );
}

#[test]
fn schedules_are_listed_by_group_prefix_and_state() {
    let stage = Stage::new();
    stage.does("POST", "/schedule-groups/g", &json!({}));
    for (name, group, state) in [
        ("a1", "default", "ENABLED"),
        ("a2", "default", "DISABLED"),
        ("b1", "g", "ENABLED"),
        ("a3", "g", "ENABLED"),
    ] {
        let mut wanted = definition("rate(5 minutes)");
        wanted["GroupName"] = json!(group);
        wanted["State"] = json!(state);
        stage.does("POST", &format!("/schedules/{name}"), &wanted);
    }
    let names = |query: &str| {
        let listed = stage.does("GET", &format!("/schedules{query}"), &NONE);
        let schedules = listed["Schedules"].as_array().unwrap().clone();
        let names = schedules
            .iter()
            .map(|s| s["Name"].as_str().unwrap().to_owned());
        (names.collect::<Vec<_>>(), listed["NextToken"].clone())
    };
    assert_eq!(names("").0, ["a1", "a2", "a3", "b1"]);
    assert_eq!(names("?ScheduleGroup=g").0, ["a3", "b1"]);
    assert_eq!(names("?NamePrefix=a&State=ENABLED").0, ["a1", "a3"]);
    let (page, next) = names("?MaxResults=3");
    assert_eq!(page, ["a1", "a2", "a3"]);
    let rest = format!("?MaxResults=3&NextToken={}", next.as_str().unwrap());
    assert_eq!(names(&rest), (vec!["b1".to_owned()], NONE));
    stage.refuses(
        "GET",
        "/schedules?NextToken=x",
        &NONE,
        400,
        "Invalid NextToken.",
    );
    let unknown = "Schedule group h does not exist.";
    stage.refuses("GET", "/schedules?ScheduleGroup=h", &NONE, 404, unknown);
}

#[test]
fn a_group_has_tags_and_is_deleted_with_its_schedules() {
    let stage = Stage::new();
    let tags = json!({"Tags": [{"Key": "team", "Value": "sales"}]});
    let created = stage.does("POST", "/schedule-groups/g", &tags);
    let arn = created["ScheduleGroupArn"].as_str().unwrap().to_owned();
    let taken = "Schedule group g already exists.";
    stage.refuses("POST", "/schedule-groups/g", &json!({}), 409, taken);
    let path = format!("/tags/{}", arn.replace('/', "%2F").replace(':', "%3A"));
    let more = json!({"Tags": [{"Key": "env", "Value": "test"}]});
    stage.does("POST", &path, &more);
    stage.does("DELETE", &format!("{path}?TagKeys=team"), &NONE);
    assert_eq!(stage.does("GET", &path, &NONE), more);

    let mut wanted = definition("rate(5 minutes)");
    wanted["GroupName"] = json!("g");
    stage.does("POST", "/schedules/s", &wanted);
    stage.does("DELETE", "/schedule-groups/g", &NONE);
    let gone = "Schedule s does not exist.";
    stage.refuses("GET", "/schedules/s?groupName=g", &NONE, 404, gone);
    let unknown = "Schedule group g does not exist.";
    stage.refuses("POST", "/schedules/s", &wanted, 404, unknown);
    let kept = "The default schedule group cannot be deleted.";
    stage.refuses("DELETE", "/schedule-groups/default", &NONE, 400, kept);
    let groups = stage.does("GET", "/schedule-groups", &NONE);
    assert_eq!(groups["ScheduleGroups"][0]["Name"], "default");
    assert_eq!(groups["ScheduleGroups"].as_array().unwrap().len(), 1);
}

#[test]
fn an_operation_that_is_not_there_is_named() {
    let (status, answer) = Stage::new().scheduler("PATCH", "/schedules/s", &NONE);
    assert_eq!(status, 501);
    let message = answer["message"].as_str().unwrap();
    assert!(message.contains("PATCH /schedules/s"), "{message}");
}

#[test]
fn a_date_lies_in_the_years_that_can_be_written() {
    let stage = Stage::new();
    for (name, expression) in [
        ("StartDate", "rate(5 minutes)"),
        ("StartDate", "at(2026-01-31T12:30:00)"),
        ("EndDate", "cron(0 12 * * ? *)"),
    ] {
        let mut wanted = definition(expression);
        wanted["FlexibleTimeWindow"] = json!({"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 5});
        wanted[name] = json!(1e300);
        let message = format!("The {name} you specify must lie in the years from 1970 to 9999.");
        stage.refuses("POST", "/schedules/s", &wanted, 400, &message);
        wanted[name] = json!(253_402_300_799_i64);
        stage.does("POST", "/schedules/s", &wanted);
        stage.does("DELETE", "/schedules/s", &NONE);
    }
}
