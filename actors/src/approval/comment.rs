use datamesh_actor::{Ctx, Decision, Rejection};
use serde::{Deserialize, Serialize};

use super::entry::Action;
use super::event::Event;
use super::history::{self, Note};
use super::{Approval, State, plan};
use crate::person::Person;
use crate::turn::Turn;
use crate::validate::{self, Violations};

/// Adds a comment to the history of an open approval. Everybody may.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Comment {
    /// Who.
    pub by: Person,
    /// What: 1 to 2,048 characters.
    pub comment: String,
}

impl Comment {
    pub(super) fn decide(
        self,
        state: &State,
        ctx: &mut Ctx,
    ) -> Result<Decision<Approval>, Rejection> {
        let mut found = Violations::default();
        let missing = self.comment.trim().is_empty();
        found.check(
            "comment",
            match missing {
                true => Err("is missing".to_owned()),
                false => validate::description(&self.comment),
            },
        );
        found.refuse()?;
        let record = state.open(ctx.id())?;
        if let Some(expired) = plan::overdue(state, record, ctx) {
            return Ok(expired);
        }
        history::has_room(record)?;
        let stage = record.stage().map_or(0, |(_, number)| number);
        let mut turn = Turn::new(state, ctx);
        let entry = history::next(
            &turn,
            Action::Commented,
            &Note {
                actor: self.by.name(),
                stage,
                comment: &self.comment,
                ..Note::default()
            },
        );
        history::happen(&mut turn, Event::Commented { entry });
        Ok(turn.done())
    }
}
