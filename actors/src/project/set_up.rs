use datamesh_actor::{Ctx, Decision, Rejection};
use serde::{Deserialize, Serialize};

use super::{Project, State, plan};
use crate::life::Status;
use crate::turn::Turn;

/// Begins the set-up; sent when `ProjectCreated` came back through the bus. One that has begun, is done, or
/// is of a project that is on its way out changes nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetUp {}

impl SetUp {
    pub(super) fn decide(
        self,
        state: &State,
        ctx: &mut Ctx,
    ) -> Result<Decision<Project>, Rejection> {
        let record = state
            .record
            .as_ref()
            .ok_or_else(|| super::not_found(ctx.id()))?;
        if record.status == Status::Creating {
            return Err(Rejection::precondition(
                "NOT_READY",
                format!("the project {} is still being made", record.project_id),
            ));
        }
        let mut turn = Turn::new(state, ctx);
        plan::set_up(&mut turn);
        Ok(turn.done())
    }
}
