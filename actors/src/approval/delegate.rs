use datamesh_actor::{Ctx, Decision, Rejection};
use serde::{Deserialize, Serialize};

use super::entry::Action;
use super::event::Event;
use super::history::{self, Note};
use super::record::{ApprovalRecord, Delegation};
use super::seat::{already, no_seat, self_approval};
use super::{Approval, State, events, plan};
use crate::person::Person;
use crate::turn::Turn;
use crate::validate::{self, Violations};

/// Lets one other person decide in the caller's place, in every stage where the caller has one that is not
/// taken. The caller can still decide, as long as the other has not: the place counts once.
///
/// Refused with `SELF_APPROVAL` if who asked would give or get the place, `NOT_APPROVER` for who has none of
/// their own, `ALREADY_APPROVED` if it is taken, `ALREADY_DELEGATED` if another has it, and
/// `DELEGATION_CYCLE` if it would come back to the caller. Said again of the same person it changes nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Delegate {
    /// Who lets.
    pub by: Person,
    /// Who may: the e-mail address or the user id.
    pub to: String,
    /// Why: up to 2,048 characters.
    pub comment: String,
}

impl Delegate {
    pub(super) fn decide(
        self,
        state: &State,
        ctx: &mut Ctx,
    ) -> Result<Decision<Approval>, Rejection> {
        let mut found = Violations::default();
        found.check("to", validate::user(&self.to));
        found.check("comment", validate::description(&self.comment));
        found.refuse()?;
        let record = state.open(ctx.id())?;
        if let Some(expired) = plan::overdue(state, record, ctx) {
            return Ok(expired);
        }
        let number = self.seat(record)?;
        let held = record
            .delegations
            .iter()
            .find(|held| held.from.is(&self.by));
        match held {
            Some(held) if held.to.eq_ignore_ascii_case(&self.to) => return Ok(Decision::none()),
            Some(held) => {
                return Err(Rejection::precondition(
                    "ALREADY_DELEGATED",
                    format!("{} decides in your place already", held.to),
                ));
            }
            None => {}
        }
        self.no_cycle(record)?;
        history::has_room(record)?;
        let mut turn = Turn::new(state, ctx);
        let entry = history::next(
            &turn,
            Action::Delegated,
            &Note {
                actor: self.by.name(),
                stage: number,
                comment: &self.comment,
                on_behalf_of: &self.to,
            },
        );
        let delegation = Delegation {
            from: self.by,
            to: self.to,
        };
        history::happen(&mut turn, Event::Delegated { delegation, entry });
        events::delegated(&mut turn);
        Ok(turn.done())
    }

    /// The number of the first stage, from the open one on, where the caller has a place that is not taken.
    fn seat(&self, record: &ApprovalRecord) -> Result<u32, Rejection> {
        record.not_the_requester(&self.by)?;
        if !record.allow_requester && record.requested_by.is_called(&self.to) {
            return Err(self_approval());
        }
        let stages = record.stages.iter().zip(1..);
        let mut own = stages
            .filter(|(stage, _)| !stage.is_complete() && stage.admits(&self.by))
            .peekable();
        match (own.peek(), record.stage()) {
            (None, Some((open, _))) => return Err(no_seat(open)),
            (None, None) => return Err(super::not_found(&record.approval_id)),
            (Some(_), _) => {}
        }
        own.find(|(stage, _)| !stage.has_taken(&self.by))
            .map(|(_, number)| number)
            .ok_or_else(|| already("your place is taken: there is nothing to delegate".to_owned()))
    }

    /// Refuses a delegation that comes back to its owner, by way of how many it may.
    fn no_cycle(&self, record: &ApprovalRecord) -> Result<(), Rejection> {
        let mut to = self.to.as_str();
        for _ in 0..=record.delegations.len() {
            if self.by.is_called(to) {
                return Err(Rejection::precondition(
                    "DELEGATION_CYCLE",
                    format!("{} would decide in their own place", self.by.name()),
                ));
            }
            match record
                .delegations
                .iter()
                .find(|next| next.from.is_called(to))
            {
                Some(next) => to = &next.to,
                None => break,
            }
        }
        Ok(())
    }
}
