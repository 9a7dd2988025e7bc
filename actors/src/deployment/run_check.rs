use datamesh_actor::{Ctx, Decision, Rejection};
use serde::{Deserialize, Serialize};

use super::check::{CheckKind, CheckRecord};
use super::effects::EnvironmentEffect;
use super::event::Event;
use super::{Environment, State};
use crate::turn::Turn;
use crate::validate::{self, Violations};

/// Looks at what is deployed, and remembers what it sees as a [`CheckRecord`]. Sent again with the same id
/// it changes nothing. Refused with `NOTHING_DEPLOYED`, and with `DEPLOYMENT_RUNNING` while a deployment is
/// under way.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunCheck {
    /// `chk-…`, the check's id.
    pub check_id: String,
    /// What to look at.
    pub kind: CheckKind,
    /// The digest that is expected; empty for that of what was deployed last.
    pub digest: String,
}

impl RunCheck {
    pub(super) fn decide(
        self,
        state: &State,
        ctx: &mut Ctx,
    ) -> Result<Decision<Environment>, Rejection> {
        let mut found = Violations::default();
        found.check("checkId", validate::id(&self.check_id));
        found.refuse()?;
        if state.check(&self.check_id).is_some() {
            return Ok(Decision::none());
        }
        let record = state.record(ctx.id())?;
        state.refuse_while_running()?;
        state.refuse_if_empty(&record)?;
        let mut turn: Turn<'_, Environment> = Turn::new(state, ctx);
        let oldest = state.checks.front().cloned();
        let check = CheckRecord {
            check_id: self.check_id.clone(),
            environment_id: record.environment_id,
            kind: self.kind,
            asked_ms: turn.now_ms(),
            ..CheckRecord::default()
        };
        turn.show(check.row());
        turn.happen(Event::CheckRequested { check });
        if let Some(oldest) = oldest
            && turn.state.check(&oldest.check_id).is_none()
        {
            turn.show(Some(oldest.no_row()));
        }
        if let Some(effect) = EnvironmentEffect::begin_check(&turn.state, &self) {
            turn.ask(effect);
        }
        Ok(turn.done())
    }
}
