use datamesh_actor::{Ctx, Decision, Rejection};
use serde::{Deserialize, Serialize};

use super::entry::Action;
use super::history::Note;
use super::plan::End;
use super::status::Status;
use super::{Approval, State, plan};
use crate::turn::Turn;
use crate::validate;

/// The execution has ended the task by itself (its time was up, or it was stopped): nobody waits for a
/// decision any more, and nobody is told. Nothing happens if the approval is over already.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Close {
    /// Why: up to 2,048 characters.
    pub reason: String,
    /// Whether it was for time: it ends as EXPIRED, else as CANCELLED.
    #[serde(default)]
    pub expired: bool,
}

impl Close {
    pub(super) fn decide(
        self,
        state: &State,
        ctx: &mut Ctx,
    ) -> Result<Decision<Approval>, Rejection> {
        validate::comment(&self.reason)?;
        let Some(record) = &state.record else {
            return Err(super::not_found(ctx.id()));
        };
        if !record.status.is_open() {
            return Ok(Decision::none());
        }
        let (status, action) = match self.expired {
            true => (Status::Expired, Action::Expired),
            false => (Status::Cancelled, Action::Cancelled),
        };
        let mut turn = Turn::new(state, ctx);
        let note = Note {
            comment: &self.reason,
            ..Note::default()
        };
        let end = End {
            tell: false,
            ..End::new(status, action, self.reason.clone())
        };
        plan::end(&mut turn, end, &note);
        Ok(turn.done())
    }
}
