use datamesh_actor::{Ctx, Decision, Rejection};
use serde::{Deserialize, Serialize};

use super::entry::Action;
use super::history::Note;
use super::plan::End;
use super::status::Status;
use super::{Approval, State, plan};
use crate::turn::Turn;
use crate::validate;

/// What was to be approved has changed: the approval is over, and its task fails with `Approval.Voided`.
/// Nothing happens if it is over already, or if the digest is the one that the approval is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Void {
    /// What changed: `CODE: a sentence`, of up to 2,048 characters.
    pub reason: String,
    /// The digest of what is there now.
    pub digest: String,
}

impl Void {
    pub(super) fn decide(
        self,
        state: &State,
        ctx: &mut Ctx,
    ) -> Result<Decision<Approval>, Rejection> {
        validate::comment(&self.reason)?;
        let Some(record) = &state.record else {
            return Err(super::not_found(ctx.id()));
        };
        let same = !self.digest.is_empty() && self.digest == record.digest;
        if !record.status.is_open() || same {
            return Ok(Decision::none());
        }
        if let Some(expired) = plan::overdue(state, record, ctx) {
            return Ok(expired);
        }
        let mut turn = Turn::new(state, ctx);
        let note = Note {
            comment: &self.reason,
            ..Note::default()
        };
        let end = End::new(Status::Voided, Action::Voided, self.reason.clone());
        plan::end(&mut turn, end, &note);
        Ok(turn.done())
    }
}
