//! What the workers need in AWS, made where it is missing.

use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

use datamesh_aws::events::{PutRule, Target};
use datamesh_aws::sqs::Attributes;
use datamesh_aws::{Aws, AwsError, CallCx, ErrorClass};
use serde_json::json;

use crate::options::Options;

/// Tries of one call before provisioning gives up; the pauses between them double from 200 ms.
const TRIES: u32 = 6;
/// How long a dead letter is kept, in seconds: SQS's longest, 14 days.
const DEAD_LETTER_RETENTION_S: u32 = 1_209_600;

/// Where the queues are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topology {
    /// The queue's name.
    pub queue: String,
    /// The queue's URL.
    pub queue_url: String,
    /// The queue's ARN.
    pub queue_arn: String,
    /// The dead-letter queue's name.
    pub dead_letter_queue: String,
    /// The dead-letter queue's URL.
    pub dead_letter_url: String,
    /// The dead-letter queue's ARN.
    pub dead_letter_arn: String,
}

/// Something that the workers need could not be made.
#[derive(Debug, thiserror::Error)]
#[error("the workers need {what}: {source}")]
pub struct TopologyError {
    /// What.
    what: String,
    /// Why not.
    source: AwsError,
}

impl Topology {
    /// Makes the bus, the queues, the rule and its target, and corrects what differs. Every call states the
    /// wanted end: a crash half-way is mended by the next start.
    ///
    /// # Errors
    /// When AWS refuses, or cannot be reached after some tries.
    pub async fn provision(aws: &Aws, options: &Options) -> Result<Self, TopologyError> {
        let home = CallCx::default();
        let needs = |what: String| move |source| TopologyError { what, source };
        let bus = &options.bus;
        patiently(|| create_bus(aws, &home, bus))
            .await
            .map_err(needs(format!("the event bus '{bus}'")))?;
        let name = &options.dead_letter_queue;
        let (dead_letter_url, dead_letter_arn) = patiently(|| queue(aws, &home, name))
            .await
            .map_err(needs(format!("the queue '{name}'")))?;
        let name = &options.queue;
        let (queue_url, queue_arn) = patiently(|| queue(aws, &home, name))
            .await
            .map_err(needs(format!("the queue '{name}'")))?;
        let rule = &options.rule;
        let rule_arn = patiently(|| put_rule(aws, &home, options))
            .await
            .map_err(needs(format!("the rule '{rule}'")))?;
        let dead_letter_settings = BTreeMap::from([
            (
                "MessageRetentionPeriod".to_owned(),
                DEAD_LETTER_RETENTION_S.to_string(),
            ),
            ("Policy".to_owned(), policy(&dead_letter_arn, &rule_arn)),
        ]);
        let redrive = json!({
            "deadLetterTargetArn": dead_letter_arn,
            "maxReceiveCount": options.max_receives,
        });
        let settings = BTreeMap::from([
            ("RedrivePolicy".to_owned(), redrive.to_string()),
            (
                "VisibilityTimeout".to_owned(),
                options.visibility_s.to_string(),
            ),
            ("Policy".to_owned(), policy(&queue_arn, &rule_arn)),
        ]);
        for (url, settings) in [
            (&dead_letter_url, dead_letter_settings),
            (&queue_url, settings),
        ] {
            patiently(|| set(aws, &home, url, settings.clone()))
                .await
                .map_err(needs(format!("the settings of the queue {url}")))?;
        }
        let target = Target {
            id: options.queue.clone(),
            arn: queue_arn.clone(),
            dead_letter_arn: Some(dead_letter_arn.clone()),
            ..Target::default()
        };
        patiently(|| put_target(aws, &home, options, target.clone()))
            .await
            .map_err(needs(format!("the target of the rule '{rule}'")))?;
        Ok(Self {
            queue: options.queue.clone(),
            queue_url,
            queue_arn,
            dead_letter_queue: options.dead_letter_queue.clone(),
            dead_letter_url,
            dead_letter_arn,
        })
    }
}

impl Topology {
    /// Finds the queues where somebody else provisions them; makes and changes nothing.
    ///
    /// # Errors
    /// When one of them is not there, or AWS cannot be reached after some tries.
    pub async fn find(aws: &Aws, options: &Options) -> Result<Self, TopologyError> {
        let home = CallCx::default();
        let mut found = Vec::with_capacity(2);
        for name in [&options.queue, &options.dead_letter_queue] {
            let queue = patiently(|| existing_queue(aws, &home, name)).await;
            found.push(queue.map_err(|source| TopologyError {
                what: format!("the queue '{name}', which aws.provision = false leaves to you"),
                source,
            })?);
        }
        let (dead_letter_url, dead_letter_arn) = found.pop().unwrap_or_default();
        let (queue_url, queue_arn) = found.pop().unwrap_or_default();
        Ok(Self {
            queue: options.queue.clone(),
            queue_url,
            queue_arn,
            dead_letter_queue: options.dead_letter_queue.clone(),
            dead_letter_url,
            dead_letter_arn,
        })
    }
}

/// Repeats a call that may go through when sent again.
async fn patiently<T, F>(mut call: impl FnMut() -> F) -> Result<T, AwsError>
where
    F: Future<Output = Result<T, AwsError>>,
{
    let mut tries = 0;
    loop {
        tries += 1;
        match call().await {
            Err(error)
                if tries < TRIES
                    && matches!(error.class, ErrorClass::Throttle | ErrorClass::Transient) =>
            {
                tracing::warn!(%error, tries, "an AWS call of the workers' start is tried again");
                let pause = Duration::from_millis(100 << tries);
                tokio::time::sleep(error.retry_after.map_or(pause, |asked| asked.max(pause))).await;
            }
            end => return end,
        }
    }
}

async fn create_bus(aws: &Aws, home: &CallCx, bus: &str) -> Result<(), AwsError> {
    match aws.events(home).create_event_bus(bus).await {
        Err(error) if !error.is_conflict() => Err(error),
        Ok(_) | Err(_) => Ok(()),
    }
}

/// The queue of this name, with whatever settings it has: its URL and ARN.
async fn queue(aws: &Aws, home: &CallCx, name: &str) -> Result<(String, String), AwsError> {
    match aws.sqs(home).create_queue(name, Attributes::new()).await {
        Ok(_) => {}
        Err(error) if error.is_conflict() => {}
        Err(error) => return Err(error),
    }
    existing_queue(aws, home, name).await
}

async fn existing_queue(
    aws: &Aws,
    home: &CallCx,
    name: &str,
) -> Result<(String, String), AwsError> {
    let sqs = aws.sqs(home);
    let url = sqs.get_queue_url(name).await?;
    let mut attributes = sqs.get_queue_attributes(&url).await?;
    let arn = attributes.remove("QueueArn").unwrap_or_default();
    Ok((url, arn))
}

async fn set(aws: &Aws, home: &CallCx, url: &str, settings: Attributes) -> Result<(), AwsError> {
    aws.sqs(home).set_queue_attributes(url, settings).await
}

async fn put_rule(aws: &Aws, home: &CallCx, options: &Options) -> Result<String, AwsError> {
    let pattern = json!({
        "source": ["management-app.projects"],
        "detail-type": ["ProjectCreated"],
    });
    aws.events(home)
        .put_rule(PutRule {
            bus: options.bus.clone(),
            name: options.rule.clone(),
            pattern: Some(pattern.to_string()),
            description: Some("Sets new projects up".to_owned()),
            ..PutRule::default()
        })
        .await
}

async fn put_target(
    aws: &Aws,
    home: &CallCx,
    options: &Options,
    target: Target,
) -> Result<(), AwsError> {
    aws.events(home)
        .put_targets(&options.bus, &options.rule, vec![target])
        .await
}

/// Lets EventBridge send to the queue, for this rule only.
fn policy(queue_arn: &str, rule_arn: &str) -> String {
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": "datamesh-rule",
            "Effect": "Allow",
            "Principal": { "Service": "events.amazonaws.com" },
            "Action": "sqs:SendMessage",
            "Resource": queue_arn,
            "Condition": { "ArnEquals": { "aws:SourceArn": rule_arn } },
        }],
    })
    .to_string()
}
