//! The queues, topics, buses and rules of a seed.

use serde_json::{Value, json};

use super::wire::{Asker, Maker};
use super::{Bus, Queue, Rule, SeedError, Topic};

/// Receives of a message before it is a dead letter, if the seed does not say.
const MAX_RECEIVES: u32 = 3;

impl Maker<'_> {
    pub(super) async fn queue(&mut self, wanted: &Queue) -> Result<(), SeedError> {
        let asker = self.asker(format!("queue {}", wanted.name), &wanted.place)?;
        if self.queue_url(&asker, &wanted.name).await?.is_some() {
            self.found(&asker);
            return Ok(());
        }
        let mut attributes = wanted.attributes.clone();
        if wanted.name.ends_with(".fifo") {
            attributes.insert("FifoQueue".to_owned(), "true".to_owned());
        }
        let input = json!({"QueueName": wanted.name, "Attributes": attributes});
        let create = "AmazonSQS.CreateQueue";
        let made = self.json(&asker, "sqs", create, input).await?;
        made.map_err(|refusal| asker.refused(refusal))?;
        self.made(&asker);
        Ok(())
    }

    /// The queues are all there.
    pub(super) async fn dead_letters(&mut self, wanted: &Queue) -> Result<(), SeedError> {
        let Some(dead_letters) = &wanted.dead_letters else {
            return Ok(());
        };
        let asker = self.asker(format!("queue {}", wanted.name), &wanted.place)?;
        let url = self.queue_url(&asker, &wanted.name).await?;
        let policy = json!({
            "deadLetterTargetArn": asker.arn("sqs", dead_letters),
            "maxReceiveCount": wanted.max_receives.unwrap_or(MAX_RECEIVES),
        });
        let input = json!({
            "QueueUrl": url,
            "Attributes": {"RedrivePolicy": policy.to_string()},
        });
        let set = "AmazonSQS.SetQueueAttributes";
        let done = self.json(&asker, "sqs", set, input).await?;
        done.map_err(|refusal| asker.refused(refusal))?;
        Ok(())
    }

    async fn queue_url(&self, asker: &Asker, name: &str) -> Result<Option<Value>, SeedError> {
        let input = json!({"QueueName": name});
        let known = self
            .json(asker, "sqs", "AmazonSQS.GetQueueUrl", input)
            .await?;
        match known {
            Ok(known) => Ok(Some(known["QueueUrl"].clone())),
            Err(refusal) if refusal.code.contains("QueueDoesNotExist") => Ok(None),
            Err(refusal) => Err(asker.refused(refusal)),
        }
    }

    pub(super) async fn topic(&mut self, wanted: &Topic) -> Result<(), SeedError> {
        let asker = self.asker(format!("topic {}", wanted.name), &wanted.place)?;
        let arn = asker.arn("sns", &wanted.name);
        let topic = [("TopicArn", arn.as_str())];
        let known = self
            .query(&asker, "sns", "GetTopicAttributes", &topic)
            .await?;
        match known {
            Ok(_) => self.found(&asker),
            Err(refusal) if refusal.code == "NotFound" => {
                let name = [("Name", wanted.name.as_str())];
                let made = self.query(&asker, "sns", "CreateTopic", &name).await?;
                made.map_err(|refusal| asker.refused(refusal))?;
                self.made(&asker);
            }
            Err(refusal) => return Err(asker.refused(refusal)),
        }
        for queue in &wanted.queues {
            let endpoint = asker.arn("sqs", queue);
            let subscription = [
                ("TopicArn", arn.as_str()),
                ("Protocol", "sqs"),
                ("Endpoint", endpoint.as_str()),
            ];
            let done = self
                .query(&asker, "sns", "Subscribe", &subscription)
                .await?;
            done.map_err(|refusal| asker.refused(refusal))?;
        }
        Ok(())
    }

    pub(super) async fn bus(&mut self, wanted: &Bus) -> Result<(), SeedError> {
        let asker = self.asker(format!("bus {}", wanted.name), &wanted.place)?;
        let input = json!({"Name": wanted.name});
        self.event_thing(&asker, "EventBus", input.clone(), input)
            .await
    }

    pub(super) async fn rule(&mut self, wanted: &Rule) -> Result<(), SeedError> {
        let asker = self.asker(format!("rule {}", wanted.name), &wanted.place)?;
        let mut put = json!({"Name": wanted.name});
        for (name, value) in [
            ("EventBusName", &wanted.bus),
            ("EventPattern", &wanted.pattern),
            ("ScheduleExpression", &wanted.schedule),
        ] {
            if let Some(value) = value {
                put[name] = json!(value);
            }
        }
        let bus = wanted.bus.as_deref().unwrap_or("default");
        let named = json!({"Name": wanted.name, "EventBusName": bus});
        self.event_thing(&asker, "Rule", named, put).await?;
        if wanted.queues.is_empty() {
            return Ok(());
        }
        let targets: Vec<Value> = wanted
            .queues
            .iter()
            .map(|queue| json!({"Id": queue, "Arn": asker.arn("sqs", queue)}))
            .collect();
        let input = json!({"Rule": wanted.name, "EventBusName": bus, "Targets": targets});
        let done = self
            .json(&asker, "events", "AWSEvents.PutTargets", input)
            .await?;
        done.map_err(|refusal| asker.refused(refusal))?;
        Ok(())
    }

    /// A bus or a rule: described if it is there, made if not.
    async fn event_thing(
        &mut self,
        asker: &Asker,
        kind: &str,
        described: Value,
        made: Value,
    ) -> Result<(), SeedError> {
        let describe = format!("AWSEvents.Describe{kind}");
        match self.json(asker, "events", &describe, described).await? {
            Ok(_) => self.found(asker),
            Err(refusal) if refusal.code == "ResourceNotFoundException" => {
                let make = match kind {
                    "Rule" => "AWSEvents.PutRule",
                    _ => "AWSEvents.CreateEventBus",
                };
                let done = self.json(asker, "events", make, made).await?;
                done.map_err(|refusal| asker.refused(refusal))?;
                self.made(asker);
            }
            Err(refusal) => return Err(asker.refused(refusal)),
        }
        Ok(())
    }
}

impl Asker {
    fn arn(&self, service: &str, name: &str) -> String {
        let (region, account) = (&self.region, &self.account);
        format!("arn:aws:{service}:{region}:{account}:{name}")
    }
}
