use datamesh_actor::{Ctx, Decision, Rejection};
use serde::{Deserialize, Serialize};

use super::end::meaning;
use super::event::Event;
use super::state::{Ending, Workflow};
use super::status::Status;
use super::{Promotion, State, events, plan};
use crate::execution::{End, ExecutionStatus, Report};
use crate::turn::Turn;

/// The workflow tells how far it is. Reports carry all there is and a number that grows: one that comes late
/// or twice changes nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Follow {
    /// What it tells.
    pub report: Report,
}

impl Follow {
    pub(super) fn decide(
        self,
        state: &State,
        ctx: &mut Ctx,
    ) -> Result<Decision<Promotion>, Rejection> {
        let record = state.known(ctx.id())?;
        let report = self.report;
        let over = record.status.is_ended() || state.workflow == Workflow::Ended;
        if over || report.number <= state.reported {
            return Ok(Decision::none());
        }
        let mut turn = Turn::new(state, ctx);
        let at_ms = turn.now_ms();
        turn.happen(Event::Reported {
            at_ms,
            number: report.number,
            current_state: report.current_states.join(", "),
            approval_id: report.approval_id,
            deployment_ids: report.deployment_ids,
        });
        if let Some(decision) = report.approved
            && status(&turn) == Status::Pending
        {
            turn.happen(Event::Approved {
                at_ms,
                approved_by: decision.approved_by,
                reason: decision.reason,
            });
            events::approved(&mut turn);
        }
        if let Some(end) = report.end {
            turn.happen(Event::WorkflowEnded);
            if turn.state.ending.is_none() || !is_called_off(&end) {
                let (status, reason) = meaning(status(&turn), &end);
                let void = None;
                turn.happen(Event::EndDecided {
                    ending: Ending {
                        status,
                        reason,
                        void,
                    },
                });
            }
        }
        plan::advance(&mut turn);
        Ok(turn.done())
    }
}

fn status(turn: &Turn<'_, Promotion>) -> Status {
    turn.state
        .record
        .as_ref()
        .map_or(Status::Pending, |record| record.status)
}

/// Whether a workflow ended because it was called off; if not, its own end counts, even if somebody wanted
/// another one meanwhile.
fn is_called_off(end: &End) -> bool {
    end.status == ExecutionStatus::Aborted || end.error.starts_with("Approval.")
}
