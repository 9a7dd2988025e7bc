use datamesh_actor::{Ctx, Decision, Rejection};
use serde::{Deserialize, Serialize};

use super::event::Event;
use super::state::Ending;
use super::status::Status;
use super::{Promotion, State, plan};
use crate::reason;
use crate::turn::Turn;

/// The source runs something else now. What is not approved yet is void: nobody shall approve one thing and
/// see another deployed. What is approved goes on with what was approved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceChanged {
    /// SHA-256 of what it runs now, in hexadecimal.
    pub digest: String,
}

impl SourceChanged {
    pub(super) fn decide(
        self,
        state: &State,
        ctx: &mut Ctx,
    ) -> Result<Decision<Promotion>, Rejection> {
        let record = state.known(ctx.id())?;
        let same = state
            .source
            .as_ref()
            .is_some_and(|source| source.source_digest == self.digest);
        if record.status != Status::Pending || state.ending.is_some() || same {
            return Ok(Decision::none());
        }
        let sentence = format!(
            "{} runs something else now: ask for a new promotion",
            record.source_environment
        );
        let mut turn = Turn::new(state, ctx);
        turn.happen(Event::EndDecided {
            ending: Ending {
                status: Status::Cancelled,
                reason: reason::sentence("SOURCE_CHANGED", &sentence),
                void: Some(self.digest),
            },
        });
        plan::advance(&mut turn);
        Ok(turn.done())
    }
}
