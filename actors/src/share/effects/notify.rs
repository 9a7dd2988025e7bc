use std::collections::BTreeMap;

use datamesh_actor::{EffectCx, EffectError};
use datamesh_aws::{CallCx, sns};
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::aws_error;
use crate::world::World;

/// Tells the topic of the settings (SNS `Publish`). At least once: subscribers drop repeats by the attribute
/// `deduplicationId`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notify {
    /// The share.
    pub share_id: String,
    /// The subject of an e-mail.
    pub subject: String,
    /// What happened.
    pub message: String,
}

impl Notify {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let topic = &world.options.access.topic;
        if topic.is_empty() {
            return Ok(Outcome::Told);
        }
        let home = CallCx::default();
        let publish = sns::Publish {
            topic_arn: topic.clone(),
            message: self.message.clone(),
            subject: Some(self.subject.clone()),
            attributes: BTreeMap::from([
                ("shareId".to_owned(), self.share_id.clone()),
                ("deduplicationId".to_owned(), cx.key()),
            ]),
        };
        world
            .aws
            .sns(&home)
            .publish(publish)
            .await
            .map_err(|error| aws_error::of(error, cx))?;
        Ok(Outcome::Told)
    }
}
