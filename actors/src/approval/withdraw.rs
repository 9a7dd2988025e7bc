use datamesh_actor::{Ctx, Decision, Rejection};
use serde::{Deserialize, Serialize};

use super::entry::Action;
use super::event::Event;
use super::history::{self, Note};
use super::{Approval, State, events, plan};
use crate::person::Person;
use crate::turn::Turn;
use crate::validate;

/// Takes back the caller's yeses while the approval is open, in every stage. A stage that lacks a yes for it
/// is open again; the yeses of later stages stay. Refused with `NOT_APPROVED` if there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Withdraw {
    /// Who.
    pub by: Person,
    /// Why: up to 2,048 characters.
    pub comment: String,
}

impl Withdraw {
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
        let stages: Vec<u32> = (1..)
            .zip(&record.stages)
            .filter(|(_, stage)| stage.has_heard(&self.by))
            .map(|(number, _)| number)
            .collect();
        if stages.is_empty() {
            return Err(Rejection::precondition(
                "NOT_APPROVED",
                "you have said no yes that you could take back",
            ));
        }
        history::has_room(record)?;
        let open_before = record.open_stage();
        let mut turn = Turn::new(state, ctx);
        for stage in stages {
            let note = Note {
                actor: self.by.name(),
                stage,
                comment: &self.comment,
                ..Note::default()
            };
            let entry = history::next(&turn, Action::Withdrawn, &note);
            let by = self.by.bare();
            history::happen(&mut turn, Event::Withdrawn { by, entry });
        }
        events::withdrawn(&mut turn, &self.by);
        let open_now = turn.state.record.as_ref().and_then(|r| r.open_stage());
        if open_now != open_before {
            plan::stage_opened(&mut turn);
        }
        Ok(turn.done())
    }
}
