use datamesh_actor::{Ctx, Decision, Rejection};
use serde::{Deserialize, Serialize};

use super::event::Event;
use super::{Project, SETUP_TIMER, State, plan};
use crate::etag;
use crate::life::{Move, Status};
use crate::turn::Turn;

/// Ends a project that has no assets and nothing deployed, whatever it is doing. Asked again while it is under way it changes
/// nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delete {
    /// The version that the deletion is meant for; empty for no check.
    pub etag: String,
}

impl Delete {
    pub(super) fn decide(
        self,
        state: &State,
        ctx: &mut Ctx,
    ) -> Result<Decision<Project>, Rejection> {
        let record = state.live(ctx.id())?;
        if record.status == Status::Deleting {
            return Ok(Decision::none());
        }
        etag::check(&self.etag, record.version)?;
        if record.status.after(Move::Delete).is_none() {
            return Err(super::not_found(ctx.id()));
        }
        if !state.assets.is_empty() {
            return Err(Rejection::precondition(
                "PROJECT_HAS_ASSETS",
                format!(
                    "the project has {} asset names in use: delete its assets first",
                    state.assets.len()
                ),
            ));
        }
        if !state.environments.is_empty() {
            let names: Vec<&str> = state.environments.iter().map(String::as_str).collect();
            return Err(Rejection::precondition(
                "PROJECT_HAS_ENVIRONMENTS",
                format!(
                    "something is deployed in {} of the project: delete its environments first",
                    names.join(", ")
                ),
            ));
        }
        let mut turn = Turn::new(state, ctx);
        let (at_ms, by) = (turn.now_ms(), turn.by());
        turn.happen(Event::DeletionRequested { at_ms, by });
        turn.let_sleep(SETUP_TIMER);
        plan::advance(&mut turn);
        Ok(turn.done())
    }
}
