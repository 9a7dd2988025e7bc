use std::collections::BTreeMap;

use datamesh_actor::{EffectCx, EffectError};
use datamesh_aws::{CallCx, sns};
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::aws_error;
use crate::world::World;

/// Tells owners and askers (SNS `Publish` to `access.topic`). At least once; nothing if there is no topic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publish {
    /// What happened: `SubscriptionRequested`. Also the attribute `event`, to filter by.
    pub event: String,
    /// The message, as JSON.
    pub message: String,
}

impl Publish {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let topic = &world.options.access.topic;
        if topic.is_empty() {
            return Ok(Outcome::Published);
        }
        let call = place_of(topic).ok_or_else(|| {
            aws_error::terminal(
                "NO_TOPIC",
                format!("access.topic is not a topic's ARN: {topic}"),
            )
        })?;
        let publish = sns::Publish {
            topic_arn: topic.clone(),
            message: self.message.clone(),
            subject: Some(self.event.clone()),
            attributes: BTreeMap::from([("event".to_owned(), self.event.clone())]),
        };
        let published = world.aws.sns(&call).publish(publish).await;
        published.map_err(|error| aws_error::of(error, cx))?;
        Ok(Outcome::Published)
    }
}

/// Where the topic is: `arn:aws:sns:us-east-1:123456789012:name`.
fn place_of(arn: &str) -> Option<CallCx> {
    let parts: Vec<&str> = arn.split(':').collect();
    match parts.as_slice() {
        ["arn", _, "sns", region, account, name] if !name.is_empty() => {
            Some(CallCx::in_account(*account).region(*region))
        }
        _ => None,
    }
}
