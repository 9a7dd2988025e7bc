use datamesh_actor::{Ctx, Decision, Rejection, RejectionKind};
use serde::{Deserialize, Serialize};

use super::entry::Action;
use super::history::Note;
use super::plan::End;
use super::status::Status;
use super::{Approval, State, plan};
use crate::person::Person;
use crate::turn::Turn;
use crate::validate;

/// Ends an open approval without a decision; its task fails with `Approval.Cancelled`. Only who asked, and
/// admins, may: others are refused with `NOT_REQUESTER`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cancel {
    /// Who.
    pub by: Person,
    /// Why: up to 2,048 characters.
    pub reason: String,
}

impl Cancel {
    pub(super) fn decide(
        self,
        state: &State,
        ctx: &mut Ctx,
    ) -> Result<Decision<Approval>, Rejection> {
        validate::comment(&self.reason)?;
        let record = state.open(ctx.id())?;
        if let Some(expired) = plan::overdue(state, record, ctx) {
            return Ok(expired);
        }
        if !self.by.admin && !record.requested_by.is(&self.by) {
            return Err(Rejection::new(
                RejectionKind::Denied,
                "NOT_REQUESTER",
                format!(
                    "only {}, who asked, and admins may cancel it",
                    record.requested_by.name()
                ),
            ));
        }
        let mut turn = Turn::new(state, ctx);
        let name = self.by.name();
        let reason = match self.reason.as_str() {
            "" => format!("cancelled by {name}"),
            reason => format!("cancelled by {name}: {reason}"),
        };
        let note = Note {
            actor: name,
            comment: &self.reason,
            ..Note::default()
        };
        plan::end(
            &mut turn,
            End::new(Status::Cancelled, Action::Cancelled, reason),
            &note,
        );
        Ok(turn.done())
    }
}
