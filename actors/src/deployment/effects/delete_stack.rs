use datamesh_actor::{EffectCx, EffectError};
use datamesh_aws::Token;
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::aws_error;
use crate::deployment::Secrets;
use crate::world::{Place, World};

/// Has CloudFormation delete the stack (`DeleteStack`, idempotent by token). It does so some time later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteStack {
    /// Where.
    pub place: Place,
    /// The stack's ARN.
    pub stack: String,
    /// The resources to leave, because they could not be deleted.
    pub retain: Vec<String>,
    /// Hidden values, on their way.
    pub secrets: Secrets,
}

impl DeleteStack {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let call = self.place.call();
        let token = Token::derive(&cx.key(), "DeleteStack");
        let deleted = world
            .aws
            .cloudformation(&call)
            .delete_stack(&self.stack, &self.retain, None, &token)
            .await;
        match aws_error::gone_is_done(deleted) {
            Ok(()) => {}
            // It is being deleted already, and the resources to leave are no more its concern.
            Err(error) if cx.repeat && !self.retain.is_empty() && error.is_conflict() => {}
            Err(error) => return Err(aws_error::of(error, cx)),
        }
        Ok(Outcome::StackDeletionAsked {
            left: self.retain.clone(),
        })
    }
}
