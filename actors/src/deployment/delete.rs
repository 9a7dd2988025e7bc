use datamesh_actor::{Ctx, Decision, Rejection};
use serde::{Deserialize, Serialize};

use super::record::EnvironmentStatus;
use super::running::Goal;
use super::secrets::Secrets;
use super::{Environment, State, plan};
use crate::etag;
use crate::turn::Turn;

/// Removes what is deployed: the stack is deleted, by a deployment of its own. Asked again while it is under
/// way it changes nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delete {
    /// `dep-…`, the id of the deployment that does it.
    pub deployment_id: String,
    /// The version that the deletion is meant for; empty for no check.
    pub etag: String,
}

impl Delete {
    pub(super) fn decide(
        self,
        state: &State,
        ctx: &mut Ctx,
    ) -> Result<Decision<Environment>, Rejection> {
        let record = state.record(ctx.id())?;
        if record.status == EnvironmentStatus::Deleting
            || state.deployment(&self.deployment_id).is_some()
        {
            return Ok(Decision::none());
        }
        etag::check(&self.etag, record.version)?;
        state.refuse_unless_held_by("")?;
        state.refuse_while_running()?;
        if state.home.is_none() && record.cfn_stack_id.is_none() {
            return Err(super::not_found(ctx.id()));
        }
        let mut turn = Turn::new(state, ctx);
        let mut running = plan::running(&turn, &record, &self.deployment_id, "");
        running.goal = Goal::Remove;
        plan::start(&mut turn, running, Secrets::default());
        Ok(turn.done())
    }
}
