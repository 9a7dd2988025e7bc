use datamesh_actor::{EffectCx, EffectError};
use datamesh_aws::{CallCx, sqs};
use datamesh_workflow::TaskId;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Outcome, refusal};
use crate::world::World;

/// Sends a message to a queue (SQS `SendMessage`). At least once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SendMessage {
    /// The task.
    pub task: TaskId,
    /// What the document gives: `QueueUrl`, `MessageBody`.
    pub parameters: Value,
}

impl SendMessage {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let home = CallCx::default();
        let body = self
            .parameters
            .get("MessageBody")
            .ok_or_else(|| refusal::parameters("the parameter MessageBody is missing"))?;
        let send = sqs::SendMessage {
            queue_url: refusal::text(&self.parameters, "QueueUrl")?.to_owned(),
            body: refusal::message(body),
            group_id: refusal::optional(&self.parameters, "MessageGroupId"),
            deduplication_id: refusal::optional(&self.parameters, "MessageDeduplicationId"),
            ..sqs::SendMessage::default()
        };
        let sent = world.aws.sqs(&home).send_message(send).await;
        let message_id = sent.map_err(|error| refusal::of("SQS", error, cx))?;
        Ok(Outcome::Answered {
            output: json!({"MessageId": message_id}),
            deployment_id: None,
        })
    }
}
