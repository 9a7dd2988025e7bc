use datamesh_actor::{Ctx, Decision, Rejection};
use serde::{Deserialize, Serialize};

use super::entry::Action;
use super::history::Note;
use super::plan::End;
use super::status::Status;
use super::{Approval, State, plan};
use crate::person::Person;
use crate::turn::Turn;
use crate::validate;

/// Says no: the approval is over. Anybody with a place in the open stage can, also who said yes before.
/// Refused with `SELF_APPROVAL` for who asked and `NOT_APPROVER` for who has no place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reject {
    /// Who says it.
    pub by: Person,
    /// Why: up to 2,048 characters.
    pub comment: String,
}

impl Reject {
    pub(super) fn decide(
        self,
        state: &State,
        ctx: &mut Ctx,
    ) -> Result<Decision<Approval>, Rejection> {
        validate::comment(&self.comment)?;
        let record = state.open(ctx.id())?;
        if let Some(expired) = plan::overdue(state, record, ctx) {
            return Ok(expired);
        }
        let (stage, number) = record.stage().ok_or_else(|| super::not_found(ctx.id()))?;
        let in_place_of = record.voice(stage, &self.by)?;
        let mut turn = Turn::new(state, ctx);
        let name = self.by.name();
        let reason = match self.comment.as_str() {
            "" => format!("rejected by {name}"),
            comment => format!("rejected by {name}: {comment}"),
        };
        let note = Note {
            actor: name,
            stage: number,
            comment: &self.comment,
            on_behalf_of: in_place_of.as_ref().map_or("", Person::name),
        };
        plan::end(
            &mut turn,
            End::new(Status::Rejected, Action::Rejected, reason),
            &note,
        );
        Ok(turn.done())
    }
}
