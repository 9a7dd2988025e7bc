#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod invocations;
mod operations;

use serde_json::{Value, json};

use crate::stage::{ACCOUNT, Stage};

const ROLE: &str = "arn:aws:iam::111111111111:role/r";

/// A schedule's definition with a target that is not there.
fn definition(expression: &str) -> Value {
    json!({
        "ScheduleExpression": expression,
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {"Arn": format!("arn:aws:sqs:eu-west-1:{ACCOUNT}:nowhere"), "RoleArn": ROLE},
    })
}

impl Stage {
    fn scheduler(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        self.send("scheduler", (method, path), None, body)
    }

    /// A request that is answered well.
    #[track_caller]
    fn does(&self, method: &str, path: &str, body: &Value) -> Value {
        let (status, answer) = self.scheduler(method, path, body);
        assert_eq!(status, 200, "{method} {path}: {answer}");
        answer
    }

    /// A request that is refused: status and message.
    #[track_caller]
    fn refuses(&self, method: &str, path: &str, body: &Value, status: u16, message: &str) {
        let (answered, answer) = self.scheduler(method, path, body);
        assert_eq!(answer["Message"], message, "{method} {path}: {answer}");
        assert_eq!(answered, status);
    }
}
