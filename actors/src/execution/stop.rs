use datamesh_actor::{Ctx, Decision, Rejection};
use datamesh_workflow::Signal;
use serde::{Deserialize, Serialize};

use super::{State, WorkflowExecution, plan};
use crate::turn::Turn;

/// Ends an execution (Step Functions `StopExecution`): what it waits for is closed, what it asked for and
/// is under way outside goes on without it. One that has ended changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// The error's name; may be empty.
    pub error: String,
    /// Why; may be empty.
    pub cause: String,
    /// Refuses with `EXECUTION_DEPLOYING` if it was approved, or ever asked for a deployment.
    pub unless_deploying: bool,
}

impl Stop {
    pub(super) fn decide(
        self,
        state: &State,
        ctx: &mut Ctx,
    ) -> Result<Decision<WorkflowExecution>, Rejection> {
        let record = state.known(ctx.id())?;
        if record.status.is_ended() {
            return Ok(Decision::none());
        }
        if self.unless_deploying && (state.deploying || state.approved.is_some()) {
            return Err(Rejection::precondition(
                "EXECUTION_DEPLOYING",
                format!("the execution {} deploys", record.execution_id),
            ));
        }
        let mut turn = Turn::new(state, ctx);
        plan::advance(
            &mut turn,
            Signal::Abort {
                error: some(self.error),
                cause: some(self.cause),
            },
        );
        Ok(turn.done())
    }
}

fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}
