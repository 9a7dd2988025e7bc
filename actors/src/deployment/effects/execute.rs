use datamesh_actor::{EffectCx, EffectError};
use datamesh_aws::Token;
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::aws_error;
use crate::world::{Place, World};

/// Has CloudFormation execute the change set (`ExecuteChangeSet`, idempotent by token). It does so some time
/// later: [`super::LookAtStack`] looks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Execute {
    /// Where.
    pub place: Place,
    /// The stack's ARN.
    pub stack: String,
    /// The change set's ARN.
    pub change_set: String,
}

impl Execute {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let call = self.place.call();
        let token = Token::derive(&cx.key(), "ExecuteChangeSet");
        let executed = world
            .aws
            .cloudformation(&call)
            .execute_change_set(Some(&self.stack), &self.change_set, &token)
            .await;
        match executed {
            Ok(()) => Ok(Outcome::ChangeSetExecuted),
            // An earlier try has executed it, after which it cannot be executed, or is gone.
            Err(error) if cx.repeat && (error.is_conflict() || error.is_not_found()) => {
                Ok(Outcome::ChangeSetExecuted)
            }
            Err(error) => Err(aws_error::of_creation(error, cx)),
        }
    }
}
