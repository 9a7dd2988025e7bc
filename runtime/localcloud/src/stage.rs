//! For tests: a cloud in memory whose clock stands still, and requests to it as they look at the wire.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

use crate::{LocalCloud, ManualClock, Options};

pub(crate) const ACCOUNT: &str = "111111111111";
pub(crate) const REGION: &str = "eu-west-1";
/// When the clock stands at first: 2026-01-31T12:00:00Z, a Saturday.
pub(crate) const NOON: i64 = 1_769_860_800_000;

pub(crate) struct Stage {
    runtime: Runtime,
    pub(crate) cloud: LocalCloud,
    clock: Arc<ManualClock>,
}

impl Stage {
    pub(crate) fn new() -> Self {
        let clock = Arc::new(ManualClock::new(NOON));
        let options = Options {
            clock: clock.clone(),
            seed: Some(1),
            default_account: ACCOUNT.to_owned(),
            ..Options::in_memory()
        };
        Self {
            runtime: Builder::new_current_thread().enable_all().build().unwrap(),
            cloud: LocalCloud::open(options).unwrap(),
            clock,
        }
    }

    /// Moves the clock; what became due happens with the next request.
    pub(crate) fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    pub(crate) fn minutes(&self, minutes: u64) {
        self.advance(Duration::from_secs(minutes * 60));
    }

    /// Any request: status and JSON.
    pub(crate) fn send(
        &self,
        service: &str,
        (method, path): (&str, &str),
        target: Option<&str>,
        body: &Value,
    ) -> (u16, Value) {
        let credential = format!("test/20260131/{REGION}/{service}/aws4_request");
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", format!("{service}.{REGION}.amazonaws.com"))
            .header(
                "authorization",
                format!(
                    "AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=00"
                ),
            );
        if let Some(target) = target {
            request = request
                .header("x-amz-target", target)
                .header("content-type", "application/x-amz-json-1.0");
        }
        let body = match body {
            Value::Null => Bytes::new(),
            body => Bytes::from(body.to_string()),
        };
        let request = request.body(body).unwrap();
        let answer = self.runtime.block_on(self.cloud.answer(request)).unwrap();
        let status = answer.status().as_u16();
        let body = serde_json::from_slice(answer.body()).unwrap_or_default();
        (status, body)
    }

    /// A JSON request that is answered well.
    #[track_caller]
    pub(crate) fn json(&self, service: &str, operation: &str, input: Value) -> Value {
        let target = match service {
            "sqs" => format!("AmazonSQS.{operation}"),
            _ => format!("AWSEvents.{operation}"),
        };
        let (status, answer) = self.send(service, ("POST", "/"), Some(&target), &input);
        assert_eq!(status, 200, "{operation}: {answer}");
        answer
    }

    /// Makes a queue; its URL and ARN.
    #[track_caller]
    pub(crate) fn queue(&self, name: &str) -> (String, String) {
        let created = self.json("sqs", "CreateQueue", json!({"QueueName": name}));
        let url = created["QueueUrl"].as_str().unwrap().to_owned();
        (url, format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"))
    }

    /// Takes all messages out of a queue.
    #[track_caller]
    pub(crate) fn received(&self, url: &str) -> Vec<Value> {
        let mut messages = Vec::new();
        loop {
            let input = json!({
                "QueueUrl": url, "MaxNumberOfMessages": 10, "MessageAttributeNames": ["All"],
                "AttributeNames": ["All"],
            });
            let answer = self.json("sqs", "ReceiveMessage", input);
            let batch = answer["Messages"].as_array().cloned().unwrap_or_default();
            if batch.is_empty() {
                return messages;
            }
            for message in &batch {
                let handle = &message["ReceiptHandle"];
                let input = json!({"QueueUrl": url, "ReceiptHandle": handle});
                self.json("sqs", "DeleteMessage", input);
            }
            messages.extend(batch);
        }
    }

    /// The bodies of all messages of a queue.
    #[track_caller]
    pub(crate) fn bodies(&self, url: &str) -> Vec<String> {
        let body = |message: Value| message["Body"].as_str().unwrap().to_owned();
        self.received(url).into_iter().map(body).collect()
    }
}
