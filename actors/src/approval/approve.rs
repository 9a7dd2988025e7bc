use datamesh_actor::{Ctx, Decision, Rejection};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::entry::Action;
use super::event::Event;
use super::history::{self, Note};
use super::record::Yes;
use super::{Approval, State, plan};
use crate::person::Person;
use crate::turn::Turn;
use crate::validate;

/// Says yes in the stage that is open. Refused with `SELF_APPROVAL` for who asked, `NOT_APPROVER` for who
/// has no place in the stage, `ALREADY_APPROVED` for who has said yes in it or whose place is taken, and
/// `DIGEST_MISMATCH` if the approval is about something else than the caller looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Approve {
    /// Who says it.
    pub by: Person,
    /// Why: up to 2,048 characters.
    pub comment: String,
    /// The digest of what they looked at; no check if empty.
    pub digest: String,
    /// What they give with it, where the question leaves them a choice: a JSON object of up to 64 KiB. Its
    /// members come back with the yes; nothing if null.
    #[serde(default)]
    pub answer: Value,
}

impl Approve {
    pub(super) fn decide(
        self,
        state: &State,
        ctx: &mut Ctx,
    ) -> Result<Decision<Approval>, Rejection> {
        validate::comment(&self.comment)?;
        super::open::check_object("answer", &self.answer)?;
        let record = state.open(ctx.id())?;
        if let Some(expired) = plan::overdue(state, record, ctx) {
            return Ok(expired);
        }
        if !self.digest.is_empty() && self.digest != record.digest {
            return Err(Rejection::precondition(
                "DIGEST_MISMATCH",
                "the approval is about something else than what you looked at: read it again",
            ));
        }
        let (stage, number) = record.stage().ok_or_else(|| super::not_found(ctx.id()))?;
        let in_place_of = record.seat(stage, &self.by)?;
        let mut turn = Turn::new(state, ctx);
        let entry = history::next(
            &turn,
            Action::Approved,
            &Note {
                actor: self.by.name(),
                stage: number,
                comment: &self.comment,
                on_behalf_of: in_place_of.as_ref().map_or("", Person::name),
            },
        );
        let yes = Yes {
            by: self.by.bare(),
            in_place_of,
            comment: self.comment,
            answer: self.answer,
        };
        history::happen(&mut turn, Event::Approved { yes, entry });
        plan::approved(&mut turn, number);
        Ok(turn.done())
    }
}
