//! A rule whose target is a queue.

use serde_json::{Map, Value, json};

use crate::client::{ACCOUNT, Client, REGION};

/// A cloud with that rule.
pub struct Stage {
    client: Client,
    queue: String,
    bus: &'static str,
}

impl Stage {
    /// `target` is what the target has beside its id and its ARN. The rule is on the bus to which
    /// the entries go: the default bus, or one of their own.
    pub fn new(
        pattern: &Value,
        target: Map<String, Value>,
        entries: &[Value],
    ) -> Result<Self, String> {
        let client = Client::new()?;
        let input = json!({"QueueName": "target"});
        let (_, created) = client.json("sqs", "AmazonSQS.CreateQueue", &input)?;
        let queue = created.get("QueueUrl").and_then(Value::as_str);
        let queue = queue.ok_or_else(|| format!("no queue: {created}"))?;
        let own = entries.iter().any(|entry| {
            let bus = entry.get("EventBusName").and_then(Value::as_str);
            bus.is_some_and(|bus| bus != "default")
        });
        let stage = Self {
            queue: queue.to_owned(),
            client,
            bus: if own { "bus" } else { "default" },
        };
        if own {
            stage.done("CreateEventBus", &json!({"Name": stage.bus}))?;
        }
        let rule = json!({
            "Name": "rule", "EventBusName": stage.bus, "EventPattern": pattern.to_string(),
        });
        stage.done("PutRule", &rule)?;
        let mut target = target;
        target.insert("Id".to_owned(), json!("target"));
        let arn = format!("arn:aws:sqs:{REGION}:{ACCOUNT}:target");
        target.insert("Arn".to_owned(), json!(arn));
        let targets = json!({"Rule": "rule", "EventBusName": stage.bus, "Targets": [target]});
        stage.done("PutTargets", &targets)?;
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

    /// Sends the entries. One that is refused reaches nobody.
    pub fn put(&self, entries: &[Value]) -> Result<(), String> {
        let entries: Vec<Value> = entries.iter().map(|entry| self.as_sent(entry)).collect();
        self.done("PutEvents", &json!({"Entries": entries}))?;
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

    /// The recordings have the name of a bus that was made for them, and the moment as it was given to
    /// a client that reads many forms, and sends seconds.
    fn as_sent(&self, entry: &Value) -> Value {
        let mut entry = entry.clone();
        if entry.get("EventBusName").is_some() {
            entry["EventBusName"] = Value::from(self.bus);
        }
        let seconds = entry
            .get("Time")
            .and_then(Value::as_str)
            .and_then(seconds_of);
        if let Some(seconds) = seconds {
            entry["Time"] = Value::from(seconds);
        }
        entry
    }
}

/// A day, year first or last, and maybe a time of day, in UTC if it does not say.
fn seconds_of(text: &str) -> Option<i64> {
    if let Ok(moment) = text.parse::<jiff::Timestamp>() {
        return Some(moment.as_second());
    }
    let text = text.trim_end_matches('Z').replace('T', " ");
    let (day, time) = text.split_once(' ').unwrap_or((&text, "00:00:00"));
    let parts: Vec<&str> = day.split(['-', '/']).collect();
    let [first, second, third] = parts[..] else {
        return None;
    };
    let (year, month, day) = if first.len() == 4 {
        (first, second, third)
    } else {
        (third, first, second)
    };
    let moment: jiff::Timestamp = format!("{year}-{month}-{day}T{time}Z").parse().ok()?;
    Some(moment.as_second())
}
