use datamesh_actor::{EffectCx, EffectError};
use datamesh_aws::Token;
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::aws_error;
use crate::deployment::Secrets;
use crate::world::{Place, World};

/// Has a stack in `UPDATE_ROLLBACK_FAILED` go on with its way back (`ContinueUpdateRollback`, idempotent by
/// token).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContinueRollback {
    /// Where.
    pub place: Place,
    /// The stack's ARN.
    pub stack: String,
    /// The resources to pass over.
    pub skip: Vec<String>,
    /// Hidden values, on their way.
    pub secrets: Secrets,
}

impl ContinueRollback {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let call = self.place.call();
        let token = Token::derive(&cx.key(), "ContinueUpdateRollback");
        let asked = world
            .aws
            .cloudformation(&call)
            .continue_update_rollback(&self.stack, &self.skip, None, &token)
            .await;
        match asked {
            Ok(()) => {}
            // It is on its way back already.
            Err(error) if error.is_conflict() && cx.repeat => {}
            Err(error) => return Err(aws_error::of(error, cx)),
        }
        Ok(Outcome::RollbackContinued {
            left: self.skip.clone(),
        })
    }
}
