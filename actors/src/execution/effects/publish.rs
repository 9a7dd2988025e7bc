use datamesh_actor::{EffectCx, EffectError};
use datamesh_aws::{CallCx, sns};
use datamesh_workflow::TaskId;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Outcome, refusal};
use crate::world::World;

/// Publishes a message (SNS `Publish`) to a topic of the account and region that its ARN names. A message
/// that is no text is sent as JSON. At least once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Publish {
    /// The task.
    pub task: TaskId,
    /// What the document gives: `TopicArn`, `Message`, `Subject`.
    pub parameters: Value,
    /// Whether the task waits for its token after it.
    pub waits: bool,
}

impl Publish {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let topic = refusal::text(&self.parameters, "TopicArn")?;
        let call = place_of(topic)
            .ok_or_else(|| refusal::parameters(format!("{topic} is no topic's ARN")))?;
        let message = self
            .parameters
            .get("Message")
            .ok_or_else(|| refusal::parameters("the parameter Message is missing"))?;
        let publish = sns::Publish {
            topic_arn: topic.to_owned(),
            message: refusal::message(message),
            subject: refusal::optional(&self.parameters, "Subject"),
            ..sns::Publish::default()
        };
        let published = world.aws.sns(&call).publish(publish).await;
        let message_id = published.map_err(|error| refusal::of("SNS", error, cx))?;
        let output = json!({"MessageId": message_id});
        Ok(match self.waits {
            true => Outcome::Sent { output },
            false => Outcome::Answered {
                output,
                deployment_id: None,
            },
        })
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
