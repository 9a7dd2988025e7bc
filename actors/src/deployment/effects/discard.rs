use datamesh_actor::{EffectCx, EffectError};
use datamesh_aws::Token;
use serde::{Deserialize, Serialize};

use super::{Outcome, stack};
use crate::aws_error;
use crate::world::{Place, World};

/// Removes a change set that is not to be executed (`DeleteChangeSet`), and a stack of which there is
/// nothing but that change set (`DeleteStack` of one in `REVIEW_IN_PROGRESS`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discard {
    /// Where.
    pub place: Place,
    /// The stack's ARN.
    pub stack: String,
    /// The change set's ARN.
    pub change_set: String,
    /// Whether it would have made the stack.
    pub creates: bool,
}

impl Discard {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let call = self.place.call();
        let cloudformation = world.aws.cloudformation(&call);
        let failed = |error| aws_error::of(error, cx);
        let deleted = cloudformation
            .delete_change_set(None, &self.change_set)
            .await;
        aws_error::gone_is_done(deleted).map_err(failed)?;
        if !self.creates {
            return Ok(Outcome::Discarded { stack_too: false });
        }
        let seen = stack::seen(&cloudformation, &self.stack)
            .await
            .map_err(failed)?;
        let stack_too = match seen.status.as_str() {
            "REVIEW_IN_PROGRESS" => {
                let token = Token::derive(&cx.key(), "DeleteStack");
                let deleted = cloudformation
                    .delete_stack(&self.stack, &[], None, &token)
                    .await;
                aws_error::gone_is_done(deleted).map_err(failed)?;
                true
            }
            "" | "DELETE_COMPLETE" => true,
            _ => false,
        };
        Ok(Outcome::Discarded { stack_too })
    }
}
