use datamesh_actor::{Ctx, Decision, Rejection};
use datamesh_workflow::Signal;
use serde::{Deserialize, Serialize};

use super::{State, WorkflowExecution, not_waited_for, plan};
use crate::turn::Turn;

/// A task that waits for its token is alive (Step Functions `SendTaskHeartbeat`): its `HeartbeatSeconds`
/// begin anew. Refused with `TASK_NOT_FOUND` if no task waits for the token, or none any more.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heartbeat {
    /// The token.
    pub token: String,
}

/// Without the token: whoever has it may end the task.
impl std::fmt::Debug for Heartbeat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Heartbeat").finish_non_exhaustive()
    }
}

impl Heartbeat {
    pub(super) fn decide(
        self,
        state: &State,
        ctx: &mut Ctx,
    ) -> Result<Decision<WorkflowExecution>, Rejection> {
        let task = state.waits_for(&self.token).ok_or_else(not_waited_for)?;
        let mut turn = Turn::new(state, ctx);
        plan::advance(&mut turn, Signal::Heartbeat { task });
        Ok(turn.done())
    }
}
