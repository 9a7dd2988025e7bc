use datamesh_actor::{EffectCx, EffectError};
use serde::{Deserialize, Serialize};

use super::{Outcome, stack};
use crate::aws_error;
use crate::deployment::Secrets;
use crate::deployment::running::Condition;
use crate::world::{Place, World};

/// Looks at the stack (`DescribeStacks`), and waits as long as somebody changes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inspect {
    /// Where.
    pub place: Place,
    /// The stack's name.
    pub stack: String,
    /// Hidden values, on their way.
    pub secrets: Secrets,
}

impl Inspect {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let call = self.place.call();
        let cloudformation = world.aws.cloudformation(&call);
        let failed = |error| aws_error::of(error, cx);
        let mut seen = stack::seen(&cloudformation, &self.stack)
            .await
            .map_err(failed)?;
        if seen.condition() == Condition::Moving {
            return Err(aws_error::still(
                "STACK_BUSY",
                format!("the stack {} is {}", self.stack, seen.status),
            ));
        }
        if let Some(id) = &seen.stack_id {
            seen.mark = stack::newest_event(&cloudformation, id)
                .await
                .map_err(failed)?;
        }
        Ok(Outcome::StackSeen { seen })
    }
}
