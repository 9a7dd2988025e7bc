use datamesh_actor::{Ctx, Decision, Rejection};
use serde::{Deserialize, Serialize};

use super::event::Event;
use super::work::Work;
use super::{Ledger, State};

/// Looks at everything that the ledger says is there. What was seen is in the record, under the number; one
/// such look is under way at a time, and answers all that were asked meanwhile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verify {
    /// Which wish, as the asker numbers it; no other look has the number.
    pub number: u64,
}

impl Verify {
    pub(super) fn decide(
        self,
        state: &State,
        ctx: &mut Ctx,
    ) -> Result<Decision<Ledger>, Rejection> {
        let known = state.verified.is_some_and(|(last, _)| last >= self.number);
        let under_way = state.looks.iter().any(|look| look.holder.is_empty());
        if known || under_way {
            return Ok(Decision::none());
        }
        let mut work = Work::new(state, ctx);
        work.happen(Event::LookAsked {
            holder: String::new(),
            number: self.number,
        });
        Ok(work.done())
    }
}
