use datamesh_actor::{Ctx, Decision, Rejection};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::effects::ExecutionEffect;
use super::event::Event;
use super::report::Approved;
use super::{State, WorkflowExecution, plan, tasks};
use crate::task_end::TaskEnd;
use crate::turn::Turn;

/// A task that waits for its token has ended (Step Functions `SendTaskSuccess`, `SendTaskFailure`). Refused
/// with `TASK_NOT_FOUND` if no task waits for the token, or none any more.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskEnded {
    /// The token.
    pub token: String,
    /// How it ended.
    pub end: TaskEnd,
}

/// Without the token: whoever has it may end the task.
impl std::fmt::Debug for TaskEnded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TaskEnded")
            .field("end", &self.end)
            .finish_non_exhaustive()
    }
}

impl TaskEnded {
    pub(super) fn decide(
        self,
        state: &State,
        ctx: &mut Ctx,
    ) -> Result<Decision<WorkflowExecution>, Rejection> {
        let id = state.waits_for(&self.token).ok_or_else(not_waited_for)?;
        let effect = state.tasks.get(&id).map(|task| &task.effect);
        let approval = match effect {
            Some(ExecutionEffect::OpenApproval(open)) => Some(open.approval_id.clone()),
            _ => None,
        };
        let mut turn = Turn::new(state, ctx);
        if let Some(approval_id) = approval {
            if let TaskEnd::Succeeded { output } = &self.end {
                turn.happen(Event::Approved(approved(output)));
            }
            // An approval that tells its own end needs no other.
            if turn.by().is_empty() {
                turn.happen(Event::ApprovalOver { approval_id });
            }
        }
        tasks::over(&mut turn, id, false, "its task was ended with the token");
        plan::advance(&mut turn, tasks::signal(id, self.end));
        Ok(turn.done())
    }
}

/// Who said yes and why, as the task's result has it.
fn approved(output: &Value) -> Approved {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let approved_by = match output.get("approvedBy") {
        Some(Value::Array(people)) => people.iter().filter_map(text).collect(),
        Some(one) => text(one).into_iter().collect(),
        None => Vec::new(),
    };
    Approved {
        approved_by,
        reason: output
            .get("approvalReason")
            .and_then(text)
            .unwrap_or_default(),
    }
}

/// The answer to a token that nobody waits for. The token is not repeated: it may be a secret.
pub(crate) fn not_waited_for() -> Rejection {
    Rejection::not_found(
        "TASK_NOT_FOUND",
        "no task waits for this token: it has ended, or the token is wrong",
    )
}
