//! Is a schedule expression accepted: by `PutRule`, or by the Scheduler's `CreateSchedule`.

use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};

use super::client::{ACCOUNT, Client, REGION, signed};

const BUS: &str = "a-bus";

/// Runs one case.
pub fn run(case: &Value) -> Result<(), String> {
    let client = Client::new()?;
    let expression = case["expression"].as_str().ok_or("expression is missing")?;
    let (status, answer) = match case["api"].as_str() {
        Some("events.PutRule") => put_rule(&client, expression, case["bus"].as_str())?,
        Some("scheduler.CreateSchedule") => {
            create_schedule(&client, expression, &case["timezone"])?
        }
        other => return Err(format!("no way to run the API {other:?}")),
    };
    let message = answer["message"].as_str().or(answer["Message"].as_str());
    match (case["expected"].as_str(), case["message"].as_str()) {
        (Some("accepted"), _) if status == 200 => Ok(()),
        (Some("exception"), None) if status == 400 => Ok(()),
        (Some("exception"), wanted) if status == 400 && message == wanted => Ok(()),
        (expected, wanted) => Err(format!("{status} {message:?}, not {expected:?} {wanted:?}")),
    }
}

fn put_rule(client: &Client, expression: &str, bus: Option<&str>) -> Result<(u16, Value), String> {
    let mut input = json!({"Name": "a-rule", "ScheduleExpression": expression});
    if bus == Some("custom") {
        client.json("events", "AWSEvents.CreateEventBus", &json!({"Name": BUS}))?;
        input["EventBusName"] = json!(BUS);
    }
    client.json("events", "AWSEvents.PutRule", &input)
}

fn create_schedule(
    client: &Client,
    expression: &str,
    timezone: &Value,
) -> Result<(u16, Value), String> {
    let mut input = json!({
        "ScheduleExpression": expression,
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {
            "Arn": format!("arn:aws:sqs:{REGION}:{ACCOUNT}:a-queue"),
            "RoleArn": format!("arn:aws:iam::{ACCOUNT}:role/a-role"),
        },
    });
    if !timezone.is_null() {
        input["ScheduleExpressionTimezone"] = timezone.clone();
    }
    let request = signed("scheduler")
        .method(Method::POST)
        .uri("/schedules/a-schedule")
        .header("content-type", "application/json");
    let (status, body) = client.send(request, Bytes::from(input.to_string()))?;
    let answer = serde_json::from_slice(&body).map_err(|error| format!("not JSON: {error}"))?;
    Ok((status, answer))
}
