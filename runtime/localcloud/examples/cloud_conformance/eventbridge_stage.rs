//! A rule on the default bus whose target is a queue.

use serde_json::{Map, Value, json};

use crate::client::{ACCOUNT, Client, REGION};

/// A cloud with that rule.
pub struct Stage {
    client: Client,
    queue: String,
}

impl Stage {
    /// `target` is what the target has beside its id and its ARN.
    pub fn new(pattern: &Value, target: Map<String, Value>) -> Result<Self, String> {
        let client = Client::new()?;
        let input = json!({"QueueName": "target"});
        let (_, created) = client.json("sqs", "AmazonSQS.CreateQueue", &input)?;
        let queue = created.get("QueueUrl").and_then(Value::as_str);
        let queue = queue.ok_or_else(|| format!("no queue: {created}"))?;
        let stage = Self {
            queue: queue.to_owned(),
            client,
        };
        let rule = json!({"Name": "rule", "EventPattern": pattern.to_string()});
        stage.done("PutRule", &rule)?;
        let mut target = target;
        target.insert("Id".to_owned(), json!("target"));
        let arn = format!("arn:aws:sqs:{REGION}:{ACCOUNT}:target");
        target.insert("Arn".to_owned(), json!(arn));
        stage.done("PutTargets", &json!({"Rule": "rule", "Targets": [target]}))?;
        Ok(stage)
    }

    fn done(&self, operation: &str, input: &Value) -> Result<Value, String> {
        let target = format!("AWSEvents.{operation}");
        let (status, answer) = self.client.json("events", &target, input)?;
        if status != 200 {
            return Err(format!("{operation}: {answer}"));
        }
        Ok(answer)
    }

    /// Sends the entries; every one must be accepted.
    pub fn put(&self, entries: &[Value]) -> Result<(), String> {
        let answer = self.done("PutEvents", &json!({"Entries": entries}))?;
        if answer.get("FailedEntryCount") != Some(&json!(0)) {
            return Err(format!("PutEvents: {answer}"));
        }
        Ok(())
    }

    /// The bodies of all messages in the queue, in the order in which they came.
    pub fn received(&self) -> Result<Vec<String>, String> {
        let mut bodies = Vec::new();
        loop {
            let input = json!({"QueueUrl": self.queue, "MaxNumberOfMessages": 10});
            let (_, answer) = self
                .client
                .json("sqs", "AmazonSQS.ReceiveMessage", &input)?;
            let messages = answer.get("Messages").and_then(Value::as_array);
            let Some(messages) = messages.filter(|messages| !messages.is_empty()) else {
                return Ok(bodies);
            };
            let texts = messages.iter().filter_map(|message| message.get("Body"));
            bodies.extend(texts.filter_map(Value::as_str).map(str::to_owned));
        }
    }
}
