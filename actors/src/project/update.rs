use datamesh_actor::{Ctx, Decision, Rejection};
use serde::{Deserialize, Serialize};

use super::event::Event;
use super::state::Change;
use super::{Project, State, plan};
use crate::etag;
use crate::turn::Turn;
use crate::validate::{self, Violations};

/// Changes a project: what is `None` stays. A new name is reserved before the old one is given back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Update {
    /// The new name.
    pub project_name: Option<String>,
    /// The new description.
    pub description: Option<String>,
    /// The version that the change is meant for; empty for no check.
    pub etag: String,
}

impl Update {
    /// Says what is wrong with it, field by field.
    pub fn check(&self) -> Result<(), Rejection> {
        let mut found = Violations::default();
        if let Some(name) = &self.project_name {
            found.check("projectName", validate::project_name(name));
        }
        if let Some(description) = &self.description {
            found.check("description", validate::description(description));
        }
        found.refuse()
    }

    pub(super) fn decide(
        self,
        state: &State,
        ctx: &mut Ctx,
    ) -> Result<Decision<Project>, Rejection> {
        let record = state.live(ctx.id())?;
        self.check()?;
        etag::check(&self.etag, record.version)?;
        record.status.ready_for_change("project")?;
        let mut turn = Turn::new(state, ctx);
        let at_ms = turn.now_ms();
        let change = Change {
            name: self
                .project_name
                .unwrap_or_else(|| record.project_name.clone()),
            description: self
                .description
                .unwrap_or_else(|| record.description.clone()),
            by: turn.by(),
            applied: false,
        };
        if change.name != record.project_name || change.description != record.description {
            turn.happen(Event::ChangeRequested { at_ms, change });
            plan::advance(&mut turn);
        }
        Ok(turn.done())
    }
}
